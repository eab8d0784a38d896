import { isUnsettled } from '../../../core/reactor/view.ts';
import type { EngineView } from '../../../engine/types.ts';
import type { Interruption, Severity } from '../../../core/interruptions.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { perView } from '../../widgets/memo.ts';

/** Why a conversation needs a look: something is about to act for it, or it has an unresolved bad interruption. */
export type Attention = 'acting' | 'critical' | 'high';

/** Conversations that stay above the part that scrolls, at most. */
export const MAX_PINNED = 5;

const RANK: Readonly<Record<Attention, number>> = { acting: 0, critical: 1, high: 2 };

/** What needs attention, by conversation id. */
export const attentionOf: (view: EngineView) => ReadonlyMap<string, Attention> = perView(collect);

/**
 * The conversations in the order of the screen: those that need attention first (the most urgent, then the latest; at
 * most `MAX_PINNED` of them), then all others by activity.
 */
export const conversationsInOrder: (view: EngineView) => readonly ConversationView[] = perView((view) => {
  const attention = attentionOf(view);
  const { conversations } = view.model;
  if (attention.size === 0) return conversations;
  const urgent = conversations.filter(({ conversationId }) => attention.has(conversationId));
  const rank = ({ conversationId }: ConversationView): number => RANK[attention.get(conversationId) ?? 'high'];
  const pinned = new Set(urgent.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_PINNED));
  return [...pinned, ...conversations.filter((one) => !pinned.has(one))];
});

/** How many of these rows lead the list because they need attention. */
export function pinnedRows(view: EngineView, rows: readonly ConversationView[]): number {
  const attention = attentionOf(view);
  const end = rows.slice(0, MAX_PINNED).findIndex(({ conversationId }) => !attention.has(conversationId));
  return end === -1 ? Math.min(rows.length, MAX_PINNED) : end;
}

/** Whether an interruption asks for a person: unresolved, bad, and not explained away by a rule. */
export function isAlarming({ resolved, severity }: Pick<Interruption, 'resolved' | 'severity'>): boolean {
  return !resolved && isBad(severity);
}

/** Unresolved interruptions of severity critical or high, those of no conversation included. */
export const alarming: (view: EngineView) => readonly Interruption[] = perView((view) => {
  const ended = downgraded(view.signals);
  return [...view.derived, ...view.model.interruptions].filter(
    (one) => isAlarming(one) && (one.interruptionId === null || !ended.has(one.interruptionId)),
  );
});

function collect(view: EngineView): ReadonlyMap<string, Attention> {
  const found = new Map<string, Attention>();
  for (const { conversationId, severity } of alarming(view)) {
    if (conversationId !== null) raise(found, conversationId, severity === 'critical' ? 'critical' : 'high');
  }
  for (const record of view.signals) {
    const { conversationId } = record.signal;
    if (conversationId !== null && isUnsettled(record)) raise(found, conversationId, 'acting');
  }
  return found;
}

function raise(found: Map<string, Attention>, conversationId: string, to: Attention): void {
  const known = found.get(conversationId);
  if (known === undefined || RANK[to] < RANK[known]) found.set(conversationId, to);
}

function downgraded(signals: readonly SignalRecord[]): ReadonlySet<string> {
  const ids = signals.flatMap(({ signal }) =>
    signal.downgraded === null || signal.interruptionId === null ? [] : [signal.interruptionId],
  );
  return new Set(ids);
}

function isBad(severity: Severity): boolean {
  return severity === 'critical' || severity === 'high';
}
