import { ConfigError } from '../../config/error.ts';
import type { CommandValues } from '../../config/options.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import type { RestoreCounts } from '../../core/checkpointer-reasons.ts';
import type { ActionResult } from '../../core/actions.ts';
import { cleanLine } from '../../core/text.ts';
import { pathInside } from '../../effects/canonical.ts';
import type { RollbackPlan } from '../../engine/types.ts';
import { wordDone } from '../../wording/done.ts';
import { wordPlannedCounts } from '../../wording/checkpointers.ts';
import { wordAdvice, wordEffect, wordLimit, wordWarning } from '../../wording/plans.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { type Answer, printAnswer, refused } from '../acting/answer.ts';
import type { Session } from '../acting/session.ts';
import { EXIT } from '../exit-codes.ts';
import { unconfirmed } from './read.ts';
import { type SnapshotCall, withSession } from './with-session.ts';

type RestoreValues = CommandValues<'snapshots restore'>;

const COMMAND = 'snapshots restore';

/**
 * Makes a workspace, or single files and folders of it, what they were at a snapshot; what it would do is printed first,
 * and has to be confirmed as on the screen. Resolves to the exit code. Throws ConfigError.
 */
export function restoreSnapshot(
  call: SnapshotCall<RestoreValues>,
  id: string,
  paths: readonly string[],
): Promise<number> {
  const { json } = call.values;
  return withSession(call, { command: COMMAND, acts: call.flags.dryRun !== true }, async (session) => {
    const { workspace, engine } = session;
    const chosen = pathsIn(session, paths);
    const { answer, exitCode } =
      chosen.length === 0 ? await restoreAll(session, call, id) : await restorePaths(session, call, id, chosen);
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
  const checkpointFirst = takesFirst(plan, values);
  const facts = { plan: planJson(plan, checkpointFirst) };
  const lines = planLines(plan, checkpointFirst);
  if (plan.refusals.length > 0)
    return { answer: { ...refused({ ok: false, reason: { code: 'several', reasons: plan.refusals } }), lines, facts } };
  if (flags.dryRun === true)
    return { answer: { ok: true, outcome: 'planned', lines, reason: null, code: null, facts } };
  if (values.confirm !== plan.confirmation) {
    const reason = `give --confirm ${plan.confirmation} to do it${values.confirm === null ? '' : `, not ${values.confirm}`}`;
    return { answer: unconfirmed(reason, lines, facts), exitCode: EXIT.usage };
  }
  const reason = values.reason && cleanLine(values.reason, MAX_TEXT_LENGTH);
  const result = await act({ type: 'rollback', workspace, snapshot: id, checkpointFirst, reason });
  return { answer: restoredAnswer(result, id) };
}

async function restorePaths(
  { queries, workspace, act }: Session,
  { values, flags }: SnapshotCall<RestoreValues>,
  id: string,
  paths: readonly string[],
): Promise<Ended> {
  const found = await queries.restorePlan(workspace, id, paths);
  if (!found.ok) return { answer: refused(found) };
  const { counts, files, limits, refusals } = found.value;
  const facts = {
    plan: {
      snapshot: id,
      paths,
      counts: countsJson(counts),
      restored: files.restored,
      deleted: files.deleted,
      warnings: limits.map(wordLimit),
      refusals: refusals.map(wordRefusal),
      checkpoint_first: !values.skipCheckpoint,
    },
  };
  const lines = [
    ...files.deleted.map((path) => `  - ${path}`),
    ...files.restored.map((path) => `  < ${path}`),
    ...limits.map((limit) => `! ${wordLimit(limit)}`),
    `  ${wordPlannedCounts(counts)}`,
    ...(values.skipCheckpoint ? [] : ['  a checkpoint is taken first']),
  ];
  if (refusals.length > 0)
    return { answer: { ...refused({ ok: false, reason: { code: 'several', reasons: refusals } }), lines, facts } };
  if (flags.dryRun === true)
    return { answer: { ok: true, outcome: 'planned', lines, reason: null, code: null, facts } };
  if (!values.yes) return { answer: unconfirmed('give --yes to do it', lines, facts), exitCode: EXIT.usage };
  const reason = values.reason && cleanLine(values.reason, MAX_TEXT_LENGTH);
  const checkpointFirst = !values.skipCheckpoint;
  const result = await act({ type: 'restore', workspace, snapshot: id, paths, checkpointFirst, reason });
  return { answer: restoredAnswer(result, id) };
}

/** Paths of one restore, and the characters that they have together: an engine takes no larger request. */
const MAX_PATHS = 1_000;
const MAX_PATHS_SIZE = 32_000;

// The folder may be known by a link to it.
function pathsIn({ workspace, view }: Session, paths: readonly string[]): readonly string[] {
  const size = paths.reduce((sum, path) => sum + path.length, 0);
  if (paths.length > MAX_PATHS || size > MAX_PATHS_SIZE)
    throw new ConfigError(`${COMMAND}: too many paths for one restore; name the folder that they lie in`);
  const folder = view().workspaces.find(({ path }) => path === workspace)?.folder?.path ?? workspace;
  return paths.map((given) => {
    const path = pathInside([workspace, folder], given);
    if (path !== null) return path;
    throw new ConfigError(`${COMMAND}: '${given}' is no path inside ${workspace}; without paths all of it is restored`);
  });
}

/** Returns the answer of a restore that was begun. */
function restoredAnswer(result: ActionResult, snapshot: string): Answer {
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

// One that was taken just now may have been for another restore, or what came since would be lost: here it costs nothing.
function takesFirst({ checkpointFirst }: RollbackPlan, { skipCheckpoint }: RestoreValues): boolean {
  return !skipCheckpoint && checkpointFirst.code !== 'unchanged_since';
}

function planLines({ effects, warnings, checkpointFirst }: RollbackPlan, isTaken: boolean): readonly string[] {
  const why = isTaken === checkpointFirst.advised ? `: ${wordAdvice(checkpointFirst)}` : '';
  return [
    ...effects.map((effect) => `  ${wordEffect(effect)}`),
    ...warnings.map((warning) => `! ${wordWarning(warning)}`),
    `  ${isTaken ? 'a checkpoint is taken first' : 'no checkpoint is taken first'}${why}`,
  ];
}

function planJson(plan: RollbackPlan, isTaken: boolean) {
  return {
    snapshot: plan.snapshot.id,
    confirmation: plan.confirmation,
    changes: plan.changes,
    unsaved: plan.unsaved,
    effects: plan.effects.map(wordEffect),
    warnings: plan.warnings.map(wordWarning),
    refusals: plan.refusals.map(wordRefusal),
    checkpoint_first: isTaken,
  };
}
