/** The rows of conversations by their own calls and records, kept from one moment to the next. */
import { ACTIVE_MS, AHEAD_MS, isWithin } from '../../core/model/meters/activity.ts';
import { type TroubleRules, troubleOf } from '../../core/model/meters/trouble.ts';
import type { ConversationView } from '../../core/model/types.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { Condition } from './conditions.ts';

/** A row of the conversations: one, or several that would read the same. */
export type ConversationRow = {
  /** That of the conversation, or of the group. */
  readonly id: string;
  readonly condition: Condition;
  /** The most recent of them. */
  readonly conversation: ConversationView;
  readonly count: number;
  /** `+`: a group. */
  readonly mark: '+' | '';
  /** Those of a group, the most recent first; empty for a conversation of its own. */
  readonly members: readonly ConversationView[];
};

/** What the own condition of a conversation rests on besides itself. */
export type OwnFacts = {
  readonly now: Ms;
  readonly rules: TroubleRules;
  readonly isDark: boolean;
  readonly lost: ReadonlySet<SourceUri>;
};

/** The rows of one moment, and from when until before when each tells the truth. */
type Kept = Pick<OwnFacts, 'rules'> & {
  readonly sight: string;
  readonly conversations: readonly ConversationView[];
  readonly rows: readonly ConversationRow[];
  readonly from: readonly Ms[];
  readonly until: readonly Ms[];
};

let kept: Kept | null = null;

/**
 * Returns a row for each conversation, in their order. Of very many conversations few change from one frame to the next:
 * the row of one that is the same object, and whose time has not come, is the row of last time.
 */
export function ownRows(conversations: readonly ConversationView[], facts: OwnFacts): readonly ConversationRow[] {
  const { now, rules, isDark, lost } = facts;
  const sight = isDark ? 'none' : [...lost].join(' ');
  const before = kept !== null && kept.rules === rules && kept.sight === sight ? kept : NOTHING;
  const rows: ConversationRow[] = [];
  const from: Ms[] = [];
  const until: Ms[] = [];
  // What changes moves up, or stays where it is; the others keep their order, so that one walk along both lists is enough.
  const changed = new Set<string>();
  let at = 0;
  for (const conversation of conversations) {
    let old = before.conversations[at];
    if (old !== conversation) {
      while (old !== undefined && changed.has(old.conversationId)) old = before.conversations[(at += 1)];
      // One is gone.
      if (old !== conversation && before.conversations[at + 1] === conversation) old = before.conversations[(at += 1)];
    }
    if (old === conversation) {
      const row = before.rows[at];
      const [start = Infinity, end = -Infinity] = [before.from[at], before.until[at]];
      at += 1;
      if (row !== undefined && now >= start && now < end) {
        rows.push(row);
        from.push(start);
        until.push(end);
        continue;
      }
    } else changed.add(conversation.conversationId);
    const { conversationId: id } = conversation;
    rows.push({ id, condition: ownCondition(conversation, facts), conversation, count: 1, mark: '', members: NOBODY });
    const [start, end] = timeOf(conversation, facts);
    from.push(start);
    until.push(end);
  }
  kept = { rules, sight, conversations, rows, from, until };
  return rows;
}

const NOBODY: readonly ConversationView[] = [];
const NOTHING = { conversations: [], rows: [], from: [], until: [] } as const satisfies Partial<Kept>;

/** Returns the condition of a conversation by its own calls and records. */
export function ownCondition(row: ConversationView, { now, rules, isDark, lost }: OwnFacts): Condition {
  const at = row.lastCallAt ?? -Infinity;
  if (isDark || (row.sources.length > 0 && row.sources.every((uri) => lost.has(uri))))
    return { kind: 'unknown', agents: 1, at };
  return troubleOf(row, rules, now) ?? { kind: isWithin(row.lastCallAt, now) ? 'active' : 'idle', at };
}

/** Returns the time within which a conversation that does not change stands as it does now. */
function timeOf({ lastCallAt, openSince, session }: ConversationView, { now, rules }: OwnFacts): readonly [Ms, Ms] {
  const called = lastCallAt ?? -Infinity;
  const open = openSince ?? session?.open?.since ?? -Infinity;
  const { stuckMs, quietMs } = rules;
  let [from, until] = [-Infinity, Infinity];
  // The edges of all that depends on the time.
  for (const edge of [called - AHEAD_MS, called + ACTIVE_MS + 1, called + quietMs, open + stuckMs, open + quietMs]) {
    if (edge <= now) from = Math.max(from, edge);
    else until = Math.min(until, edge);
  }
  return [from, until];
}
