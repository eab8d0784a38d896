/** Agents that are stopped for a while, and the reasons for which one is not. */

import type { FileReason } from './errno.ts';
import type { Ms } from './units.ts';

/** The agent that is to stop: by the process that made its calls, a conversation, or all of its processes. */
export type PauseSubject = {
  readonly agent?: string | null;
  readonly conversationId?: string | null;
  readonly pid?: number | null;
};

/** The reason for a pause. */
export const PAUSE_CAUSES = ['operator', 'budget'] as const;
export type PauseCause = (typeof PAUSE_CAUSES)[number];

/** A process group that is stopped. */
export type Paused = {
  /** The agent's process, which leads the group. */
  readonly pid: number;
  readonly agent: string | null;
  /** The conversations that the process had when it was stopped, bounded. */
  readonly conversations: readonly string[];
  /** Processes in the group. */
  readonly processes: number;
  readonly at: Ms;
  /** The time at which it goes on by itself. */
  readonly resumesAt: Ms;
  readonly cause: PauseCause;
  /** The user who did it; null where it was no person. */
  readonly by: string | null;
  /** False: another engine with the same state folder stopped it, and will continue it. */
  readonly isOurs: boolean;
};

/** The rights of an engine to pause, and the groups that are paused. */
export type Pausing = {
  readonly enabled: boolean;
  /** The longest pause. */
  readonly maxMs: Ms;
  /** Oldest first. */
  readonly paused: readonly Paused[];
};

/** A process group that would be stopped. */
export type PausedGroup = {
  readonly pid: number;
  /** Its name (`comm`). */
  readonly name: string;
  /** Processes in the group. */
  readonly processes: number;
  /** Processes that it started and that are in groups of their own: these go on. */
  readonly others: number;
  /** It has the foreground of a terminal, whose shell will take that back. */
  readonly foreground: boolean;
};

/** The effect of a pause. */
export type PausePlan = {
  readonly agent: string | null;
  readonly groups: readonly PausedGroup[];
  /** Why others of the agent's processes would not stop. */
  readonly refused: readonly PauseRefusal[];
};

/** The reason why a pause is over. */
export const PAUSE_ENDS = [
  'operator',
  'answered',
  'timeout',
  'stopping',
  'observing',
  'outside',
  'gone',
  'restart',
] as const;
export type PauseEnd = (typeof PAUSE_ENDS)[number];

/** Who must not be in a group that is stopped. */
export const UNTOUCHED = ['sightline', 'ancestor', 'session_leader', 'shell', 'system', 'foreign'] as const;
export type Untouched = (typeof UNTOUCHED)[number];

/** The reason why an agent is not stopped, or not continued. */
export type PauseRefusal =
  /** `pause.enabled` is not set. */
  | { readonly code: 'pause_off' }
  /** In mode observe nothing acts. */
  | { readonly code: 'pause_observing' }
  /** There is no `/proc` here. */
  | { readonly code: 'pause_unsupported'; readonly platform: string }
  /** Not all processes could be seen. */
  | { readonly code: 'pause_unseen' }
  /** No source names a process of it. */
  | { readonly code: 'pause_no_process' }
  | { readonly code: 'pause_gone'; readonly pid: number }
  /** The process with that number is not the one that made the call: it started later, or has another name. */
  | { readonly code: 'pause_other_process'; readonly pid: number; readonly name: string }
  /** The pid is one of the machine's, and we live in a container; or the other way round. */
  | { readonly code: 'pause_other_namespace'; readonly pid: number }
  /** It belongs to a user whose processes are none of ours to stop. */
  | { readonly code: 'pause_foreign'; readonly pid: number; readonly uid: number | null }
  /** The user who wrote the source is not the one who runs the process. */
  | { readonly code: 'pause_claimed'; readonly pid: number; readonly uid: number }
  | { readonly code: 'pause_not_leader'; readonly pid: number; readonly leader: number }
  | {
      readonly code: 'pause_group_has';
      readonly pid: number;
      readonly what: Untouched;
      readonly member: { readonly pid: number; readonly name: string };
    }
  /** By somebody else: a shell's Ctrl-Z, a debugger, another engine. */
  | { readonly code: 'pause_stopped_already'; readonly pid: number }
  /** We pause it already. */
  | { readonly code: 'pause_paused'; readonly pid: number }
  | { readonly code: 'pause_not_recorded'; readonly reason: FileReason }
  /** It changed while it was stopped, and was continued at once. */
  | { readonly code: 'pause_changed'; readonly pid: number; readonly why: PauseRefusal }
  | { readonly code: 'pause_not_signalled'; readonly pid: number; readonly errno: string }
  | { readonly code: 'pause_too_many'; readonly max: number }
  | { readonly code: 'not_paused' };
