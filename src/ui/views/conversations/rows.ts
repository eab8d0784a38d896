import { type Families, type RollUp, below, rollUp } from '../../../core/model/families.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import type { Condition } from '../../ladder/conditions.ts';
import { closedRow, worstIn } from '../../ladder/family-rows.ts';
import { type Ladder, ladderOf } from '../../ladder/ladder.ts';
import type { ConversationRow as LadderRow } from '../../ladder/own-rows.ts';
import type { Found, FoundIn } from './found.ts';

/** A row of the list: a conversation, alone or with its sub-agents, or several that would read the same. */
export type ConversationRow = {
  /** That of the conversation, or of the group. */
  readonly id: string;
  readonly condition: Condition;
  /** The most recent of them, which keys on the row mean. */
  readonly conversation: ConversationView;
  /** The number of conversations the row stands for, sub-agents included. */
  readonly count: number;
  /** `+`: a closed group, or sub-agents that are not shown; `-`: the same, open; '' for a conversation of its own. */
  readonly mark: '+' | '-' | '';
  /** Those of a group; empty for one conversation, and left out for one within a group. */
  readonly members?: readonly ConversationView[];
  /** Set where it has sub-agents: who stands under whom. */
  readonly families?: Families;
  /** The row that it stands under. */
  readonly parent?: Parent;
  /** The hits of a search in its texts. */
  readonly hit?: FoundIn;
};

/** The row above one that is within a group or a sub-agent. */
type Parent = {
  readonly id: string;
  /** The group by which it is closed. */
  readonly group: string;
  /** The first row of all, whose place in another order counts. */
  readonly top: ConversationRow;
  readonly depth: number;
  /** The row above is the conversation that began this one. */
  readonly isFamily: boolean;
};

/** The groups that a person has opened, and the conversation that is selected: the groups that it is in are open too. */
export type Opened = {
  readonly groups: ReadonlySet<string>;
  readonly selectedId: string | null;
  /** Each conversation has a row of its own, so that a filter finds it. */
  readonly isFlat?: boolean;
};

const ALL_CLOSED: Opened = { groups: new Set(), selectedId: null };

/** Returns the rows in the order of the ladder; the members of an open group, and open sub-agents, follow it. */
export function conversationRows(view: EngineView, now: Ms, opened: Opened = ALL_CLOSED): readonly ConversationRow[] {
  const ladder = ladderOf(view, now);
  const { rows, standingOut, families } = ladder;
  const { groups, selectedId, isFlat = false } = opened;
  const { open, above } = openIn(ladder, opened);
  const isOpenGroup = ({ id, members }: LadderRow): boolean =>
    groups.has(id) || members.some(({ conversationId }) => conversationId === selectedId || above.has(conversationId));
  // Groups stand before the many that are calm, where only sub-agents can be open.
  const last = rows.slice(0, standingOut).findLastIndex((row) => row.members.length > 0 && isOpenGroup(row));
  const isMixed = open.size > 0 || (isFlat && families.children.size > 0);
  const end = isMixed ? rows.length : last + 1;
  if (end === 0) return rows;
  const making = { ladder, open, isFlat };
  const first = rows.slice(0, end).flatMap((row): readonly ConversationRow[] => {
    if (row.mark === '') return [row];
    if (row.members.length === 0) return branch(row.conversation, making, null);
    const hasFamilies = row.members.some(({ conversationId }) => families.children.has(conversationId));
    if (!isOpenGroup(row) && !(isFlat && hasFamilies)) return [row];
    const top: ConversationRow = { ...row, mark: '-' };
    const parent = { id: row.id, group: row.id, top, depth: 1, isFamily: false };
    return [top, ...row.members.flatMap((conversation) => branch(conversation, making, parent))];
  });
  return [...first, ...rows.slice(end)];
}

/** The parents whose sub-agents are shown, and of these all that stand above the selected conversation. */
function openIn(
  { families: { parents, children } }: Ladder,
  { groups, selectedId }: Opened,
): { readonly open: ReadonlySet<string>; readonly above: ReadonlySet<string> } {
  const above = new Set<string>();
  for (let at = parents.get(selectedId ?? ''); at !== undefined; at = parents.get(at.conversationId))
    above.add(at.conversationId);
  const chosen = [...groups].flatMap((group) => (group.startsWith(FAMILY) ? [group.slice(FAMILY.length)] : []));
  return { open: new Set([...above, ...chosen.filter((id) => children.has(id))]), above };
}

const FAMILY = 'family ';

type Making = { readonly ladder: Ladder; readonly open: ReadonlySet<string>; readonly isFlat: boolean };

// A conversation with its sub-agents, as far as they are open.
function branch(conversation: ConversationView, making: Making, parent: Parent | null): readonly ConversationRow[] {
  const { conversationId: id } = conversation;
  const { ladder, open, isFlat } = making;
  const { families, conditionOf } = ladder;
  const begun = families.children.get(id) ?? [];
  const place = parent === null ? {} : { parent };
  const own = { id, condition: conditionOf(conversation), conversation, count: 1, mark: '', ...place } as const;
  if (begun.length === 0) return [own];
  if (!isFlat && !open.has(id)) {
    const all = [conversation, ...below(conversation, families)].map(conditionOf);
    return [{ ...closedRow(conversation, worstIn(all), families), ...place }];
  }
  const { count } = closedRow(conversation, own.condition, families);
  const row: ConversationRow = isFlat ? own : { ...own, count, mark: '-', families };
  const top = parent?.top ?? row;
  const within: Parent = { id, group: `${FAMILY}${id}`, top, depth: (parent?.depth ?? 0) + 1, isFamily: true };
  return [row, ...begun.flatMap((child) => branch(child, making, within))];
}

/** Returns the group that `+` and `-` open and close on a row: its own, else the one that it is in. */
export function groupOf({ id, mark, families, parent }: ConversationRow): string | null {
  if (mark !== '' && families !== undefined) return `${FAMILY}${id}`;
  return mark === '' ? (parent?.group ?? null) : id;
}

/** Returns the first row of the group or family that a row is in. */
export function topOf(row: ConversationRow): ConversationRow {
  return row.parent?.top ?? row;
}

/** Returns what a row sums up: of a closed one its sub-agents are part, so that each call is in one row. */
export function sumsOf(row: ConversationRow): Pick<RollUp, 'totals' | 'summary' | 'lastCallAt'> {
  return row.mark === '+' && row.families !== undefined ? allOf(row, row.families) : row.conversation;
}

/** Returns what a row's group or family comes to, open or not: its place in another order. */
export function wholeOf(row: ConversationRow): Pick<RollUp, 'totals'> {
  const top = topOf(row);
  return top.families === undefined ? top.conversation : allOf(top, top.families);
}

const sums = new WeakMap<ConversationRow, RollUp>();

function allOf(row: ConversationRow, families: Families): RollUp {
  const made = sums.get(row) ?? rollUp(row.conversation, families);
  sums.set(row, made);
  return made;
}

/** Returns the conversations in whose texts something was found, in the order of the ladder. */
export function foundRows(view: EngineView, now: Ms, { hits }: Found): readonly ConversationRow[] {
  const { rows, conditionOf, families } = ladderOf(view, now);
  return rows.flatMap((row) =>
    (row.members.length === 0 ? [row.conversation] : row.members)
      .flatMap((conversation) => [conversation, ...below(conversation, families)])
      .flatMap((conversation): readonly ConversationRow[] => {
        const { conversationId: id } = conversation;
        const hit = hits.get(id);
        if (hit === undefined) return [];
        return [{ id, condition: conditionOf(conversation), conversation, count: 1, mark: '', hit }];
      }),
  );
}
