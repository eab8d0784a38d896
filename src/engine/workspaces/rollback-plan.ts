import type { Result } from '../../core/result.ts';
import type { CheckpointerReason, RestoreLimit } from '../../core/checkpointer-reasons.ts';
import type { CheckpointAdvice, NoPreview, PlanEffect, PlanWarning } from '../../core/plans.ts';
import type { ProcessName, Refusal } from '../../core/reasons.ts';
import type { WorkspaceState } from '../../core/reactor/types.ts';
import type { Checkpointer, Diff, RepositoryState, RollbackPreview, SnapshotView } from '../../core/snapshots.ts';
import { type Occupant, type ProcessScan, scanWarnings } from '../../effects/process/processes.ts';
import type { Initializer } from '../deps.ts';
import type { Loop } from '../loop.ts';
import type { RestorePlan, RollbackPlan } from '../types.ts';
import { cannotRestore, type Snapshots } from './snapshots.ts';
import type { Workspaces } from './workspaces.ts';

/** An agent is taken to be at work when a call of its ended within this, ms. */
export const AT_WORK_MS = 60_000;
/** Repositories with another history that are named one by one. */
const MAX_REPOSITORIES_NAMED = 5;
/** A checkpoint before a rollback that is younger than this need not be taken again, ms. */
const JUST_NOW_MS = 60_000;

/** The dependencies of a plan. */
export type PlanDeps = {
  readonly readOnly: boolean;
  readonly loop: Pick<Loop, 'state' | 'now'>;
  readonly workspaces: Pick<Workspaces, 'get' | 'probe'>;
  readonly snapshots: Snapshots;
  /** Returns why the workspace's lock cannot be had now; null where it can. */
  readonly whyLocked: (workspace: string) => Promise<Refusal | null>;
  /** The processes that work inside a folder. */
  readonly processes: (workspace: string) => Promise<ProcessScan>;
  readonly initializer: Initializer | undefined;
  /** The agents that are configured to work in a folder and ended a call within `AT_WORK_MS`. */
  readonly atWork: (workspace: string) => readonly (PlanWarning & { readonly code: 'agent_at_work' })[];
};

/** Plans a rollback: what it would do, and why it may not be done. Changes nothing. */
export async function planRollback(
  deps: PlanDeps,
  workspace: string,
  id: string,
): Promise<Result<RollbackPlan, Refusal>> {
  const found = deps.snapshots.checkpointer(workspace, 'rollback');
  if (!found.ok) return found;
  // From here on it is about the folder that is there now: another one at the confirmation is refused.
  const blocked = (await found.value.pin?.take()) ?? null;
  const listed = await deps.snapshots.list(workspace);
  if (!listed.ok) return listed;
  const snapshot = listed.value.find((one) => one.id === id);
  if (!snapshot) return { ok: false, reason: { code: 'no_snapshot', snapshot: id, workspace } };
  const newest = listed.value[0] ?? snapshot;
  const [preview, unsaved, processes, locked, restore] = await Promise.all([
    previewOf(found.value, snapshot, newest),
    newest.id === id ? null : found.value.diff(newest.id, null),
    deps.processes(workspace),
    deps.whyLocked(workspace),
    found.value.previewRollback?.(id) ?? null,
    deps.workspaces.probe(workspace),
  ]);
  const { upTo } = preview;
  const changes = upTo === null ? preview.changes : null;
  const facts: Facts = {
    snapshot,
    newest,
    processes,
    changes,
    unsaved: unsaved === null ? changes : unsaved.ok ? unsaved.value.changes : null,
    later: listed.value.filter(({ at }) => at > snapshot.at).length,
    locked,
    blocked,
    restore,
    checkpointer: found.value,
  };
  return { ok: true, value: planOf(deps, workspace, facts, preview) };
}

/** Plans a restore of single paths: what it would write, and why it may not be done. Changes nothing. */
export async function planRestore(
  deps: PlanDeps,
  workspace: string,
  id: string,
  paths: readonly string[],
): Promise<Result<RestorePlan, Refusal>> {
  const found = deps.snapshots.checkpointer(workspace, 'rollback');
  if (!found.ok) return found;
  const { previewRestore, pin } = found.value;
  if (previewRestore === undefined) return { ok: false, reason: cannotRestore(found.value) };
  const blocked = (await pin?.take()) ?? null;
  const listed = await deps.snapshots.list(workspace);
  if (!listed.ok) return listed;
  const snapshot = listed.value.find((one) => one.id === id);
  if (!snapshot) return { ok: false, reason: { code: 'no_snapshot', snapshot: id, workspace } };
  const [preview, locked] = await Promise.all([
    previewRestore(id, paths),
    deps.whyLocked(workspace),
    deps.workspaces.probe(workspace),
  ]);
  if (!preview.ok) return preview;
  const { counts, files, limits } = preview.value;
  const refusals = commonRefusals(deps, workspace, { blocked, locked });
  return { ok: true, value: { workspace, snapshot, paths, counts, files, limits, refusals } };
}

type Facts = Pick<RollbackPlan, 'snapshot' | 'processes' | 'changes' | 'unsaved' | 'later'> & {
  readonly newest: SnapshotView;
  readonly locked: Refusal | null;
  /** The reason why the folder must not be touched. */
  readonly blocked: CheckpointerReason | null;
  /** The result that it would have, and the parts that it could not do; null where the tool does not tell. */
  readonly restore: Result<RollbackPreview, CheckpointerReason> | null;
  readonly checkpointer: Checkpointer;
};

function planOf(deps: PlanDeps, workspace: string, facts: Facts, preview: Preview): RollbackPlan {
  const { snapshot, newest, processes, changes, unsaved, later, checkpointer } = facts;
  const checkpointFirst = advice(facts, deps.loop.now().at);
  return {
    workspace,
    folder: checkpointer.pin?.folder() ?? null,
    checkpointer: checkpointer.name,
    snapshot,
    preview: preview.text,
    previewUpTo: preview.upTo,
    changes,
    newest,
    unsaved,
    unsavedMs: Math.max(0, deps.loop.now().at - newest.at),
    later,
    processes,
    effects: effectsOf(workspace, facts),
    warnings: warningsOf(deps, workspace, facts, checkpointFirst.advised ? preview : { ...preview, upTo: null }),
    refusals: refusalsOf(deps, workspace, facts),
    checkpointFirst,
    confirmation: confirmationOf(snapshot),
    restore: facts.restore?.ok ? facts.restore.value : null,
  };
}

/** The time that our ids carry, and the number that tells those of one second apart. */
const NUMBERED_ID = /T\d{6}-.*-(\d+)$/u;
const TAIL = 6;

/**
 * Returns what has to be typed: the six digits of the snapshot's time as the screen shows it, with the number that tells it
 * from another of the same second; the end of its id where its time is not known.
 */
function confirmationOf({ id, at }: SnapshotView): string {
  if (at === 0) return id.slice(-TAIL);
  const time = new Date(at);
  const digits = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  const number = NUMBERED_ID.exec(id)?.[1];
  return `${digits.join('')}${number === undefined ? '' : `-${number}`}`;
}

type Preview = {
  readonly text: Result<string, NoPreview>;
  /** Number of paths that it tells of, null where it is not known. */
  readonly changes: number | null;
  readonly upTo: string | null;
  /** The reason why it does not go up to now; null where it does. */
  readonly why: CheckpointerReason | null;
};

// What a rollback leaves as it is, loudest first: what is in no snapshot, and what makes it end as no success.
function limitWarnings({ snapshot, restore }: Facts): readonly PlanWarning[] {
  const lacks = snapshot.leftOut ? [{ code: 'not_in_snapshot', leftOut: snapshot.leftOut } as const] : [];
  if (restore === null) return lacks;
  if (!restore.ok) return [...lacks, { code: 'limits_unknown', why: restore.reason }];
  const { limits, repositories, refsCommand } = restore.value;
  const moved = repositories.filter(({ state }) => state === 'moved');
  const isNews = moved.length > 0 || repositories.some(({ state }) => state === 'gone');
  const unnamed = moved.length - MAX_REPOSITORIES_NAMED;
  return [
    ...lacks,
    ...limits.map((limit) => ({ code: 'limit', limit: withNotes(limit, repositories) }) as const),
    ...moved
      .slice(0, MAX_REPOSITORIES_NAMED)
      .map(({ before, now }) => ({ code: 'history_moved', before, now }) as const),
    ...(unnamed > 0 ? [{ code: 'more_moved', repositories: unnamed } as const] : []),
    ...(isNews && refsCommand !== null ? [{ code: 'refs_noted', command: refsCommand } as const] : []),
  ];
}

// What the snapshot noted of the repositories that are gone tells more than their paths.
function withNotes(limit: RestoreLimit, repositories: readonly RepositoryState[]): RestoreLimit {
  const gone = limit.what === 'history' ? repositories.filter(({ state }) => state === 'gone') : [];
  if (gone.length === 0) return limit;
  return { ...limit, examples: gone.slice(0, limit.examples.length).map(({ before }) => before) };
}

// Before 0.4.0 ws-ckpt cannot compare with the workspace as it is now; up to the newest snapshot it always can.
async function previewOf(checkpointer: Checkpointer, snapshot: SnapshotView, newest: SnapshotView): Promise<Preview> {
  const exact = await checkpointer.diff(snapshot.id, null);
  if (exact.ok) return previewFrom(exact.value, null, null);
  const why = exact.reason;
  if (newest.id === snapshot.id) return { text: { ok: false, reason: { why } }, changes: null, upTo: newest.id, why };
  const saved = await checkpointer.diff(snapshot.id, newest.id);
  if (saved.ok) return previewFrom(saved.value, newest.id, why);
  const reason = { why, upTo: { snapshot: newest.id, why: saved.reason } };
  return { text: { ok: false, reason }, changes: null, upTo: newest.id, why };
}

function previewFrom({ text, changes }: Diff, upTo: string | null, why: CheckpointerReason | null): Preview {
  return { text: { ok: true, value: text }, changes, upTo, why };
}

function effectsOf(
  name: string,
  { snapshot, newest, later, unsaved, checkpointer, restore }: Facts,
): readonly PlanEffect[] {
  const folder = checkpointer.pin?.folder() ?? null;
  const restored = { path: folder?.path ?? name, snapshot: snapshot.id };
  return [
    ...(folder === null ? [] : [{ code: 'folder', folder } as const]),
    { code: checkpointer.name === 'git' ? 'files_restored' : 'tree_replaced', ...restored },
    ...(restore?.ok ? [{ code: 'counts', counts: restore.value.counts } as const] : []),
    unsaved === 0
      ? { code: 'all_saved', newest: newest.id }
      : { code: 'changes_lost', newest: newest.id, paths: unsaved },
    later === 0 ? { code: 'is_newest' } : { code: 'later_stay', snapshots: later },
    { code: 'restart_inside' },
  ];
}

function warningsOf(
  deps: PlanDeps,
  workspace: string,
  facts: Facts,
  { text, upTo, why }: Preview,
): readonly PlanWarning[] {
  const { processes, checkpointer } = facts;
  const open = processes.occupants.filter(({ cwd, fileCount }) => cwd === null && fileCount > 0);
  const inside = checkpointer.name === 'git' ? processes.occupants : [];
  return [
    ...(facts.restore?.ok !== false || text.ok ? limitWarnings(facts) : []),
    ...(text.ok ? [] : [{ code: 'preview_unknown', why: text.reason } as const]),
    ...(text.ok && upTo !== null && why !== null ? [{ code: 'preview_ends', upTo, why } as const] : []),
    ...open.map((one) => openFiles(one, checkpointer)),
    ...inside.flatMap((one) =>
      one.cwd === null ? [] : [{ code: 'folder_may_go', process: nameOf(one), cwd: one.cwd } as const],
    ),
    ...deps.atWork(workspace),
    ...fragile(deps, workspace, checkpointer),
    ...scanWarnings(processes),
  ];
}

function openFiles(one: Occupant, { name }: Checkpointer): PlanWarning {
  const loss = name === 'git' ? 'overwrites' : one.writes ? 'loses_writes' : 'reads_old';
  return { code: 'open_files', process: nameOf(one), files: one.fileCount, loss };
}

// Between two steps of a rollback those versions hold the only copy in a folder that their next start deletes.
function fragile({ loop }: PlanDeps, workspace: string, { name }: Checkpointer): readonly PlanWarning[] {
  const version = loop.state().workspaces.get(workspace)?.availability?.version ?? null;
  if (name !== 'ws-ckpt' || version === null || !isBefore(version, [0, 4, 4])) return [];
  return [{ code: 'fragile_rollback' }];
}

function isBefore(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const index = than.findIndex((part, at) => part !== (parts[at] ?? 0));
  return index !== -1 && (parts[index] ?? 0) < (than[index] ?? 0);
}

/** Returns the refusal of a plan while something runs in its workspace. */
export function busyWith(workspace: WorkspaceState | undefined): readonly Refusal[] {
  if (workspace?.run) return [{ code: 'busy', kind: workspace.run.kind }];
  return workspace?.queuedManual ? [{ code: 'busy', kind: 'queued_manual' }] : [];
}

function refusalsOf(deps: PlanDeps, workspace: string, facts: Facts): readonly Refusal[] {
  const { processes, checkpointer } = facts;
  const inside = checkpointer.name === 'git' ? [] : processes.occupants;
  return [
    ...commonRefusals(deps, workspace, facts),
    ...inside.flatMap((one) =>
      one.cwd === null ? [] : [{ code: 'works_inside', process: nameOf(one), cwd: one.cwd } as const],
    ),
  ];
}

function commonRefusals(
  { readOnly, loop }: PlanDeps,
  workspace: string,
  { locked, blocked }: Pick<Facts, 'locked' | 'blocked'>,
): readonly Refusal[] {
  const state = loop.state().workspaces.get(workspace);
  const why = state?.availability?.state === 'available' ? null : (state?.availability?.reason ?? null);
  return [
    ...(readOnly ? [{ code: 'read_only' } as const] : []),
    ...(blocked === null ? [] : [blocked]),
    ...(why === null || why.code === blocked?.code ? [] : [why]),
    ...busyWith(state),
    ...(locked === null ? [] : [locked]),
  ];
}

function advice({ changes, unsaved, newest, snapshot }: Facts, now: number): CheckpointAdvice {
  if (changes === 0) return { advised: false, code: 'unchanged_since', snapshot: null };
  if (unsaved === 0) return { advised: false, code: 'unchanged_since', snapshot: newest.id };
  // A restore of some paths takes one with the same mark: where what came since is known, it is in none.
  const isForThis = newest.metadata?.['rollback_to'] === snapshot.id && now - newest.at < JUST_NOW_MS;
  return isForThis && unsaved === null
    ? { advised: false, code: 'just_taken' }
    : { advised: true, code: 'unsaved_changes', newest: newest.id };
}

function nameOf({ pid, name, isOurs }: Occupant): ProcessName {
  return { pid, name, isOurs };
}
