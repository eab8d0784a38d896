/**
 * Old calls as sums. Of a long history only few calls say anything on their own: those that failed, and those beside them,
 * because a success ends a streak of failures. All others are counted, and a feed that can read them as plain numbers
 * need not make objects of them.
 */
import type { Call } from '../calls.ts';
import { type Ms, nsToMs, restOfNs } from '../units.ts';

/**
 * A finished, successful call as numbers; what it lacks does not matter for what is only counted. `cacheApart`: its input
 * leaves out what the cache read or created. Times are whole ms with the rest in ns; tokens are null where not reported.
 */
export type PastRow = readonly [
  record: number,
  conversationId: string | null,
  agent: string,
  pid: number | null,
  model: string | null,
  cacheApart: boolean,
  startMs: Ms,
  startRest: number,
  endMs: Ms,
  endRest: number,
  inputTokens: number | null,
  outputTokens: number | null,
  cacheReadTokens: number | null,
  cacheCreationTokens: number | null,
  provider: string | null,
  /** The part of the created tokens that is kept for an hour; left out: none. */
  created1hTokens?: number,
  /** The output count may be too small. */
  isUnsure?: boolean,
];

/** Sums over calls, as a group of the model keeps them. */
export type PastSums = {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
  promptTokens: number;
  knownPromptTokens: number;
  knownReadTokens: number;
};

/**
 * Sizes of a prompt, tokens, behind which the price of a token may be another one, the smallest first; days of UTC are the
 * moments. Sums that lie between two of both have one price.
 */
export const PRICE_STEPS = [128_000, 199_999, 200_000, 271_999, 272_000, 512_000] as const;
export const PRICE_DAY_MS = 86_400_000;

/** The key of the price that the calls of a sum share: model, provider, day of their starts, and step of their prompts. */
export type PriceKey = {
  readonly provider: string | null;
  readonly model: string | null;
  /** Number of the day. */
  readonly day: number;
  /** The prompts are larger than this, tokens: one of `PRICE_STEPS`, or 0. */
  readonly over: number;
  /** Some of what they created in the cache is kept for an hour, which has a price of its own. */
  readonly isLong: boolean;
};

/** The sums over the calls of one conversation, agent, process and price that ended within one hour. */
export type PastGroup = PriceKey & {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly pid: number | null;
  /** The number of the hour by UTC. */
  readonly hour: number;
  readonly sums: PastSums;
  /** Calls whose tokens are known, and the tokens of their prompts that the cache neither read nor wrote. */
  billed: number;
  freshTokens: number;
  /** The part of the created tokens that is kept for an hour. */
  created1hTokens: number;
  /** Calls whose output count may be too small. */
  unsure: number;
  firstAt: Ms;
  lastAt: Ms;
};

/** The ends of the latest calls of one conversation, agent and process, oldest first; at least the latest `PAST_ENDS`. */
export type PastEnds = {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly ends: readonly (readonly [endMs: Ms, endRest: number])[];
};

/** Rule S4's part of a call: its end, its start, and what it spent. */
export type PastSpent = {
  /** Empty where only sums are told. */
  readonly callId: string;
  readonly endMs: Ms;
  readonly endRest: number;
  readonly startMs: Ms;
  readonly startRest: number;
  readonly inputTokens: number;
  readonly cache: 'unreported' | 'missed' | 'used';
};

/** The costs of the calls of one agent, and its sums by minute (number of the minute → sums; one may stand there twice). */
export type PastAgent = {
  readonly agent: string;
  readonly spent: PastSpent[];
  readonly minutes: { readonly minute: number; readonly sums: PastSums }[];
};

export type PastCalls = {
  readonly calls: number;
  readonly groups: readonly PastGroup[];
  readonly ends: readonly PastEnds[];
  readonly agents: readonly PastAgent[];
};

/** Ends that are reported of a conversation: as many outcomes as the model keeps of one. */
export const PAST_ENDS = 32;

/** Returns true for a call that may be part of a storm. */
export function hasFailed({ statusCode, error }: Call): boolean {
  return (statusCode ?? 0) >= 400 || error !== null;
}

/** Returns a call as sums take it, under the number of its record; null for one that must be reported singly. */
export function pastRowOf(call: Call, record: number): PastRow | null {
  const { startNs, endNs, usage } = call;
  const isPlain = call.status === 'complete' && call.kind === 'main' && call.recorded === undefined;
  if (!isPlain || endNs === null || hasFailed(call) || call.interruptionType !== null) return null;
  return [
    record,
    call.conversationId,
    call.agent,
    call.pid,
    call.model,
    usage?.cacheApart === true || call.provider === 'anthropic',
    nsToMs(startNs),
    restOfNs(startNs),
    nsToMs(endNs),
    restOfNs(endNs),
    usage?.inputTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheCreationTokens ?? null,
    call.provider,
  ];
}
