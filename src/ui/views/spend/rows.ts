import {
  type Money,
  byAmount,
  hourMoney,
  isOnPlan,
  moneyOf,
  rowToday,
  workspaceMoney,
} from '../../../core/model/meters/money.ts';
import type { AgentView, ConversationView, SpentIn } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { shortId, shortModel } from '../../render/names.ts';
import { shortName } from '../workspaces/names.ts';

/** The money of one thing; null where nothing was billed, or where it is not kept. */
export type SpendRow = {
  readonly name: string;
  /** The last 60 minutes. */
  readonly hour: Money | null;
  readonly today: Money | null;
  readonly total: Money | null;
};

/** The agents, those that spent most today first, then by all that they spent. */
export function agentSpending({ model }: EngineView, now: Ms, plans: ReadonlySet<string>): readonly SpendRow[] {
  return ordered(model.agents.map((agent) => rowOf(agent.name, agent, now, plans.has(agent.name))));
}

function rowOf(name: string, row: AgentView | ConversationView, now: Ms, isPlan: boolean): SpendRow {
  return {
    name,
    hour: hourMoney(row, now, isPlan),
    today: rowToday(row, now, isPlan),
    total: moneyOf(row.totals, isPlan),
  };
}

/** The models of all agents. */
export function modelSpending({ model }: EngineView, now: Ms): readonly SpendRow[] {
  const rows = (model.fleet.spending?.models ?? []).map(({ name, day, minutes, total }): SpendRow => ({
    name: name === null ? 'all others' : shortModel(name),
    hour: hourMoney({ minutes, totals: total }, now, false),
    today: rowToday({ ...(day !== null && { day }), totals: total }, now, false),
    total: moneyOf(total, false),
  }));
  return ordered(rows);
}

/** The workspaces with what was spent in each, and one row for what was spent in none. */
export function workspaceSpending(view: EngineView, now: Ms): readonly SpendRow[] {
  const { workspaces, elsewhere } = view;
  if (workspaces.length === 0) return [];
  const rows = workspaces.map(({ path, spent }): SpendRow => {
    return { name: shortName(path, view), ...workspaceMoney(spent, now) };
  });
  return ordered([...rows, { name: 'none', ...workspaceMoney(elsewhere, now) }]);
}

/** The conversations. */
export function conversationSpending({ model, plans }: EngineView, now: Ms): readonly SpendRow[] {
  return ordered(
    model.conversations.map((row) => {
      const name = row.userQuery ?? row.session?.title ?? shortId(row.conversationId);
      return rowOf(name, row, now, isOnPlan(row, plans));
    }),
  );
}

/** Spans of time, the newest first. */
export function spanSpending(spans: readonly SpentIn[], nameOf: (span: SpentIn) => string): readonly SpendRow[] {
  return spans.toReversed().map((span) => ({
    name: nameOf(span),
    hour: null,
    today: null,
    total: moneyOf(span, false),
  }));
}

// What has nothing that was billed is left out.
function ordered(rows: readonly SpendRow[]): readonly SpendRow[] {
  return rows
    .filter(({ total }) => total !== null)
    .sort((a, b) => byAmount(amount(a.today), amount(b.today)) || byAmount(amount(a.total), amount(b.total)));
}

function amount(money: Money | null): bigint {
  return money === null || money.basis === 'unknown' ? -1n : money.pico;
}
