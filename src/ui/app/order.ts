import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { Call } from '../../core/calls.ts';
import type { Severity } from '../../core/interruptions.ts';
import type { Silence } from '../../core/signals.ts';
import { type SnapshotView, causeOf } from '../../core/snapshots.ts';
import { promptTokens } from '../../core/model/meters/totals.ts';
import type { AgentView, ConversationView, Totals } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { callDuration, callTime } from '../render/values.ts';
import type { ListName } from './state.ts';
import { perView } from '../widgets/memo.ts';
import { skippedOf } from '../views/sources/rows.ts';
import { callWords } from '../views/calls/rows.ts';

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

/** Only the first is followed: its newest call is at the bottom. */
export const CALL_ORDERS: readonly Order<Call>[] = [
  { name: 'time', compare: null },
  { name: 'newest', compare: byNewest },
  { name: 'slowest', compare: (a, b) => (callDuration(b) ?? -1) - (callDuration(a) ?? -1) },
  { name: 'tokens', compare: (a, b) => tokensOf(b) - tokensOf(a) },
  { name: 'errors', compare: (a, b) => failure(b) - failure(a) || byNewest(a, b) },
];

export const SIGNAL_ORDERS: readonly Order<SignalRecord>[] = [
  { name: 'newest', compare: null },
  { name: 'severity', compare: (a, b) => rank(a) - rank(b) },
  { name: 'type', compare: (a, b) => byText(a.signal.signal, b.signal.signal) },
  { name: 'fate', compare: (a, b) => byText(a.fate?.fate ?? '', b.fate?.fate ?? '') },
  { name: 'agent', compare: (a, b) => byText(a.signal.agent ?? '', b.signal.agent ?? '') },
];

export const WORKSPACE_ORDERS: readonly Order<WorkspaceView>[] = [
  { name: 'what acts next', compare: null },
  { name: 'waiting', compare: (a, b) => b.waiting.length - a.waiting.length },
  { name: 'last checkpoint', compare: (a, b) => (b.lastSnapshot?.at ?? 0) - (a.lastSnapshot?.at ?? 0) },
  { name: 'path', compare: (a, b) => byText(a.workspace, b.workspace) },
];

export const SILENCE_ORDERS: readonly Order<Silence>[] = [
  { name: 'end', compare: null },
  { name: 'held back', compare: (a, b) => b.heldBack - a.heldBack },
  { name: 'newest', compare: (a, b) => b.createdAt - a.createdAt },
];

export const POLICY_ORDERS: readonly Order<PolicyRow>[] = [
  { name: 'severity', compare: null },
  { name: 'name', compare: (a, b) => byText(a.name, b.name) },
  { name: 'action', compare: (a, b) => byText(a.action ?? '~', b.action ?? '~') },
  { name: 'who says so', compare: (a, b) => WORDS.indexOf(a.from) - WORDS.indexOf(b.from) },
];

/** As they are listed, the newest first. */
export const SNAPSHOT_ORDERS: readonly Order<SnapshotView>[] = [
  { name: 'newest', compare: null },
  { name: 'oldest', compare: (a, b) => a.at - b.at || byText(a.id, b.id) },
  { name: 'maker', compare: (a, b) => byText(a.by, b.by) },
  // Those that have one first.
  { name: 'cause', compare: (a, b) => byText(causeOf(a) || '~', causeOf(b) || '~') },
  { name: 'id', compare: (a, b) => byText(a.id, b.id) },
];

export const SOURCE_ORDERS: readonly Order<SourceView>[] = [
  { name: 'health', compare: null },
  { name: 'name', compare: (a, b) => byText(a.health.uri, b.health.uri) },
  { name: 'lag', compare: (a, b) => (b.health.lagMs ?? -1) - (a.health.lagMs ?? -1) },
  { name: 'skips', compare: (a, b) => skippedOf(b.health.skipped) - skippedOf(a.health.skipped) },
  { name: 'newest event', compare: (a, b) => (b.counts.lastEventAt ?? 0) - (a.counts.lastEventAt ?? 0) },
];

/** Silences that end soonest first. */
export const silencesInOrder: (view: EngineView) => readonly Silence[] = perView(({ silences }) =>
  silences.toSorted((a, b) => a.endsAt - b.endsAt),
);

const WORDS: readonly PolicyRow['from'][] = ['session', 'config', 'default'];

const ORDERS: Readonly<Record<ListName, readonly string[]>> = {
  conversations: namesOf(CONVERSATION_ORDERS),
  agents: namesOf(AGENT_ORDERS),
  signals: namesOf(SIGNAL_ORDERS),
  stream: namesOf(CALL_ORDERS),
  reactor: namesOf(WORKSPACE_ORDERS),
  silences: namesOf(SILENCE_ORDERS),
  policy: namesOf(POLICY_ORDERS),
  checkpoints: namesOf(SNAPSHOT_ORDERS),
  sources: namesOf(SOURCE_ORDERS),
};

/** The order that is chosen; `place` counts on and on. */
export function orderAt<Row>(orders: readonly Order<Row>[], place: number): Order<Row> | undefined {
  return orders[place % orders.length];
}

/** The name of the chosen order of a list. */
export function orderName(list: ListName, place: number): string {
  const names = ORDERS[list];
  return names[place % names.length] ?? '';
}

/** Whether a list stands in the order that it has by itself. */
export function isUsualOrder(list: ListName, place: number): boolean {
  return place % ORDERS[list].length === 0;
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

function namesOf<Row>(orders: readonly Order<Row>[]): readonly string[] {
  return orders.map(({ name }) => name);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byNewest(a: Call, b: Call): number {
  return callTime(b) - callTime(a);
}

function failure(call: Call): number {
  return callWords(call).sign === 'failed' ? 1 : 0;
}

function tokensOf({ provider, usage }: Call): number {
  return usage === null ? -1 : promptTokens(provider, usage) + usage.outputTokens;
}

function rank({ signal }: SignalRecord): number {
  return SEVERITIES.indexOf(signal.severity);
}
