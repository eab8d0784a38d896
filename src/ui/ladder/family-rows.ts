/** The rows of conversations with their sub-agents under them, closed: each stands for all, at the worst of them. */
import { type Families, below, familiesOf } from '../../core/model/families.ts';
import type { ConversationView } from '../../core/model/types.ts';
import { perList } from '../widgets/memo.ts';
import { CALM, type Condition, byLadder, stepOf } from './conditions.ts';
import type { ConversationRow } from './own-rows.ts';
import { rosterOf } from './roster.ts';

/** Returns who stands under whom in a list of conversations. */
export const familiesIn = perList((conversations: readonly ConversationView[]): Families =>
  familiesOf(rosterOf(conversations)),
);

type Tops = {
  /** The conversation above all others, by the id of each that is part of a family. */
  readonly tops: ReadonlyMap<string, ConversationView>;
  /** The number of sub-agents, by the id of the one above them. */
  readonly sizes: ReadonlyMap<string, number>;
};

// One walk up from each sub-agent: there may be thousands of them, and the list is another one with each call.
const topsIn = perList((conversations: readonly ConversationView[]): Tops => {
  const { parents } = familiesIn(conversations);
  const tops = new Map<string, ConversationView>();
  const sizes = new Map<string, number>();
  for (const [id, parent] of parents) {
    let top = parent;
    for (let above = parents.get(top.conversationId); above !== undefined; above = parents.get(top.conversationId))
      top = above;
    tops.set(id, top);
    tops.set(top.conversationId, top);
    sizes.set(top.conversationId, (sizes.get(top.conversationId) ?? 0) + 1);
  }
  return { tops, sizes };
});

/** The families among some rows. */
export type FamilyRows = {
  /** The rows that need nobody, in their order: a family stands where its most recently active one stood. */
  readonly calm: readonly ConversationRow[];
  /** The conditions of all other rows, by the conversation above. */
  readonly standingOut: ReadonlyMap<ConversationView, Condition>;
};

/** Lays sub-agents under their parents; `standingOut` are the conditions of the rows that are not calm. */
export function familyRows(
  conversations: readonly ConversationView[],
  rows: readonly ConversationRow[],
  standingOut: ReadonlyMap<ConversationView, Condition>,
): FamilyRows {
  const { tops, sizes } = topsIn(conversations);
  const families = familiesIn(conversations);
  const found = new Map<ConversationView, Condition[]>();
  const worst = new Map<ConversationView, Condition>();
  const calm: (ConversationRow | ConversationView)[] = [];
  for (const row of rows) {
    const { conversation } = row;
    const condition = standingOut.get(conversation);
    const top = tops.get(row.id);
    if (top === undefined) {
      if (condition === undefined) calm.push(row);
      else worst.set(conversation, condition);
      continue;
    }
    const known = found.get(top);
    if (known === undefined) calm.push(top);
    // The conversation's own condition comes first.
    const all = known ?? [];
    if (conversation === top) all.unshift(condition ?? row.condition);
    else all.push(condition ?? row.condition);
    found.set(top, all);
  }
  const calmRows = calm.flatMap((row): readonly ConversationRow[] => {
    if ('condition' in row) return [row];
    const condition = worstIn(found.get(row) ?? []);
    if (stepOf(condition) === CALM) return [closedRow(row, condition, families, sizes.get(row.conversationId))];
    worst.set(row, condition);
    return [];
  });
  return { calm: calmRows, standingOut: worst };
}

/** Returns the row of a conversation that stands for its sub-agents, too. */
export function closedRow(
  conversation: ConversationView,
  condition: Condition,
  families: Families,
  subAgents = below(conversation, families).length,
): ConversationRow {
  const { conversationId: id } = conversation;
  const count = 1 + subAgents;
  if (count === 1) return { id, condition, conversation, count, mark: '', members: [] };
  return { id, condition, conversation, count, mark: '+', members: [], families };
}

/**
 * Returns the condition of a row that hides others: the worst of all by the ladder, so that no trouble is hidden. Where
 * nobody is needed, one of them that is active tells of all. `conditions`: its own first.
 */
export function worstIn(conditions: readonly Condition[]): Condition {
  const [own = IDLE] = conditions;
  let worst = own;
  for (const other of conditions) if (other !== worst && byLadder(other, worst) < 0) worst = other;
  if (worst.kind === 'signal') return together(conditions, worst);
  if (stepOf(worst) !== CALM) return worst;
  const shown = conditions.find(({ kind }) => kind === 'active') ?? own;
  const isAcked = conditions.some((one) => 'acked' in one && one.acked);
  return isAcked && shown.kind === 'active' ? { ...shown, acked: true } : shown;
}

const IDLE: Condition = { kind: 'idle', at: -Infinity };

/** Returns the signals of one type as one, with their number. */
export function together(
  all: readonly Condition[],
  first: Condition & { readonly kind: 'signal' },
): Condition & { readonly kind: 'signal' } {
  return all.reduce<Condition & { readonly kind: 'signal' }>(
    (sum, one) =>
      one.kind !== 'signal' || one.type !== first.type || one === first
        ? sum
        : {
            ...(one.at > sum.at ? one : sum),
            severity: one.severity === 'critical' ? 'critical' : sum.severity,
            count: sum.count + one.count,
          },
    first,
  );
}
