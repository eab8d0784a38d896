import type { FolderIdentity, Pin, WorkspaceLink } from './folder.ts';
import type { Availability, CheckpointRequest, CheckpointerName, LookUp, Outcome, Snapshot } from './acting.ts';

/** A value or the reason why there is none, in words that tell the user what to do next. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export type Progress = (line: string) => void;

/** Something that a rollback cannot restore: owner or group, set-user-id and set-group-id bits, or all of a path. */
export type RestoreLimit = {
  readonly what: 'owner' | 'set_id' | 'all';
  /** Paths that it concerns, and the first few of them. */
  readonly count: number;
  readonly examples: readonly string[];
};

export type CheckpointControl = {
  /** Aborts the child at once (SIGKILL to its group); the outcome is `unknown`. */
  readonly abort: AbortSignal;
  /** Shutdown has begun: end pauses between retries and leave look-ups to the next start. */
  readonly stopping: AbortSignal;
};

/** What an operator and the engine ask of a workspace's pin. */
export type PinControl = {
  /** The folder that is really touched; null before it is pinned. */
  readonly folder: () => Pin | null;
  /** Device and inode of it, once it was compared or pinned in this run. */
  readonly identity: () => FolderIdentity | null;
  /** Compares the folder, or pins it the first time; resolves to why it must not be touched, null where it may be. */
  readonly take: () => Promise<string | null>;
  /** Compares it as a plain folder, pinned or not; why it must not be touched, null where it may be. */
  readonly compare: () => Promise<string | null>;
  /** Our own act has put another folder in its place. */
  readonly renew: () => Promise<void>;
  /** The folder that pinning again would pin; null where there is none that could be. */
  readonly found: () => Promise<FolderIdentity | null>;
  /** Pins the folder that was shown to the operator; resolves to what changed. */
  readonly repin: (shown: FolderIdentity) => Promise<Result<string>>;
  /** Takes over what another process pinned by hand; says what changed, null where nothing did. */
  readonly adopt: () => string | null;
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
  /** Is it there, does it manage this workspace, how full is its store? Cheap enough for every 10 s. */
  readonly probe: () => Promise<Availability>;
  /** Made once on arming, without a deadline; git makes its first, whole snapshot here. */
  readonly prepare: (progress: Progress, abort: AbortSignal) => Promise<Result<null>>;
  readonly checkpoint: (request: CheckpointRequest, control: CheckpointControl) => Promise<Outcome>;
  /** After an unknown outcome: did the run make its snapshot? Compares the id's stem and the metadata's run_id. */
  readonly lookUp: (request: Pick<CheckpointRequest, 'snapshot' | 'runId'>) => Promise<LookUp>;
  /** All snapshots in the order of making. */
  readonly list: () => Promise<Result<readonly Snapshot[]>>;
  /** Text for a pager; `to` null compares with the workspace as it is now. */
  readonly diff: (from: string, to: string | null) => Promise<Result<string>>;
  readonly rollback: (snapshot: string) => Promise<Result<string>>;
  /** What a rollback could not restore with the rights that it has; changes nothing. Absent: it restores all. */
  readonly rollbackLimits?: (snapshot: string) => Promise<Result<readonly RestoreLimit[]>>;
  readonly remove: (snapshot: string) => Promise<Result<string>>;
  /**
   * Calls back for every snapshot that appears while watching, ours included, as soon as it can be seen.
   * Ends with `abort`.
   */
  readonly watch: (onSnapshot: (snapshot: Snapshot) => void, abort: AbortSignal) => void;
};
