import type { ConversationView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import type { Condition } from '../../ladder/conditions.ts';
import { ladderOf } from '../../ladder/ladder.ts';
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
  const { rows, conversations } = ladderOf(view, now);
  return rows.flatMap(({ id, condition, members }): readonly ConversationRow[] => {
    const [conversation] = members;
    const one = { id, condition, conversation, count: members.length };
    if (members.length === 1) return [{ ...one, mark: '' }];
    const isOpen = opened.groups.has(id) || members.some((row) => row.conversationId === opened.selectedId);
    if (!isOpen) return [{ ...one, mark: '+' }];
    const within = members.map((row): ConversationRow => {
      const own = conversations.get(row.conversationId) ?? condition;
      return { id: row.conversationId, condition: own, conversation: row, count: 1, mark: ' ' };
    });
    return [{ ...one, mark: '-' }, ...within];
  });
}

/** Returns the conversations in whose texts something was found, in the order of the ladder. */
export function foundRows(view: EngineView, now: Ms, { hits }: Found): readonly ConversationRow[] {
  const { rows, conversations } = ladderOf(view, now);
  return rows.flatMap(({ condition, members }) =>
    members.flatMap((conversation): readonly ConversationRow[] => {
      const { conversationId: id } = conversation;
      const hit = hits.get(id);
      if (hit === undefined) return [];
      return [{ id, condition: conversations.get(id) ?? condition, conversation, count: 1, mark: '', hit }];
    }),
  );
}
