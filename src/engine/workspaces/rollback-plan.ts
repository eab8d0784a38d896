import type { Result } from '../../core/result.ts';
import type {
  Checkpointer,
  Diff,
  RepositoryState,
  RestoreCounts,
  RestoreLimit,
  RollbackPreview,
  SnapshotView,
} from '../../core/snapshots.ts';
import { wordLeftOut } from '../../wording/snapshots.ts';
import type { Occupant, ProcessScan } from '../../effects/process/processes.ts';
import { folderWords } from '../../effects/pin/words.ts';
import type { Initializer } from '../deps.ts';
import type { Loop } from '../loop.ts';
import type { RollbackPlan } from '../types.ts';
import type { Snapshots } from './snapshots.ts';
import type { Workspaces } from './workspaces.ts';

/** An agent is taken to be at work when a call of its ended within this, ms. */
const AT_WORK_MS = 60_000;
/** Repositories with another history that are named one by one. */
const MAX_REPOSITORIES_NAMED = 5;
/** A checkpoint before a rollback that is younger than this need not be taken again, ms. */
const JUST_NOW_MS = 60_000;

export const READ_ONLY = 'read-only: start without --read-only to act';
export const BUSY = 'something is running here; wait for its end';

/** What a plan is made from. */
export type PlanDeps = {
  readonly readOnly: boolean;
  readonly loop: Pick<Loop, 'state' | 'now'>;
  readonly workspaces: Pick<Workspaces, 'get' | 'probe'>;
  readonly snapshots: Snapshots;
  /** Why the workspace's lock cannot be had now; null where it can. */
  readonly whyLocked: (workspace: string) => Promise<string | null>;
  /** The processes that work inside a folder. */
  readonly processes: (workspace: string) => Promise<ProcessScan>;
  readonly initializer: Initializer | undefined;
  /** The agents that are configured to work in a folder and ended a call within `withinMs`. */
  readonly busyAgents: (workspace: string, withinMs: number) => readonly string[];
};

/** Plans a rollback: what it would do, and why it may not be done. Changes nothing. */
export async function planRollback(deps: PlanDeps, workspace: string, id: string): Promise<Result<RollbackPlan>> {
  const found = deps.snapshots.checkpointer(workspace, 'rollback');
  if (!found.ok) return found;
  // From here on it is about the folder that is there now: another one at the confirmation is refused.
  const blocked = (await found.value.pin?.take()) ?? null;
  const listed = await deps.snapshots.list(workspace);
  if (!listed.ok) return listed;
  const snapshot = listed.value.find((one) => one.id === id);
  if (!snapshot) return { ok: false, reason: `there is no snapshot ${id} of ${workspace}` };
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

type Facts = Pick<RollbackPlan, 'snapshot' | 'processes' | 'changes' | 'unsaved' | 'later'> & {
  readonly newest: SnapshotView;
  readonly locked: string | null;
  /** Why the folder must not be touched. */
  readonly blocked: string | null;
  /** What it would do, and could not do; null where the tool does not tell. */
  readonly restore: Result<RollbackPreview> | null;
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
  readonly text: Result<string>;
  /** Number of paths that it tells of, null where it is not known. */
  readonly changes: number | null;
  readonly upTo: string | null;
  /** Why it does not go up to now. */
  readonly why: string;
};

/** What a rollback leaves as it is, loudest first: what is in no snapshot, and what makes it end as no success. */
function limitWords({ snapshot, restore }: Facts): readonly string[] {
  const lacks = snapshot.leftOut
    ? [`NOT IN THIS SNAPSHOT, ${wordLeftOut(snapshot.leftOut)}: they stay as they are`]
    : [];
  if (restore === null) return lacks;
  if (!restore.ok) return [...lacks, `what cannot be restored is not known: ${restore.reason}`];
  const { limits, repositories, refsCommand } = restore.value;
  const moved = repositories.filter(({ state }) => state === 'moved');
  const isNews = moved.length > 0 || repositories.some(({ state }) => state === 'gone');
  return [
    ...lacks,
    ...limits.map((limit) => limitWord(limit, repositories)),
    ...moved.slice(0, MAX_REPOSITORIES_NAMED).map(({ before, now }) => {
      return `git history is not rolled back: ${before} at the snapshot, now ${now ?? 'gone'}`;
    }),
    ...(moved.length > MAX_REPOSITORIES_NAMED ? [`… and that of ${moved.length - MAX_REPOSITORIES_NAMED} more`] : []),
    ...(isNews && refsCommand !== null ? [`the refs at the snapshot: ${refsCommand}`] : []),
  ];
}

const LIMITS = {
  owner: 'owner or group not restored',
  set_id: 'set-user-id or set-group-id bit not restored',
  mtime: 'time of modification not restored',
  history: 'GIT HISTORY NOT RESTORED, snapshots leave it out and it is gone',
  all: 'not restored: the owner of the workspace may not change',
} as const satisfies Record<RestoreLimit['what'], string>;

function limitWord({ what, count, examples }: RestoreLimit, repositories: readonly RepositoryState[]): string {
  const gone = what === 'history' ? repositories.filter(({ state }) => state === 'gone') : [];
  // What the snapshot noted of them says more than their paths.
  const names = gone.length === 0 ? examples : gone.slice(0, examples.length).map(({ before }) => before);
  const more = count > names.length ? ', …' : '';
  return `${LIMITS[what]}: ${count} ${count === 1 ? 'path' : 'paths'} (${names.join(', ')}${more})`;
}

// Before 0.4.0 ws-ckpt cannot compare with the workspace as it is now; up to the newest snapshot it always can.
async function previewOf(checkpointer: Checkpointer, snapshot: SnapshotView, newest: SnapshotView): Promise<Preview> {
  const exact = await checkpointer.diff(snapshot.id, null);
  if (exact.ok) return previewFrom(exact.value, null, '');
  const why = exact.reason;
  if (newest.id === snapshot.id) return { text: exact, changes: null, upTo: newest.id, why };
  const saved = await checkpointer.diff(snapshot.id, newest.id);
  if (saved.ok) return previewFrom(saved.value, newest.id, why);
  const reason = `${why}; up to ${newest.id}: ${saved.reason}`;
  return { text: { ok: false, reason }, changes: null, upTo: newest.id, why };
}

function previewFrom({ text, changes }: Diff, upTo: string | null, why: string): Preview {
  return { text: { ok: true, value: text }, changes, upTo, why };
}

function effectsOf(name: string, facts: Facts): readonly string[] {
  const { snapshot, newest, later, unsaved, checkpointer, restore } = facts;
  const folder = checkpointer.pin?.folder() ?? null;
  const workspace = folder?.path ?? name;
  const whole =
    checkpointer.name === 'git'
      ? `files, links, folders, permissions and times of ${workspace} become what they were at ${snapshot.id}; extended attributes (ACLs, labels) of what is rewritten are not kept; what snapshots leave out (repositories first of all) is not touched`
      : `the whole tree ${workspace} becomes what it was at ${snapshot.id}: .git, databases, logs and untracked files too`;
  const lost = unsaved === null ? 'what changed' : `${unsaved} changed path(s)`;
  return [
    ...(folder === null ? [] : [`the folder is ${folderWords(folder)}`]),
    whole,
    ...(restore?.ok ? [countWords(restore.value.counts)] : []),
    unsaved === 0
      ? `nothing changed since the newest snapshot, ${newest.id}: all of it can be restored`
      : `${lost} since the newest snapshot, ${newest.id}, will be lost unless a checkpoint is taken first`,
    later === 0 ? 'it is the newest snapshot' : `${later} later snapshot(s) stay, and can be gone back to`,
    'what runs inside has to be restarted: servers, editors, watchers, language servers',
  ];
}

/** The numbers that the rollback will report. */
function countWords({ restored, deleted, attributes, folders }: RestoreCounts): string {
  const rest = [
    ...(folders > 0 ? [`${folders} ${folders === 1 ? 'folder' : 'folders'} made or removed`] : []),
    ...(attributes > 0 ? [`${attributes} with their permissions or times set right`] : []),
  ];
  return [`${restored} restored`, `${deleted} deleted`, ...rest].join(', ');
}

function warningsOf(deps: PlanDeps, workspace: string, facts: Facts, { text, upTo, why }: Preview): readonly string[] {
  const { processes, checkpointer } = facts;
  const open = processes.occupants.filter(({ cwd, fileCount }) => cwd === null && fileCount > 0);
  const inside = processes.occupants.filter(({ cwd }) => cwd !== null && checkpointer.name === 'git');
  return [
    ...(facts.restore?.ok !== false || text.ok ? limitWords(facts) : []),
    ...(text.ok ? [] : [`what would be undone is not known: ${text.reason}`]),
    ...(text.ok && upTo !== null ? [`what changed since ${upTo} is not shown: ${why}`] : []),
    ...open.map((one) => `${nameOf(one)} has ${one.fileCount} file(s) open inside: ${lossOf(one, checkpointer)}`),
    ...inside.map((one) => `${nameOf(one)} works inside (${one.cwd ?? ''}): that folder may go away`),
    ...deps
      .busyAgents(workspace, AT_WORK_MS)
      .map((agent) => `${agent} is at work: what it remembers will disagree with the files`),
    ...fragile(deps, workspace, checkpointer),
    ...(processes.unreadable > 0 ? [`${processes.unreadable} process(es) of other users could not be inspected`] : []),
    ...(processes.complete ? [] : ['not all processes could be listed']),
  ];
}

// Between two steps of a rollback those versions hold the only copy in a folder that their next start deletes.
function fragile({ loop }: PlanDeps, workspace: string, { name }: Checkpointer): readonly string[] {
  const version = loop.state().workspaces.get(workspace)?.availability?.version ?? null;
  if (name !== 'ws-ckpt' || version === null || !isBefore(version, [0, 4, 4])) return [];
  return [
    'ws-ckpt before 0.4.4 can lose the whole tree if its daemon or the machine stops meanwhile: leave both alone',
  ];
}

function isBefore(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const index = than.findIndex((part, at) => part !== (parts[at] ?? 0));
  return index !== -1 && (parts[index] ?? 0) < (than[index] ?? 0);
}

function lossOf({ writes }: Occupant, { name }: Checkpointer): string {
  if (name === 'git') return 'it may write over what is restored';
  return writes ? 'what it writes from then on is lost' : 'it goes on reading the old content';
}

function refusalsOf(deps: PlanDeps, workspace: string, facts: Facts): readonly string[] {
  const { processes, checkpointer, locked, blocked } = facts;
  const { readOnly, loop } = deps;
  const state = loop.state().workspaces.get(workspace);
  const availability = state?.availability;
  const inside = checkpointer.name === 'git' ? [] : processes.occupants.filter(({ cwd }) => cwd !== null);
  return [
    ...(readOnly ? [READ_ONLY] : []),
    ...(blocked === null ? [] : [blocked]),
    ...(availability && availability.state !== 'available' && availability.reason !== blocked
      ? [availability.reason]
      : []),
    ...(state?.run || state?.queuedManual ? [BUSY] : []),
    ...(locked === null ? [] : [locked]),
    ...inside.map((one) => `${nameOf(one)} works inside (${one.cwd ?? ''}): ${remedyFor(one)}`),
  ];
}

function remedyFor({ isOurs }: Occupant): string {
  if (isOurs) return 'start sightline from a folder outside';
  return 'its folder would be taken from under it; stop it, or let it change to a folder outside';
}

function advice({ changes, unsaved, newest, snapshot }: Facts, now: number): RollbackPlan['checkpointFirst'] {
  if (changes === 0) return { advised: false, reason: 'nothing changed since the snapshot' };
  if (unsaved === 0) return { advised: false, reason: `nothing changed since ${newest.id}` };
  const isForThis = newest.metadata?.['rollback_to'] === snapshot.id && now - newest.at < JUST_NOW_MS;
  if (isForThis) return { advised: false, reason: 'it was taken for this just now' };
  return { advised: true, reason: `what changed since ${newest.id} is in no snapshot` };
}

function nameOf({ pid, name, isOurs }: Occupant): string {
  return isOurs ? `sightline itself (pid ${pid})` : `${name} (pid ${pid})`;
}
