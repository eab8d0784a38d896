import { realpathSync } from 'node:fs';
import type { Budget } from '../core/budgets.ts';
import { dollarsOf, picoOfDollars } from '../core/prices.ts';

/** A budget as the configuration file writes it: either dollars or tokens. */
export type WrittenBudget = Pick<Budget, 'name' | 'every'> & {
  readonly per?: Budget['per'] | undefined;
  readonly agent?: string | undefined;
  readonly conversation?: string | undefined;
  readonly workspace?: string | undefined;
  readonly usd?: number | undefined;
  readonly tokens?: number | undefined;
  readonly warn_at?: number | undefined;
  readonly action?: Budget['action'] | undefined;
  /** Seconds. */
  readonly ask_for?: number | undefined;
  readonly pause?: boolean | undefined;
};

const DEFAULT_WARN_AT = 0.8;
const DEFAULT_ASK_S = 60;

/** Turns budgets of the file into the configuration's. `resolve` makes the path of a workspace absolute. */
export function budgetsFrom(written: readonly WrittenBudget[], resolve: (path: string) => string): readonly Budget[] {
  return written.map((budget) => ({
    name: budget.name,
    per: budget.per ?? 'all',
    agent: budget.agent ?? null,
    conversation: budget.conversation ?? null,
    workspace: budget.workspace === undefined ? null : canonical(resolve(budget.workspace)),
    every: budget.every,
    unit: budget.usd === undefined ? 'tokens' : 'usd',
    limit: budget.usd === undefined ? String(budget.tokens ?? 0) : String(picoOfDollars(budget.usd)),
    warnAt: budget.warn_at ?? DEFAULT_WARN_AT,
    action: budget.action ?? 'warn',
    askMs: (budget.ask_for ?? DEFAULT_ASK_S) * 1_000,
    pause: budget.pause ?? false,
  }));
}

// Workspaces are known by their canonical paths.
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Writes budgets as the file has them. */
export function budgetsToFile(budgets: readonly Budget[]): unknown {
  return budgets.map(
    ({ name, per, agent, conversation, workspace, every, unit, limit, warnAt, action, askMs, pause }) => ({
      name,
      ...(per !== 'all' && { per }),
      ...(agent !== null && { agent }),
      ...(conversation !== null && { conversation }),
      ...(workspace !== null && { workspace }),
      every,
      ...(unit === 'usd' ? { usd: Number(dollarsOf(BigInt(limit))) } : { tokens: Number(limit) }),
      warn_at: warnAt,
      action,
      ...(action === 'ask' && { ask_for: askMs / 1_000 }),
      ...(pause && { pause }),
    }),
  );
}
