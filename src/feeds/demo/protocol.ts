import * as z from 'zod';
import type { PartName } from './script/scenario.ts';

/** The environment variable that makes the program a player; its value is the options as JSON. */
export const PLAYER_VARIABLE = 'SIGHTLINE_DEMO_PLAYER';

const playerOptionsSchema = z.strictObject({
  /** A stage made by `makeStage`. */
  root: z.string().min(1),
  scenario: z.string(),
  seed: z.int(),
  /** The speed of the scenario, as a factor. */
  speed: z.number().positive(),
  /** The factor by which the parts begin further apart, for a person who reads what happens. */
  pace: z.number().min(1).default(1),
  /** False for a round that follows another one: what lies before its start has been written. */
  history: z.boolean().default(true),
});

export type PlayerOptions = z.output<typeof playerOptionsSchema>;

/** The options of a player; one that is left out has its default. */
export type PlayerRequest = z.input<typeof playerOptionsSchema>;

/** The messages of the player on its standard output, one JSON object a line. */
export type PlayerMessage =
  /** Databases, history and workspaces are there; it waits for `go`. */
  | { readonly type: 'ready' }
  | { readonly type: 'note'; readonly agent: string; readonly text: string }
  /** It waits for `ack`: the operator's turn. */
  | { readonly type: 'cue'; readonly part: PartName }
  /** The last action is done; it stays until it receives `bye`, as agentsight would. */
  | { readonly type: 'end' };

/** The orders to the player on its standard input, one command a line. End of input without `bye`: its parent is gone. */
export type PlayerOrder = 'go' | 'ack' | 'bye';

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('note'), agent: z.string(), text: z.string() }),
  z.object({ type: z.literal('cue'), part: z.custom<PartName>((part) => typeof part === 'string') }),
  z.object({ type: z.literal('end') }),
]);

/** The player's options from its environment. Throws where the demo did not make them. */
export function parsePlayerOptions(json: string): PlayerOptions {
  return playerOptionsSchema.parse(JSON.parse(json));
}

/** A line of the player's output, or null where it is none of its messages. */
export function parsePlayerMessage(line: string): PlayerMessage | null {
  try {
    return messageSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
