import type { Actor, Project } from './cast.ts';
import type { InterruptionType, PartName, Tokens } from './scenario.ts';

/** The end of one call. */
export type CallEnd =
  | { readonly type: 'answer'; readonly tokens: Tokens; readonly text: string; readonly tool: string | null }
  | { readonly type: 'failure'; readonly status: number; readonly error: string };

/** One call; times in ms of the scenario's clock. */
export type PlannedCall = {
  readonly actor: Actor;
  readonly callId: string;
  readonly conversationId: string;
  readonly sessionId: string;
  readonly endedAt: number;
  readonly durationMs: number;
  readonly asked: string;
  /** Null where the agent died before there was an answer. */
  readonly end: CallEnd | null;
};

/** One row of `interruption_events`. */
export type PlannedInterruption = {
  readonly interruptionId: string;
  readonly type: InterruptionType;
  readonly actor: Actor;
  readonly conversationId: string;
  readonly sessionId: string;
  readonly callId: string | null;
  readonly occurredAt: number;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** An agent's change to a file of its workspace; `path` is relative to it. */
export type FileChange =
  | { readonly type: 'create' | 'append'; readonly path: string; readonly text: string }
  | { readonly type: 'delete'; readonly path: string };

/**
 * One thing that the player does, every database change in a commit of its own, at `at` ms of the scenario's clock
 * (what lies before the start is negative).
 */
export type Action = { readonly at: number } & (
  | { readonly type: 'open'; readonly call: PlannedCall; readonly origin: 'request_capture' | 'dead_pid_drain' }
  | { readonly type: 'complete'; readonly call: PlannedCall }
  | { readonly type: 'interrupt'; readonly call: PlannedCall; readonly stamp: InterruptionType }
  | { readonly type: 'stamp'; readonly call: PlannedCall; readonly stamp: InterruptionType }
  | { readonly type: 'session'; readonly call: PlannedCall; readonly sessionId: string }
  | { readonly type: 'interruption'; readonly interruption: PlannedInterruption }
  | { readonly type: 'file'; readonly project: Project; readonly change: FileChange }
  | { readonly type: 'note'; readonly agent: string; readonly text: string }
  | { readonly type: 'cue'; readonly part: PartName }
);

/** Everything that a run does, known before it does anything. */
export type Plan = {
  readonly projects: readonly {
    readonly project: Project;
    readonly files: readonly { path: string; text: string }[];
  }[];
  readonly actions: readonly Action[];
};
