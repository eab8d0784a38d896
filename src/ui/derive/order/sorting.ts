import type { Severity } from '../../../core/events.ts';
import type { AgentView, ConversationView, Totals } from '../../../core/model/types.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import type { PaneName } from '../../view/types.ts';

/** An order of a list by its name; the first of a list is the one it has by itself. */
export type Order<Row> = { readonly name: string; readonly compare: ((a: Row, b: Row) => number) | null };

type Counted = { readonly totals: Totals };

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

const BY_TOTALS: readonly Order<Counted>[] = [
  { name: 'calls', compare: (a, b) => b.totals.calls - a.totals.calls },
  { name: 'failures', compare: (a, b) => b.totals.failed - a.totals.failed },
  { name: 'tokens in', compare: (a, b) => b.totals.promptTokens - a.totals.promptTokens },
  { name: 'tokens out', compare: (a, b) => b.totals.outputTokens - a.totals.outputTokens },
  // The worst first; where it is not known there is nothing to see.
  { name: 'cache', compare: (a, b) => (a.totals.cacheRatio ?? 2) - (b.totals.cacheRatio ?? 2) },
];

export const CONVERSATION_ORDERS: readonly Order<ConversationView>[] = [
  { name: 'activity', compare: null },
  ...BY_TOTALS,
  { name: 'agent', compare: (a, b) => byText(a.agent, b.agent) },
];

export const AGENT_ORDERS: readonly Order<AgentView>[] = [
  { name: 'state', compare: null },
  ...BY_TOTALS,
  { name: 'agent', compare: (a, b) => byText(a.agent, b.agent) },
];

export const SIGNAL_ORDERS: readonly Order<SignalRecord>[] = [
  { name: 'newest', compare: null },
  { name: 'severity', compare: (a, b) => rank(a) - rank(b) },
  { name: 'type', compare: (a, b) => byText(a.signal.signal, b.signal.signal) },
  { name: 'fate', compare: (a, b) => byText(a.fate?.fate ?? '', b.fate?.fate ?? '') },
  { name: 'agent', compare: (a, b) => byText(a.signal.agent ?? '', b.signal.agent ?? '') },
];

/** How many orders a list has; calls stand by time and workspaces by what is about to act, always. */
export const ORDER_COUNTS: Readonly<Record<PaneName, number>> = {
  conversations: CONVERSATION_ORDERS.length,
  agents: AGENT_ORDERS.length,
  signals: SIGNAL_ORDERS.length,
  stream: 1,
  reactor: 1,
};

const ORDERS: Readonly<Record<PaneName, readonly string[]>> = {
  conversations: CONVERSATION_ORDERS.map(({ name }) => name),
  agents: AGENT_ORDERS.map(({ name }) => name),
  signals: SIGNAL_ORDERS.map(({ name }) => name),
  stream: ['time'],
  reactor: ['what acts next'],
};

/** The order that is chosen; `place` counts on and on. */
export function orderAt<Row>(orders: readonly Order<Row>[], place: number): Order<Row> | undefined {
  return orders[place % orders.length];
}

/** The name of the chosen order of a list. */
export function orderName(pane: PaneName, place: number): string {
  const [first] = ORDERS[pane];
  return ORDERS[pane][place % ORDERS[pane].length] ?? first ?? '';
}

/** Whether a list stands in the order that it has by itself. */
export function isUsualOrder(pane: PaneName, place: number): boolean {
  return place % ORDER_COUNTS[pane] === 0;
}

const known = new WeakMap<object, { readonly name: string; readonly rows: unknown }>();

/** The rows in an order, equal ones as they were; sorted once of each list. */
export function ordered<Row>(rows: readonly Row[], order: Order<Row> | undefined): readonly Row[] {
  if (!order?.compare) return rows;
  const made = known.get(rows);
  if (made?.name === order.name) return made.rows as readonly Row[];
  const sorted = rows.toSorted(order.compare);
  known.set(rows, { name: order.name, rows: sorted });
  return sorted;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank({ signal }: SignalRecord): number {
  return SEVERITIES.indexOf(signal.severity);
}
