/** Budgets: what may be spent by someone in some time, and what happens as it is. Plain data. */

import { stableHash } from './stable-hash.ts';
import type { Mono, Ms } from './units.ts';

/** The subject of a budget: all together, or each agent, conversation or workspace for itself. */
export const BUDGET_SCOPES = ['all', 'agent', 'conversation', 'workspace'] as const;
/** Its span: the last 60 minutes, the local day, or since it was set. */
export const BUDGET_SPANS = ['hour', 'day', 'total'] as const;
export const BUDGET_UNITS = ['usd', 'tokens'] as const;
/** The action when it is reached: an advisory, a checkpoint, or a question with a countdown. */
export const BUDGET_ACTIONS = ['warn', 'checkpoint', 'ask'] as const;

/** A budget of the configuration. It is a part of recorded states, so amounts are decimal digits. */
export type Budget = {
  readonly name: string;
  readonly per: (typeof BUDGET_SCOPES)[number];
  /** Only the calls of this agent, conversation, workspace count; null: of any. */
  readonly agent: string | null;
  readonly conversation: string | null;
  readonly workspace: string | null;
  readonly every: (typeof BUDGET_SPANS)[number];
  readonly unit: (typeof BUDGET_UNITS)[number];
  /** Picodollars, or tokens. */
  readonly limit: string;
  /** The share of it, 0…1, that gives the advisory. */
  readonly warnAt: number;
  readonly action: (typeof BUDGET_ACTIONS)[number];
  /** The countdown of the action `ask`, ms. */
  readonly askMs: Ms;
  /** Stops the agent for a while when it is reached (`pause.enabled`). */
  readonly pause: boolean;
};

/** Returns the identity of a budget: one of another name, or that counts something else, begins anew. */
export function budgetId({ name, per, agent, conversation, workspace, every, unit, limit }: Budget): string {
  return stableHash('budget', name, per, text(agent), text(conversation), text(workspace), every, unit, limit);
}

function text(value: string | null): string {
  return value === null ? '' : `=${value}`;
}

/** The level of a budget: below the share of the advisory, below the limit, or not below it. */
export const BUDGET_LEVELS = ['none', 'warned', 'reached'] as const;
export type BudgetLevel = (typeof BUDGET_LEVELS)[number];

/** Parts of one whole, so that a share is compared with integers. */
const PARTS = 1_000_000;

/**
 * Returns the level of what was spent. `before`: one that was reached stays so until the advisory ends too, so that a
 * sliding hour that moves about its limit asks once.
 */
export function levelOf(spent: bigint, limit: bigint, warnAt: number, before: BudgetLevel = 'none'): BudgetLevel {
  if (spent >= limit) return 'reached';
  if (spent * BigInt(PARTS) < limit * BigInt(Math.round(warnAt * PARTS))) return 'none';
  return before === 'reached' ? 'reached' : 'warned';
}

/** Returns which part of a budget was spent; 1 is all of it. */
export function shareOf({ spent, limit }: { readonly spent: bigint; readonly limit: bigint }): number {
  return limit === 0n ? Infinity : Number((spent * BigInt(PARTS)) / limit) / PARTS;
}

/** The call that was counted last live: whose workspace a checkpoint is taken of. */
export type BudgetCall = {
  readonly agent: string;
  readonly processName: string | null;
  readonly pid: number | null;
  readonly conversationId: string | null;
  readonly sessionId: string | null;
  readonly callId: string;
};

/** Whose budget it is: of a budget per agent the agent, and so on. */
export type BudgetSubject = {
  /** '' for all together. */
  readonly subject: string;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly workspace: string | null;
};

/** The amount of a budget that one subject has spent, by the calls that are known. */
export type BudgetReading = BudgetSubject & {
  readonly id: string;
  readonly budget: Budget;
  /** The begin of its day, or when it was set; 0 of an hour, which slides. */
  readonly periodAt: Ms;
  /** The end of its day; null for any other. */
  readonly endsAt: Ms | null;
  /** Picodollars, or tokens. */
  readonly spent: bigint;
  /** The part of it that was received live since the last decision. */
  readonly fresh: bigint;
  /** Calls whose price is not known, or whose tokens are not, and whether there is more than `spent`. */
  readonly unknown: number;
  readonly isAtLeast: boolean;
  readonly by: BudgetCall | null;
};

/** A budget of one subject as front ends show it, the operator's changes included. */
export type BudgetView = BudgetSubject &
  Pick<Budget, 'name' | 'per' | 'every' | 'unit' | 'action' | 'warnAt'> & {
    readonly id: string;
    /** Picodollars, or tokens; what was spent since it was reset. */
    readonly spent: bigint;
    readonly limit: bigint;
    readonly unknown: number;
    readonly isAtLeast: boolean;
    readonly periodAt: Ms;
    readonly endsAt: Ms | null;
    readonly level: BudgetLevel;
    /** When the level was reached; null for none. */
    readonly since: Ms | null;
    /** An operator has raised it, reset it, or let it be for this time. */
    readonly isChanged: boolean;
    readonly isAccepted: boolean;
    /** It asks; `isOver`: the countdown ended without an answer. */
    readonly hold: { readonly startedAt: Ms; readonly endsAt: Ms; readonly isOver: boolean } | null;
  };

/** The answer of an operator to a budget that is reached, or near it. */
export type BudgetChange =
  /** A limit for this time; picodollars, or tokens. */
  | { readonly type: 'raise'; readonly limit: string }
  /** Counts from now on. */
  | { readonly type: 'reset' }
  /** Lets it be until it is over: no advisory, and nothing is asked. */
  | { readonly type: 'accept' };

// ---------------------------------------------------------------- what was decided

/** A budget asks: until `endsMono` an operator may answer. `isOver`: nobody did. */
export type BudgetHold = {
  readonly startedAt: Ms;
  readonly startedMono: Mono;
  readonly endsMono: Mono;
  readonly isOver: boolean;
};

/** The decisions about a budget of one subject. It is a part of recorded states: amounts are decimal digits. */
export type BudgetState = BudgetSubject &
  Pick<Budget, 'name' | 'per' | 'every' | 'unit' | 'action' | 'askMs' | 'pause'> & {
    readonly id: string;
    readonly periodAt: Ms;
    readonly endsAt: Ms | null;
    readonly level: BudgetLevel;
    /** When the level was reached, and what was spent and allowed then. */
    readonly at: Ms;
    readonly spent: string;
    readonly limit: string;
    readonly isAtLeast: boolean;
    /** An operator's limit for this time; null: the configured one. */
    readonly raisedTo: string | null;
    /** The amount at the time an operator reset it. */
    readonly base: string;
    /** An operator lets it be. */
    readonly isAccepted: boolean;
    readonly hold: BudgetHold | null;
    readonly by: BudgetCall | null;
  };

/** A budget as it was when its level changed, or an operator changed it. */
export type BudgetFact = Omit<BudgetState, 'at' | 'raisedTo' | 'base' | 'isAccepted' | 'hold'>;

/** Returns the key of a budget of one subject. */
export function budgetKey({ id, subject }: Pick<BudgetState, 'id' | 'subject'>): string {
  return `${id} ${subject}`;
}
