/** The rows of conversations by their own calls and records, kept from one moment to the next. */
import { ACTIVE_MS, AHEAD_MS, isWithin } from '../../core/model/meters/activity.ts';
import type { Families } from '../../core/model/families.ts';
import { type TroubleRules, nearlyFullOf, troubleOf } from '../../core/model/meters/trouble.ts';
import type { ConversationView } from '../../core/model/types.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { percent } from '../render/values.ts';
import type { Condition } from './conditions.ts';
import { rosterOf } from './roster.ts';

/** A row of the conversations: one, or several that would read the same. */
export type ConversationRow = {
  /** That of the conversation, or of the group. */
  readonly id: string;
  readonly condition: Condition;
  /** The most recent of them. */
  readonly conversation: ConversationView;
  /** The conversations that the row stands for, sub-agents included. */
  readonly count: number;
  /** `+`: a group, or sub-agents. */
  readonly mark: '+' | '';
  /** Those of a group, the most recent first; empty for a conversation of its own. */
  readonly members: readonly ConversationView[];
  /** Set where the conversation has sub-agents: who stands under whom. */
  readonly families?: Families;
};

/** What the own condition of a conversation rests on besides itself. */
export type OwnFacts = {
  readonly now: Ms;
  readonly rules: TroubleRules;
  readonly isDark: boolean;
  readonly lost: ReadonlySet<SourceUri>;
};

/** The reason to look at a row: `IDLE` and `ACTIVE` rows need no person, whatever the others need. */
export const IDLE = 0;
export const ACTIVE = 1;
const LOOK = 2;

export type OwnRows = {
  readonly rows: readonly ConversationRow[];
  /** Of each row `IDLE`, `ACTIVE`, or that it stands out by itself or could by what its agent is in. */
  readonly kinds: Uint8Array;
};

/** The rows of one moment, and from when until before when each tells the truth. */
type Kept = OwnRows & {
  readonly rules: TroubleRules | null;
  readonly sight: string;
  readonly conversations: readonly ConversationView[];
  readonly from: Float64Array;
  readonly until: Float64Array;
};

const NONE = {
  conversations: [],
  rows: [],
  kinds: new Uint8Array(),
  from: new Float64Array(),
  until: new Float64Array(),
};
let kept: Kept = { ...NONE, rules: null, sight: '' };

/**
 * Returns a row for each conversation, in their order. Of very many conversations few change from one frame to the next:
 * the row of one that is the same object, and whose time has not come, is the row of last time, and nothing of it is read.
 */
export function ownRows(conversations: readonly ConversationView[], facts: OwnFacts): OwnRows {
  const { now, rules, isDark, lost } = facts;
  const sight = isDark ? 'none' : [...lost].join(' ');
  const { before, former } = rosterOf(conversations);
  const isSame = kept.conversations === conversations;
  const isKnown = kept.rules === rules && kept.sight === sight && (isSame || kept.conversations === before);
  const { length } = conversations;
  const rows: ConversationRow[] = [];
  const [kinds, from, until] = [new Uint8Array(length), new Float64Array(length), new Float64Array(length)];
  for (let index = 0; index < length; index += 1) {
    const at = isSame ? index : (former[index] ?? -1);
    const [start = Infinity, end = -Infinity] = isKnown && at >= 0 ? [kept.from[at], kept.until[at]] : [];
    const old = now >= start && now < end ? kept.rows[at] : undefined;
    if (old !== undefined) {
      rows.push(old);
      kinds[index] = kept.kinds[at] ?? LOOK;
      from[index] = start;
      until[index] = end;
      continue;
    }
    const conversation = conversations[index];
    if (conversation === undefined) continue;
    const condition = ownCondition(conversation, facts);
    rows.push({ id: conversation.conversationId, condition, conversation, count: 1, mark: '', members: NOBODY });
    kinds[index] = kindOf(conversation, condition);
    const [first, last] = timeOf(conversation, facts);
    from[index] = first;
    until[index] = last;
  }
  kept = { rules, sight, conversations, rows, kinds, from, until };
  return kept;
}

const NOBODY: readonly ConversationView[] = [];

// One whose last call failed may be a part of its agent's trouble.
function kindOf({ lately }: ConversationView, { kind }: Condition): number {
  if (lately[0] === true) return LOOK;
  return kind === 'idle' ? IDLE : kind === 'active' ? ACTIVE : LOOK;
}

/** Returns the condition of a conversation by its own calls and records. */
export function ownCondition(row: ConversationView, { now, rules, isDark, lost }: OwnFacts): Condition {
  const at = row.lastCallAt ?? -Infinity;
  if (isDark || (row.sources.length > 0 && row.sources.every((uri) => lost.has(uri))))
    return { kind: 'unknown', agents: 1, at };
  const trouble = troubleOf(row, rules, now);
  if (trouble?.kind === 'failing' || trouble?.kind === 'stuck') return trouble;
  const fill = nearlyFullOf(row, rules, now);
  if (fill !== null) return { kind: 'advisory', name: `context ${percent(fill, '')}`, at };
  return trouble ?? { kind: isWithin(row.lastCallAt, now) ? 'active' : 'idle', at };
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
