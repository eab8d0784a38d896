/** Snapshots of a workspace, and what makes them: what is asked of a checkpointer and how it ended. */

import type { CheckpointerReason, RestoreCounts, RestoreLimit } from './checkpointer-reasons.ts';
import type { Done, PinMove } from './done.ts';
import type { FolderIdentity, Pin, PinProblem, WorkspaceLink } from './folder.ts';
import { MAX_ID_LENGTH } from './limits.ts';
import type { Result } from './result.ts';
import type { Ms } from './units.ts';
import { cleanLine } from './text.ts';

export const CHECKPOINTERS = ['ws-ckpt', 'git', 'command', 'none'] as const;

export type CheckpointerName = (typeof CHECKPOINTERS)[number];

/** The configured checkpointer; `auto`: the best one that is there. */
export type CheckpointerChoice = 'auto' | 'ws-ckpt' | 'git' | 'command' | 'none';

/** The reason why something of the workspace is not in a snapshot. `excluded`: by a pattern that asks for no proof. */
export const LEFT_OUT_WHYS = ['too_large', 'unreadable', 'special', 'excluded'] as const;
export type LeftOutWhy = (typeof LEFT_OUT_WHYS)[number];

/** The files that a snapshot lacks for one reason. */
export type LeftOutReason = {
  readonly why: LeftOutWhy;
  readonly count: number;
  /** Of the files; what a folder holds is not counted. */
  readonly bytes: number;
  /** The first few paths. */
  readonly examples: readonly string[];
};

/** The files that a snapshot lacks, apart from what proved to be a cache, and from repositories. */
export type LeftOut = {
  readonly count: number;
  readonly bytes: number;
  readonly reasons: readonly LeftOutReason[];
};

/** The changes of a snapshot against the one before it in the same workspace. */
export type Changed = {
  /** A renamed file counts as two. */
  readonly files: number;
  readonly addedLines: number;
  readonly removedLines: number;
};

/** A snapshot in the store, of any maker. */
export type Snapshot = {
  readonly id: string;
  readonly at: Ms;
  readonly message: string | null;
  /** The tool's metadata as it was stored; null where there is none. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly pinned: boolean;
  /** Absent where it lacks nothing, or where the tool does not tell. */
  readonly leftOut?: LeftOut;
  /** Absent for the first one, and where the tool does not tell. */
  readonly changed?: Changed;
};

type Contents = { readonly leftOut?: LeftOut | undefined; readonly changed?: Changed | undefined };

/** Returns what is known of a snapshot's contents, without the rest. */
export function contentsOf({ leftOut, changed }: Contents): Pick<Snapshot, 'leftOut' | 'changed'> {
  return { ...(leftOut && { leftOut }), ...(changed && { changed }) };
}

/** Result of a probe. `unmanaged` is a state of its own because the remedy is `ws-ckpt init`. */
export type Availability = {
  readonly state: 'available' | 'unavailable' | 'unmanaged';
  readonly name: CheckpointerName;
  readonly version: string | null;
  /** The reason why it is not available; null when it is. */
  readonly reason: CheckpointerReason | null;
  /** The problem of the workspace's folder, where that is the reason. */
  readonly problem?: PinProblem;
  /** Part of the snapshot store that is used, 0…1; null when unknown. */
  readonly usedRatio: number | null;
  /** The command line that frees space, shown when the store is nearly full; null where there is none. */
  readonly freeSpaceHint: string | null;
};

/** Metadata of a snapshot that was made for the start of a turn alone. */
export const RETENTION_TURN_START = 'turn_start';

export type CheckpointMetadata = {
  readonly auto: boolean;
  readonly type: 'reactive' | 'manual';
  readonly tool: 'sightline';
  readonly version: string;
  readonly host: string;
  readonly signal?: string;
  readonly signal_id?: string;
  readonly agent?: string | null;
  readonly pid?: number | null;
  readonly call_id?: string | null;
  /** Of one that was taken before a rollback: the snapshot that it went back to. */
  readonly rollback_to?: string;
  /** Of one that is kept only while it is among the newest of its reason. */
  readonly retention?: typeof RETENTION_TURN_START;
  /** Tells this very run from any other: what a lookup after an unknown outcome compares. */
  readonly run_id: string;
};

export type CheckpointRequest = {
  readonly runId: string;
  readonly workspace: string;
  /** The wished id; the checkpointer appends `-2`, `-3` … when the store has it already. */
  readonly snapshot: string;
  readonly message: string;
  readonly metadata: CheckpointMetadata;
  /** Deadline in ms from the spawn, retries included. */
  readonly timeoutMs: number;
  /** Makes none where the last one holds the same. */
  readonly unlessUnchanged?: true;
};

type OutcomeBase = {
  readonly durationMs: number;
  readonly exitCode: number | null;
  /** Bounded, ANSI and control characters stripped. */
  readonly stderr: string;
};

/** Outcome of a checkpoint. Whatever the outside does is a value. */
export type Outcome =
  | (OutcomeBase & {
      readonly type: 'created';
      readonly snapshot: string;
      readonly late: boolean;
      readonly leftOut?: LeftOut;
      readonly changed?: Changed;
    })
  | (OutcomeBase & { readonly type: 'empty' })
  /** None was made, because this one holds the same. */
  | (OutcomeBase & { readonly type: 'unchanged'; readonly snapshot: string })
  | (OutcomeBase & { readonly type: 'failed'; readonly reason: CheckpointerReason })
  | (OutcomeBase & { readonly type: 'timed_out'; readonly reason: CheckpointerReason })
  | (OutcomeBase & { readonly type: 'unavailable'; readonly reason: CheckpointerReason })
  /** Another engine acts on the folder that the path names now; nothing was started. */
  | (OutcomeBase & { readonly type: 'not_ours'; readonly reason: CheckpointerReason })
  /** Refused, because it would have filled the snapshot store. */
  | (OutcomeBase & { readonly type: 'guarded'; readonly reason: CheckpointerReason })
  /** Ended by our own shutdown before an answer; looked up at the next start. */
  | (OutcomeBase & { readonly type: 'unknown'; readonly reason: CheckpointerReason });

export type LookUp =
  | { readonly type: 'found'; readonly snapshot: string }
  | { readonly type: 'absent' }
  | { readonly type: 'unknown'; readonly reason: CheckpointerReason };

export type Progress = (line: string) => void;

/** A file that a snapshot holds otherwise than the one before it. */
export type ChangedFile = {
  readonly path: string;
  readonly change: 'added' | 'modified' | 'deleted';
  /** Lines; null where they are not counted: a binary or large file, or a tool that does not tell. */
  readonly added: number | null;
  readonly removed: number | null;
};

/** The changes of one snapshot, file by file. */
export type SnapshotContents = {
  /** The snapshot before it in the workspace; null for the first, whose files are not listed. */
  readonly since: string | null;
  /** The largest change first; bounded. */
  readonly files: readonly ChangedFile[];
  /** All of them. */
  readonly total: number;
  /** Refs of git repositories that it noted; null where the tool does not tell. */
  readonly refs: number | null;
};

/** Files of one snapshot that are listed. */
export const MAX_CHANGED_FILES = 1_000;

/** Puts the largest change first; what has no lines comes last. */
export function byChange(a: ChangedFile, b: ChangedFile): number {
  const size = ({ added, removed }: ChangedFile): number => (added ?? 0) + (removed ?? 0);
  return size(b) - size(a) || (a.path < b.path ? -1 : 1);
}

/** The changes between two states of a workspace. */
export type Diff = {
  /** For a pager. */
  readonly text: string;
  /** Number of changed paths; null where the tool does not tell. */
  readonly changes: number | null;
  /** The first `MAX_DIFF_PATHS` of them, where the tool lists them apart from the text; else empty. */
  readonly paths: readonly string[];
};

/** A git repository of the workspace, whose history no snapshot holds and no rollback moves. */
export type RepositoryState = {
  /** Its folder, relative to the workspace; `.` for the workspace itself. */
  readonly path: string;
  /** The snapshot's note of it, as text: `lib (main at 1a2b3c4d, 3 refs)`. */
  readonly before: string;
  /** The same now; null where the repository is gone. */
  readonly now: string | null;
  /** `moved`: something else is checked out than then. */
  readonly state: 'gone' | 'moved' | 'same';
};

/** The names of what a rollback would write and delete, bounded by `MAX_CHANGED_FILES` each. */
export type PlannedFiles = { readonly restored: readonly string[]; readonly deleted: readonly string[] };

/** The effects of a rollback that is not begun, and its limits; made without changing anything. */
export type RollbackPreview = {
  readonly limits: readonly RestoreLimit[];
  /** The numbers that it would report. */
  readonly counts: RestoreCounts;
  /** The files that it would write and delete, by name; bounded. */
  readonly files: PlannedFiles;
  /** The files that snapshots leave out, which stay as they are; the first few. */
  readonly kept: readonly string[];
  /** The repositories that the snapshot noted; those of before 0.3 noted none. */
  readonly repositories: readonly RepositoryState[];
  /** The command line that prints the refs that the snapshot noted; null where it noted none. */
  readonly refsCommand: string | null;
};

/** The result of a rollback. `partial`: the workspace is what it was but for what is named. */
export type RollbackResult<R = CheckpointerReason> =
  | { readonly ok: true; readonly value: Done }
  | { readonly ok: false; readonly reason: R; readonly partial?: PartialRestore };
export type PartialRestore = { readonly counts: RestoreCounts; readonly notRestored: readonly RestoreLimit[] };

export type CheckpointControl = {
  /** Aborts the child at once (SIGKILL to its group); the outcome is `unknown`. */
  readonly abort: AbortSignal;
  /** Shutdown has begun: end pauses between retries and leave lookups to the next start. */
  readonly stopping: AbortSignal;
};

/** The requests of an operator and the engine to a workspace's pin. */
export type PinControl = {
  /** The folder that is really touched; null before it is pinned. */
  readonly folder: () => Pin | null;
  /** Device and inode of it, once it was compared or pinned in this run. */
  readonly identity: () => FolderIdentity | null;
  /** Compares the folder, or pins it the first time; resolves to why it must not be touched, null where it may be. */
  readonly take: () => Promise<CheckpointerReason | null>;
  /** Compares it as a plain folder, pinned or not; why it must not be touched, null where it may be. */
  readonly compare: () => Promise<CheckpointerReason | null>;
  /** Our own act has replaced it by another folder. */
  readonly renew: () => Promise<void>;
  /** The folder that pinning again would pin; null where there is none that could be. */
  readonly found: () => Promise<FolderIdentity | null>;
  /** Pins the folder that was shown to the operator; resolves to what changed. */
  readonly repin: (shown: FolderIdentity) => Promise<Result<PinMove, CheckpointerReason>>;
  /** Takes over what another process pinned by hand; returns what changed, null where nothing did. */
  readonly adopt: () => PinMove | null;
};

/**
 * The way out: makes snapshots of one workspace. Never throws for what the outside does; every method returns a value.
 */
export type Checkpointer = {
  readonly name: CheckpointerName;
  readonly workspace: string;
  readonly capabilities: {
    readonly list: boolean;
    readonly diff: boolean;
    readonly rollback: boolean;
    readonly remove: boolean;
  };
  /** Compares the workspace's folder before it is touched; absent where any folder will do. */
  readonly pin?: PinControl;
  /** The link by which ws-ckpt manages the workspace, as its last answer and the path agree; absent for other tools. */
  readonly link?: () => WorkspaceLink | null;
  /** Checks that the tool is installed and manages this workspace, and how full its store is. Cheap enough for every 10 s. */
  readonly probe: () => Promise<Availability>;
  /** It compares the workspace with its last snapshot where a request asks for that. */
  readonly comparesLast?: true;
  /** `prepare` makes a first, whole snapshot: signals wait for its end. */
  readonly makesBaseline?: boolean;
  /** Made once on arming, without a deadline; git makes its first, whole snapshot here. */
  readonly prepare: (progress: Progress, abort: AbortSignal) => Promise<Result<null, CheckpointerReason>>;
  readonly checkpoint: (request: CheckpointRequest, control: CheckpointControl) => Promise<Outcome>;
  /** After an unknown outcome: did the run make its snapshot? Compares the id's stem and the metadata's run_id. */
  readonly lookUp: (request: Pick<CheckpointRequest, 'snapshot' | 'runId'>) => Promise<LookUp>;
  /** All snapshots in the order of making. */
  readonly list: () => Promise<Result<readonly Snapshot[], CheckpointerReason>>;
  /** Compares two snapshots; `to` null compares with the workspace as it is now. `path`: that file alone, where the tool can. */
  readonly diff: (from: string, to: string | null, path?: string) => Promise<Result<Diff, CheckpointerReason>>;
  /** The changes of a snapshot, file by file; absent where the tool cannot tell. */
  readonly contents?: (snapshot: string) => Promise<Result<SnapshotContents, CheckpointerReason>>;
  readonly rollback: (snapshot: string) => Promise<RollbackResult>;
  /** Makes single files and folders what they were, and deletes nothing but what stands in their place. Absent: it cannot. */
  readonly restore?: (snapshot: string, paths: readonly string[]) => Promise<RollbackResult>;
  /** Returns what that would do; changes nothing. */
  readonly previewRestore?: (
    snapshot: string,
    paths: readonly string[],
  ) => Promise<Result<RollbackPreview, CheckpointerReason>>;
  /** Returns what a rollback would do, and could not do with the rights that it has; changes nothing. Absent: it restores all. */
  readonly previewRollback?: (snapshot: string) => Promise<Result<RollbackPreview, CheckpointerReason>>;
  readonly remove: (snapshot: string) => Promise<Result<Done, CheckpointerReason>>;
  /**
   * Calls back for every snapshot that appears while watching, ours included, as soon as it can be seen.
   * Ends with `abort`.
   */
  readonly watch: (onSnapshot: (snapshot: Snapshot) => void, abort: AbortSignal) => void;
};

export const SNAPSHOT_MAKERS = ['sightline', 'agentsight', 'plugin', 'cron', 'ws-ckpt', 'unknown'] as const;
export type SnapshotMaker = (typeof SNAPSHOT_MAKERS)[number];
export const SNAPSHOT_KINDS = [
  'auto',
  'manual',
  'before_rollback',
  'base',
  'session_start',
  'turn_end',
  'scheduled',
  'recovered',
  'unknown',
] as const;
export type SnapshotKind = (typeof SNAPSHOT_KINDS)[number];

/** Cause of a snapshot, as far as its metadata tell. */
export type SnapshotCause = {
  readonly signal: string | null;
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly callId: string | null;
};

/** A snapshot with who made it and why. */
export type SnapshotView = Snapshot & {
  readonly maker: SnapshotMaker;
  readonly kind: SnapshotKind;
  /** Of one that was taken before a rollback: the snapshot that it went back to. */
  readonly rollbackTo: string | null;
  /** Null where nothing is known of it. */
  readonly cause: SnapshotCause | null;
};

/** Tells by a snapshot's id and metadata who made it and why: the conventions of ws-ckpt.md, section 7. */
export function snapshotView(snapshot: Snapshot): SnapshotView {
  const { maker, kind, rollbackTo = null } = makerOf(snapshot);
  return { ...snapshot, maker, kind, rollbackTo, cause: noted(snapshot, maker) };
}

/** Returns what gave rise to a snapshot, briefly; empty where nothing was noted. */
export function causeOf({ cause }: Pick<SnapshotView, 'cause'>): string {
  return [cause?.signal ?? '', cause?.agent ?? ''].filter(Boolean).join(' of ');
}

type Made = { readonly maker: SnapshotMaker; readonly kind: SnapshotKind; readonly rollbackTo?: string };

function makerOf(snapshot: Snapshot): Made {
  if (text(snapshot, 'tool') === 'sightline') return ours(snapshot);
  if (snapshot.id.startsWith('cron-') || text(snapshot, 'type') === 'cron') {
    return { maker: 'cron', kind: 'scheduled' };
  }
  if (isReference(snapshot)) return { maker: 'agentsight', kind: 'auto' };
  return byPlugin(snapshot) ?? byTool(snapshot);
}

function ours(snapshot: Snapshot): Made {
  const { id, metadata } = snapshot;
  const rollbackTo = text(snapshot, 'rollback_to');
  if (id.startsWith('base-')) return { maker: 'sightline', kind: 'base' };
  if (rollbackTo !== null) {
    return { maker: 'sightline', kind: 'before_rollback', rollbackTo };
  }
  return metadata?.['type'] === 'manual'
    ? { maker: 'sightline', kind: 'manual' }
    : { maker: 'sightline', kind: 'auto' };
}

// The reference writes no metadata, only its kind of id and of message.
function isReference({ id, message }: Snapshot): boolean {
  return /^auto-\d{8}T\d{6}-/u.test(id) || (message ?? '').startsWith('reactive: ');
}

function byPlugin(snapshot: Snapshot): Made | null {
  const what = text(snapshot, 'type') ?? text(snapshot, 'event');
  if (what === 'turn_end') return { maker: 'plugin', kind: 'turn_end' };
  if (what === 'initial' || what === 'session_start') {
    return { maker: 'plugin', kind: 'session_start' };
  }
  return null;
}

function byTool({ id, message, metadata, pinned }: Snapshot): Made {
  if (/^ckpt-\d{8}T\d{6}/u.test(id)) return { maker: 'ws-ckpt', kind: 'manual' };
  if (pinned && message === null && metadata === null) {
    return { maker: 'ws-ckpt', kind: 'recovered' };
  }
  return { maker: 'unknown', kind: 'unknown' };
}

function noted(snapshot: Snapshot, maker: SnapshotMaker): SnapshotCause | null {
  const named = maker === 'agentsight' ? (/^auto-\d{8}T\d{6}-(.+)$/u.exec(snapshot.id)?.[1] ?? null) : null;
  const cause = {
    signal: text(snapshot, 'signal') ?? named,
    signalId: text(snapshot, 'signal_id'),
    agent: text(snapshot, 'agent'),
    callId: text(snapshot, 'call_id'),
  };
  return Object.values(cause).every((value) => value === null) ? null : cause;
}

function text({ metadata }: Snapshot, key: string): string | null {
  const value = metadata !== null && Object.hasOwn(metadata, key) ? metadata[key] : null;
  return typeof value === 'string' && value !== '' ? cleanLine(value, MAX_ID_LENGTH) : null;
}
