/** A call of an agent to its model, as one source reports it at one moment. Tokens are counts. */

import type { Ns } from './units.ts';

export const CALL_STATUSES = ['pending', 'complete', 'interrupted'] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

/** Tokens as the provider reported them; a cache counter that was not reported is null, never 0. */
export type Usage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number | null;
  readonly cacheCreationTokens: number | null;
  /** The part of `cacheCreationTokens` that is kept for an hour; left out where that is not told. */
  readonly cacheCreation1hTokens?: number;
  /** The input leaves out what the cache read or created, with every provider; left out: by the provider. */
  readonly cacheApart?: true;
};

/** Facts of a call from the agent's own records that the other fields cannot hold. */
export type RecordedFacts = {
  /** The agent gave the call up. */
  readonly failed: boolean;
  /** Class that the agent's own error code names; null: by status and text. */
  readonly errorClass: string | null;
  /** The call's id is the provider's own: other sources know the call by it. */
  readonly sharesId: boolean;
  /** The output count may be too small: the record has the count of the stream's first event. */
  readonly outputIsLowerBound: boolean;
  /** The provider's id of the request, by which telemetry knows the call. */
  readonly requestId?: string;
  /** Set where telemetry tells of the call. Any user of the machine can send what is `unverified`: numbers, never signals. */
  readonly telemetry?: 'verified' | 'unverified';
};

/** One LLM call, as one source reports it at one moment. */
export type Call = {
  readonly callId: string;
  readonly startNs: Ns;
  readonly endNs: Ns | null;
  readonly status: CallStatus;
  /** Null where the feed names none (`no_user_query` counts as none for storms, but is kept here as it came). */
  readonly conversationId: string | null;
  readonly sessionId: string | null;
  /** agent_name, else process_name, else `unknown`. */
  readonly agent: string;
  readonly processName: string | null;
  readonly pid: number | null;
  readonly provider: string | null;
  readonly model: string | null;
  /** `main`, `recap`, `web_search`, or whatever upstream adds. */
  readonly kind: string;
  readonly statusCode: number | null;
  readonly error: string | null;
  /** Null while pending and where the provider reported no usage at all. */
  readonly usage: Usage | null;
  readonly finishReason: string | null;
  /** Names of the tools that the answer called, bounded. */
  readonly tools: readonly string[];
  readonly userQuery: string | null;
  readonly interruptionType: string | null;
  /** List price in picodollars, set by the model; null: not known. Left out while none is due, or without prices. */
  readonly cost?: bigint | null;
  /** Set where the agent's own records alone tell of the call. */
  readonly recorded?: RecordedFacts;
};
