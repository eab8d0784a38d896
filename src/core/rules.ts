/** The rules of the reactor, as configured. */

import type { Budget } from './budgets.ts';

export const POLICY_ACTIONS = ['checkpoint', 'flag', 'ignore'] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** The user's policy beyond the defaults: by type first, then by severity. */
export type PolicyRules = {
  readonly types: Readonly<Record<string, PolicyAction>>;
  readonly severities: Readonly<Record<string, PolicyAction>>;
};

/** The rules that the core decides by. Durations in ms. */
export type Rules = {
  readonly debounceMs: number;
  readonly timeoutMs: number;
  /** Null: the mode's own default (hold 10 s, auto 0). */
  readonly graceMs: number | null;
  readonly trailing: boolean;
  readonly policy: PolicyRules;
  /** Action by type for what agents' own records alone show, instead of the policy; see `RECORDS_ACTIONS`. */
  readonly recordsPolicy: Readonly<Record<string, PolicyAction>>;
  readonly guard: {
    readonly perAgentPerHour: number;
    readonly perWorkspacePerHour: number;
    /** 0…1 */
    readonly storeUsedRatio: number;
  };
  readonly budgets: readonly Budget[];
};
