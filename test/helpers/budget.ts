import type { Budget } from '../../src/core/budgets.ts';

/** A thousand picodollars a day for all agents together, which warns. */
export const A_DAY: Budget = {
  name: 'day',
  per: 'all',
  agent: null,
  conversation: null,
  workspace: null,
  every: 'day',
  unit: 'usd',
  limit: '1000',
  warnAt: 0.8,
  action: 'warn',
  askMs: 60_000,
  pause: false,
};
