export const POLICY_ACTIONS = ['checkpoint', 'flag', 'ignore'] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** The user's policy beyond the defaults: by type first, then by severity. */
export type PolicyRules = {
  readonly types: Readonly<Record<string, PolicyAction>>;
  readonly severities: Readonly<Record<string, PolicyAction>>;
};

export type CheckpointerChoice = 'auto' | 'ws-ckpt' | 'git' | 'command' | 'none';

/** Agent → workspace, then process → workspace, then the default. Paths are canonical (parent resolved, last part kept). */
export type WorkspaceMap = {
  readonly agents: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, string>>;
  readonly fallback: string | null;
  /** The default was said for this run (flag or environment): it outranks the folders of sessions. */
  readonly isFallbackGiven?: boolean;
  /** The folders of sessions, by session and by conversation. */
  readonly sessions?: ReadonlyMap<string, SessionFolder>;
};

/** The workspace that a session's folder is, or why it is none. */
export type SessionFolder =
  | { readonly type: 'workspace'; readonly path: string }
  | { readonly type: 'refused'; readonly code: FolderRefusal; readonly path: string };

/**
 * Why a session's folder is no workspace: it is not there, belongs to another user than the records, is a home folder or
 * `/`, a person has not confirmed it yet, or the engine looks after as many workspaces as it can.
 */
export type FolderRefusal = 'absent' | 'foreign' | 'forbidden' | 'unconfirmed' | 'too_many';

/** The rules that the core decides by. Durations in ms. */
export type RuleConfig = {
  readonly debounceMs: number;
  readonly timeoutMs: number;
  /** Null: the mode's own default (hold 10 s, auto 0). */
  readonly graceMs: number | null;
  readonly trailing: boolean;
  readonly policy: PolicyRules;
  /** Action by type for what agents' own records alone show, in place of the policy; see `RECORDS_ACTIONS`. */
  readonly recordsPolicy: Readonly<Record<string, PolicyAction>>;
  readonly guard: {
    readonly perAgentPerHour: number;
    readonly perWorkspacePerHour: number;
    /** 0…1 */
    readonly storeUsedRatio: number;
  };
};
