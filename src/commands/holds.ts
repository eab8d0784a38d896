import type { CommandValues, Flags } from '../config/options.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import { cleanLine } from '../core/text.ts';
import { rootsEngineLine } from './engines.ts';
import { printAnswer, printNoTarget, refused } from './acting/answer.ts';
import { findWorkspace } from './acting/target.ts';

export type HoldOptions = {
  readonly act: 'veto' | 'fire';
  readonly values: CommandValues<'veto'>;
  readonly flags: Flags;
  /** As it was given; '' for none. */
  readonly workspace: string;
};

/** Vetoes or fires what is held in a workspace; resolves to the exit code. Throws ConfigError. */
export async function runHold({ act, values, flags, workspace }: HoldOptions): Promise<number> {
  const { json, engine: pid, reason } = values;
  const target = await findWorkspace({ flags, workspace, engine: pid });
  // Without an engine that has a workspace there is nothing to choose from.
  if (!target.ok && target.reason.code === 'no_workspace')
    return printNoTarget(
      { code: 'no_engine', pid, why: rootsEngineLine('any') ?? 'no engine with a workspace runs here' },
      { json, command: act },
    );
  if (!target.ok) return printNoTarget(target.reason, { json, command: act });
  const { through, workspace: path } = target.value;
  // Only an engine holds something.
  if (through === null)
    return printNoTarget({ code: 'no_engine', pid, why: `no engine here has ${path}` }, { json, command: act });
  const { engine } = through;
  const view = engine.store.getState();
  const hold = view.workspaces.find((one) => one.path === path)?.hold ?? null;
  const text = reason && cleanLine(reason, MAX_TEXT_LENGTH);
  // The hold that is there now, not one that begins meanwhile.
  const result = await engine.dispatch({
    type: act,
    workspace: path,
    reason: text,
    heldSince: hold?.startedMono ?? null,
  });
  engine.close();
  const done = act === 'veto' ? 'vetoed' : 'fired';
  return printAnswer(
    result.ok ? { ok: true, outcome: done, lines: [`${path}: ${done}`], reason: null, code: null } : refused(result),
    { json, command: act, engine: view.attachment?.engine ?? null, workspace: path },
  );
}
