import type { CommandValues, Flags } from '../config/options.ts';
import { MODES, type Mode } from '../core/signals.ts';
import { cleanLine } from '../core/text.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import type { EngineView } from '../engine/types.ts';
import { printAnswer, printNoTarget, type PrintOptions, refused } from './acting/answer.ts';
import { findEngineAlone } from './acting/target.ts';
import { EXIT } from './exit-codes.ts';

export type ModeOptions = {
  readonly values: CommandValues<'mode'>;
  readonly flags: Flags;
  /** Null: it is asked for. */
  readonly mode: Mode | null;
};

/** Prints the mode of an engine, or sets it; resolves to the exit code. Throws ConfigError. */
export async function runMode({ values, flags, mode }: ModeOptions): Promise<number> {
  const { json, engine: pid, yes, reason } = values;
  const found = await findEngineAlone({ flags, workspace: '', engine: pid });
  if (!found.ok) return printNoTarget(found.reason, { json, command: 'mode' });
  const { engine } = found.value;
  const before = engine.store.getState();
  const options: PrintOptions = { json, command: 'mode', engine: before.attachment?.engine ?? null };
  const facts = { mode: before.mode, before: before.mode, workspaces: before.workspaces.map(mapped) };
  const done = { ok: true, reason: null, code: null } as const;
  try {
    if (mode === null) return printAnswer({ ...done, outcome: 'asked', lines: [before.mode], facts }, options);
    // As on the screen: to lower it needs no thought.
    if (MODES.indexOf(mode) > MODES.indexOf(before.mode) && !yes) {
      const why = `${mode} acts where ${before.mode} does not; give --yes to set it`;
      const lines = mapLines(before);
      return printAnswer(
        { ok: false, outcome: 'refused', lines, reason: why, code: 'unconfirmed', facts },
        options,
        EXIT.usage,
      );
    }
    const result = await engine.dispatch({ type: 'mode', mode, reason: reason && cleanLine(reason, MAX_TEXT_LENGTH) });
    if (!result.ok) return printAnswer({ ...refused(result), facts }, options);
    return printAnswer({ ...done, outcome: 'set', lines: [mode], facts: { ...facts, mode } }, options);
  } finally {
    engine.close();
  }
}

function mapped({ path, agents, availability }: EngineView['workspaces'][number]) {
  return { workspace: path, agents, checkpointer: availability.name };
}

// Where the checkpoints of each agent would go is shown before anything is raised.
function mapLines({ workspaces }: EngineView): readonly string[] {
  return workspaces.map(
    ({ path, agents, availability }) =>
      `${path}  ${availability.name}  ${agents.length === 0 ? 'no agent yet' : agents.join(', ')}`,
  );
}
