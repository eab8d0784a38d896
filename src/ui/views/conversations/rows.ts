import type { ConversationView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import type { Condition } from '../../ladder/conditions.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import type { ConversationRow as LadderRow } from '../../ladder/own-rows.ts';
import type { Found, FoundIn } from './found.ts';

/** A row of the list: a conversation, or several that would read the same. */
export type ConversationRow = {
  /** That of the conversation, or of the group. */
  readonly id: string;
  readonly condition: Condition;
  /** The most recent of them, which keys on the row mean. */
  readonly conversation: ConversationView;
  /** The number of conversations the row stands for. */
  readonly count: number;
  /** `+`: a closed group, `-`: an open one, '' for a conversation of its own, ` ` for one within an open group. */
  readonly mark: '+' | '-' | ' ' | '';
  /** The hits of a search in its texts. */
  readonly hit?: FoundIn;
};

/** The conversations that a person has opened a group of, and the one that is selected: its group is open too. */
export type Opened = { readonly groups: ReadonlySet<string>; readonly selectedId: string | null };

const ALL_CLOSED: Opened = { groups: new Set(), selectedId: null };

/** Returns the rows in the order of the ladder; the members of an open group follow it. */
export function conversationRows(view: EngineView, now: Ms, opened: Opened = ALL_CLOSED): readonly ConversationRow[] {
  const { rows, standingOut, conditionOf } = ladderOf(view, now);
  const { groups, selectedId } = opened;
  const isOpen = ({ id, members }: LadderRow): boolean =>
    groups.has(id) || members.some(({ conversationId }) => conversationId === selectedId);
  // Groups stand before the many that are calm.
  const end = rows.slice(0, standingOut).findLastIndex((row) => row.mark === '+' && isOpen(row)) + 1;
  if (end === 0) return rows;
  const first = rows.slice(0, end).flatMap((row): readonly ConversationRow[] => {
    if (row.mark === '' || !isOpen(row)) return [row];
    const within = row.members.map((conversation): ConversationRow => {
      const { conversationId: id } = conversation;
      return { id, condition: conditionOf(conversation), conversation, count: 1, mark: ' ' };
    });
    return [{ ...row, mark: '-' }, ...within];
  });
  return [...first, ...rows.slice(end)];
}

/** Returns the conversations in whose texts something was found, in the order of the ladder. */
export function foundRows(view: EngineView, now: Ms, { hits }: Found): readonly ConversationRow[] {
  const { rows, conditionOf } = ladderOf(view, now);
  return rows.flatMap((row) =>
    (row.mark === '' ? [row.conversation] : row.members).flatMap((conversation): readonly ConversationRow[] => {
      const { conversationId: id } = conversation;
      const hit = hits.get(id);
      if (hit === undefined) return [];
      return [{ id, condition: conditionOf(conversation), conversation, count: 1, mark: '', hit }];
    }),
  );
}
