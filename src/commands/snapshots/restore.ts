import type { CommandValues } from '../../config/options.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import type { RestoreCounts } from '../../core/checkpointer-reasons.ts';
import type { ActionResult } from '../../core/actions.ts';
import { cleanLine } from '../../core/text.ts';
import type { RollbackPlan } from '../../engine/types.ts';
import { wordDone } from '../../wording/done.ts';
import { wordAdvice, wordEffect, wordWarning } from '../../wording/plans.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { type Answer, printAnswer, refused } from '../acting/answer.ts';
import type { Session } from '../acting/session.ts';
import { EXIT } from '../exit-codes.ts';
import { unconfirmed } from './read.ts';
import { type SnapshotCall, withSession } from './with-session.ts';

type RestoreValues = CommandValues<'snapshots restore'>;

const COMMAND = 'snapshots restore';

/**
 * Makes a workspace what it was at a snapshot; what it would do is printed first, and has to be confirmed as on the
 * screen. Resolves to the exit code. Throws ConfigError.
 */
export function restoreSnapshot(call: SnapshotCall<RestoreValues>, id: string): Promise<number> {
  const { json } = call.values;
  return withSession(call, { command: COMMAND, acts: call.flags.dryRun !== true }, async (session) => {
    const { workspace, engine } = session;
    const { answer, exitCode } = await restoreAll(session, call, id);
    return printAnswer(answer, { json, command: COMMAND, engine, workspace }, exitCode);
  });
}

type Ended = { readonly answer: Answer; readonly exitCode?: number };

async function restoreAll(
  { queries, workspace, act }: Session,
  { values, flags }: SnapshotCall<RestoreValues>,
  id: string,
): Promise<Ended> {
  const found = await queries.rollbackPlan(workspace, id);
  if (!found.ok) return { answer: refused(found) };
  const plan = found.value;
  const facts = { plan: planJson(plan) };
  const lines = planLines(plan);
  if (plan.refusals.length > 0)
    return { answer: { ...refused({ ok: false, reason: { code: 'several', reasons: plan.refusals } }), lines, facts } };
  if (flags.dryRun === true)
    return { answer: { ok: true, outcome: 'planned', lines, reason: null, code: null, facts } };
  if (values.confirm !== plan.confirmation) {
    const reason = `give --confirm ${plan.confirmation} to do it${values.confirm === null ? '' : `, not ${values.confirm}`}`;
    return { answer: unconfirmed(reason, lines, facts), exitCode: EXIT.usage };
  }
  const checkpointFirst = plan.checkpointFirst.advised && !values.skipCheckpoint;
  const reason = values.reason && cleanLine(values.reason, MAX_TEXT_LENGTH);
  const result = await act({ type: 'rollback', workspace, snapshot: id, checkpointFirst, reason });
  return { answer: restoredAnswer(result, id) };
}

/** Returns the answer of a restore that was begun. */
export function restoredAnswer(result: ActionResult, snapshot: string): Answer {
  if (!result.ok) {
    const { partial } = result;
    const lacks = partial?.notRestored.map(({ what, count, examples }) => ({ what, count, examples }));
    const facts = { snapshot, ...(partial && { counts: countsJson(partial.counts), not_restored: lacks }) };
    return { ...refused(result), facts };
  }
  const { value } = result;
  const counts = 'counts' in value && value.counts !== null ? countsJson(value.counts) : null;
  const lines = [wordDone(value)];
  return { ok: true, outcome: 'restored', lines, reason: null, code: null, facts: { snapshot, counts } };
}

function countsJson({ restored, deleted, attributes, folders, unchanged }: RestoreCounts) {
  return { restored, deleted, attributes, folders, unchanged };
}

function planLines({ effects, warnings, checkpointFirst }: RollbackPlan): readonly string[] {
  return [
    ...effects.map((effect) => `  ${wordEffect(effect)}`),
    ...warnings.map((warning) => `! ${wordWarning(warning)}`),
    `  ${checkpointFirst.advised ? 'a checkpoint is taken first' : 'no checkpoint is taken first'}: ${wordAdvice(checkpointFirst)}`,
  ];
}

function planJson(plan: RollbackPlan) {
  return {
    snapshot: plan.snapshot.id,
    confirmation: plan.confirmation,
    changes: plan.changes,
    unsaved: plan.unsaved,
    effects: plan.effects.map(wordEffect),
    warnings: plan.warnings.map(wordWarning),
    refusals: plan.refusals.map(wordRefusal),
    checkpoint_first: plan.checkpointFirst.advised,
  };
}
