/** The files that the tools of the selected conversation wrote, as its records tell. */
import type { ConversationView } from '../../../core/model/types.ts';
import type { WrittenFile } from '../../../core/story.ts';
import { type Shown, byText, listOf } from '../../app/list.ts';
import type { ViewState } from '../../app/state.ts';
import { pageOfSheet } from '../../widgets/dialog.ts';
import { storyIn } from '../calls/shown-story.ts';
import { selectedConversation } from '../conversations/view.ts';

const NONE: readonly WrittenFile[] = [];

/** The files, the last written first. */
export const WRITTEN = listOf<WrittenFile>({
  name: 'written',
  title: 'files',
  rows: (shown: Shown) => {
    const conversation = selectedConversation(shown);
    return conversation === null ? NONE : writtenIn(shown.state, conversation);
  },
  idOf: ({ path }) => path,
  orders: [
    { name: 'last written', compare: null },
    { name: 'name', compare: (a, b) => byText(a.path, b.path) },
    { name: 'lines', compare: (a, b) => linesOf(b) - linesOf(a) },
  ],
  searchFields: ({ path, operation }) => ({ text: path, fields: { id: path, type: operation } }),
  page: pageOfSheet,
});

/** Returns the files of a conversation, as far as its records were read. */
export function writtenIn(
  state: Pick<ViewState, 'story'>,
  { conversationId }: ConversationView,
): readonly WrittenFile[] {
  return storyIn(state, conversationId)?.files ?? NONE;
}

function linesOf({ added, removed }: WrittenFile): number {
  return (added ?? 0) + (removed ?? 0);
}
