/** Facts of a conversation from the agent's own records, beyond its calls. Plain data. */

import type { Ms } from './units.ts';

/** Tokens of the last call of the main conversation, as the agent's own screen counts them. */
export type ContextUse = {
  /** Null right after a compaction whose result is not recorded. */
  readonly usedTokens: number | null;
  /** Null where neither the records nor the catalogue of models has it. */
  readonly windowTokens: number | null;
  /** False where the window is taken from a catalogue, for this model. */
  readonly windowKnown: boolean;
  readonly model?: string | null;
  readonly provider?: string | null;
};

/** A limit of the account's plan, as the agent last recorded it. */
export type QuotaWindow = {
  readonly name: string;
  readonly usedPercent: number;
  readonly windowMinutes: number | null;
  readonly resetsAt: Ms | null;
};

/** A limit of the account's plan that a call ran into. */
export type LimitReached = {
  readonly at: Ms;
  /** When it is reset, where the error gives a time. */
  readonly resetsAt: Ms | null;
  /** The provider's words for that: `3pm (Europe/Berlin)`; null where it has none. */
  readonly resets: string | null;
};

export const SESSION_STATES = ['busy', 'idle', 'shell', 'waiting', 'ended', 'died'] as const;

/** State of the process behind a session; `ended` and `died`: the process is gone, `died` at work. */
export type SessionState = (typeof SESSION_STATES)[number];

/** The event that a conversation waits for: the model's answer to a prompt or a tool's result, or the end of a tool. */
export type OpenWork = { readonly type: 'call' | 'tool'; readonly name: string | null; readonly since: Ms };

/** A conversation as its agent recorded it; a sub-agent is a conversation below its parent. */
export type SessionFacts = {
  /** The session's id; of Claude's sub-agents the parent session's. */
  readonly sessionId: string;
  readonly agent: string;
  /** The conversation that started this one as a sub-agent. */
  readonly parentId: string | null;
  /** The session that this one was copied from. */
  readonly forkedFrom: string | null;
  /** The working folder that was recorded last. A claim, not a fact: the records are hostile. */
  readonly cwd: string | null;
  readonly title: string | null;
  readonly context: ContextUse | null;
  readonly compactions: number;
  /** Attempts of calls that failed and were made again. */
  readonly retries: number;
  readonly state: SessionState | null;
  readonly pid: number | null;
  /** The start of that process as the agent recorded it: clock ticks since boot, or a date; left out where it did not. */
  readonly pidStart?: string;
  readonly open: OpenWork | null;
  /** Newest first; empty where the agent records none. */
  readonly quota: readonly QuotaWindow[];
  readonly startedAt: Ms | null;
  readonly lastAt: Ms | null;
};
