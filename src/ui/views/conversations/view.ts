import type { ConversationView } from '../../../core/model/types.ts';
import type { EngineView } from '../../../engine/types.ts';
import { disabled, enabled, viewAction } from '../../app/bindings.ts';
import { searchTable } from '../../app/column-table.ts';
import { byText, listOf } from '../../app/list.ts';
import { agentTarget, paneOf, zoomInto } from '../../app/view.ts';
import { age } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { BY_TOTALS, summaryWords } from '../agents/rows.ts';
import { activityOf } from '../sources/rows.ts';
import { CONVERSATION_COLUMNS, conversationLines } from './render.ts';
import { attentionOf, conversationsInOrder } from './rows.ts';

/** The conversations, what needs attention first. */
export const CONVERSATIONS = listOf<ConversationView>({
  name: 'conversations',
  title: 'conversations',
  rows: ({ view }) => conversationsInOrder(view),
  idOf: ({ conversationId }) => conversationId,
  orders: [
    { name: 'activity', compare: null },
    ...BY_TOTALS,
    { name: 'agent', compare: (a, b) => byText(a.agent, b.agent) },
  ],
  searchFields,
  // Another conversation starts at its newest call.
  stepped: () => [{ type: 'follow', follow: true }],
});

export const conversationsPane = paneOf(CONVERSATIONS, {
  hotkey: '1',
  tab: 'Conversations',
  badge: (view) => ({ count: view.model.fleet.conversations, isMarked: attentionOf(view).size > 0 }),
  render: conversationLines,
  describe: ({ conversationId, agent, totals, summary, lastCallAt, flags }, { view: { now } }) => {
    const flagged = flags.length === 0 ? '' : `, unresolved ${flags.join(', ')}`;
    return `${agent}, conversation ${conversationId}, ${totals.calls} calls${summaryWords(summary)}, ${totals.failed} failed${flagged}, last call ${age(lastCallAt, now, 'unknown')} ago`;
  },
  open: {
    availability: ({ selected }) =>
      selected.conversation === null ? disabled('there is no conversation to open') : enabled('its calls'),
    run: (context) => [...zoomInto(context, 'calls'), ...viewAction({ type: 'follow', follow: true })],
  },
  copied: ({ conversationId }) => ({ what: 'conversation id', text: conversationId }),
  target: (row, { live }) => agentTarget(live, row?.agent ?? null, row?.conversationId ?? null),
});

// Its state is `acting` or how active its agent is, and `failed` after failures; its severity what needs attention.
function searchFields(row: ConversationView, view: EngineView): SearchFields {
  const { conversationId, agent, flags, totals, sources } = row;
  const severity = attentionOf(view).get(conversationId) ?? '';
  const state = [severity, activityOf(view, agent, view.at), totals.failed > 0 ? 'failed' : ''].join(' ');
  const fields = { state, severity, type: flags.join(' '), source: sources.join(' ') };
  return searchTable(CONVERSATION_COLUMNS, row, view, { text: flags.join(' '), fields });
}
