import type { Silence } from '../../../core/signals.ts';
import { listOf } from '../../app/list.ts';
import { pageOfBox } from '../../widgets/dialog.ts';
import { perView } from '../../widgets/memo.ts';

const byEnd = perView(({ silences }) => silences.toSorted((a, b) => a.endsAt - b.endsAt));

/** The silences, those that end first on top. The type of a silence is the type of the signals that it covers. */
export const SILENCES = listOf<Silence>({
  name: 'silences',
  title: 'silences',
  rows: ({ view }) => byEnd(view),
  idOf: ({ id }) => id,
  orders: [
    { name: 'end', compare: null },
    { name: 'held back', compare: (a, b) => b.heldBack - a.heldBack },
    { name: 'newest', compare: (a, b) => b.createdAt - a.createdAt },
  ],
  searchFields: ({ id, matcher, createdBy, reason }) => {
    const { conversation = '', agent = '', signal = '', workspace = '' } = matcher;
    const text = [id, conversation, agent, signal, workspace, createdBy, reason].join(' ');
    return { text, fields: { id, agent, type: signal } };
  },
  page: pageOfBox,
});
