/** The moments of one conversation: a person's turn begins, a tool is called with a command that deletes or resets. */
import type { Ms } from '../../core/units.ts';
import { riskyCommand } from '../../core/risky-commands.ts';
import { shellCommandOf } from '../../core/tools.ts';
import type { ItemSink } from './provider.ts';

/** Risky tools of one conversation that are under way at a time; more are not told of. */
const MAX_RISKY = 64;

export type Moments = {
  /** A person asked for something; `id` names the prompt. `at` is Unix ms. */
  readonly turn: (id: string, at: Ms) => void;
  /** A tool is under way. Called again for the same one it changes nothing. */
  readonly called: (id: string, name: string, input: unknown, at: Ms) => void;
  readonly ended: (id: string) => void;
  /** No tool is under way any more. */
  readonly idle: () => void;
};

const NO_MOMENTS: Moments = {
  turn: () => undefined,
  called: () => undefined,
  ended: () => undefined,
  idle: () => undefined,
};

/** Follows the prompts and tools of one conversation. A sub-agent's prompt is no person's turn. */
export function createMoments(sink: ItemSink, conversationId: string, isSubAgent: boolean): Moments {
  if (sink.takesMoments === false) return NO_MOMENTS;
  let turnKey: string | null = null;
  const risky = new Map<string, string>();
  const over = (key: string | null): void => {
    if (key !== null) sink.momentOver(key);
  };
  return {
    turn: (id, at) => {
      if (isSubAgent) return;
      over(turnKey);
      turnKey = `turn:${conversationId}:${id}`;
      sink.moment({ key: turnKey, conversationId, at, cause: { code: 'turn_start' } });
    },
    called: (id, name, input, at) => {
      if (risky.has(id) || risky.size >= MAX_RISKY) return;
      const shell = shellCommandOf(input);
      const command = shell === null ? null : riskyCommand(shell);
      if (command === null) return;
      const key = `tool:${conversationId}:${id}`;
      risky.set(id, key);
      sink.moment({ key, conversationId, at, cause: { code: 'risky_tool', tool: name, command } });
    },
    ended: (id) => {
      over(risky.get(id) ?? null);
      risky.delete(id);
    },
    idle: () => {
      for (const key of risky.values()) over(key);
      risky.clear();
    },
  };
}
