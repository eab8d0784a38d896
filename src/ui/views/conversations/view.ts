import { INTERRUPTION_TYPES, SEVERITIES } from '../../../core/interruptions.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import type { EngineView } from '../../../engine/types.ts';
import { disabled, enabled, viewAction } from '../../app/bindings.ts';
import { searchTable } from '../../widgets/column-table.ts';
import { nowOf } from '../../app/frozen.ts';
import { type Order, type Shown, byText, listOf, listState, selectedIn } from '../../app/list.ts';
import { agentTarget, paneOf, zoomInto } from '../../app/view.ts';
import { STATE_WORDS, isTrouble } from '../../ladder/conditions.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { age, counted } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { OLDER, olderNotes } from '../../app/keys/older.ts';
import { openHostOf, openingOfHost } from '../hosts/view.ts';
import { BY_TOTALS, summaryText } from '../agents/rows.ts';
import { columnsOf, conversationLines } from './render.ts';
import { foundFor } from './found.ts';
import { type ConversationRow, conversationRows, foundRows } from './rows.ts';
import { TROUBLE_FIRST } from '../../app/list-notes.ts';

const NAME = 'conversations';

/** The conversations, trouble first. */
export const CONVERSATIONS = listOf<ConversationRow>({
  name: NAME,
  title: 'conversations',
  rows: ({ view, state }) => {
    const found = foundFor(state, NAME);
    if (found !== null) return foundRows(view, nowOf(state), found);
    return conversationRows(view, nowOf(state), {
      groups: state.groups,
      selectedId: listState(state, NAME).selectedId,
    });
  },
  idOf: ({ id }) => id,
  isTrouble: ({ condition }) => isTrouble(condition),
  groupOf: ({ id, mark }) => (mark === '+' || mark === '-' ? id : null),
  orders: [
    { name: TROUBLE_FIRST, compare: null },
    ...BY_TOTALS.map(({ name, compare }): Order<ConversationRow> => ({
      name,
      compare: compare && ((a, b) => compare(a.conversation, b.conversation)),
    })),
    { name: 'agent', compare: (a, b) => byText(a.conversation.agent, b.conversation.agent) },
  ],
  searchFields,
  values: { state: STATE_WORDS, severity: SEVERITIES, type: Object.keys(INTERRUPTION_TYPES) },
  // Another conversation starts at its newest call.
  stepped: () => [{ type: 'follow', follow: true }],
});

/** The conversation that the selected row stands for, of a group the most recent; null in an empty list. */
export function selectedConversation(shown: Shown): ConversationView | null {
  return selectedIn(CONVERSATIONS, shown)?.conversation ?? null;
}

export const conversationsPane = paneOf(CONVERSATIONS, {
  hotkey: '2',
  panel: 'wide',
  tab: 'Conversations',
  badge: (view) => ({
    count: view.model.fleet.conversations,
    isMarked: ladderOf(view, view.at).standing.trouble > 0,
  }),
  render: (props, { view }) =>
    conversationLines({
      ...props,
      found: foundFor(view, NAME),
      older: olderNotes(props.view, props.now, view.keys[OLDER.id]),
    }),
  describe: ({ conversation, count }, { view: { now } }) => {
    const { conversationId, agent, totals, summary, lastCallAt, flags } = conversation;
    const flagged = flags.length === 0 ? '' : `, unresolved ${flags.join(', ')}`;
    const others = count === 1 ? '' : `, with ${count - 1} more like it`;
    return `${agent}, conversation ${conversationId}, ${counted(totals.calls, 'call')}${summaryText(summary)}, ${totals.failed} failed${flagged}, last call ${age(lastCallAt, now, 'unknown')} ago${others}`;
  },
  open: {
    availability: (context) => {
      const host = openingOfHost(context);
      if (host !== null) return host;
      return context.selected.conversation === null
        ? disabled('there is no conversation to open')
        : enabled('its calls', 'calls');
    },
    run: (context) =>
      openingOfHost(context) === null
        ? [...zoomInto('calls'), ...viewAction({ type: 'follow', follow: true })]
        : openHostOf(context),
  },
  copied: ({ conversation }) => ({ what: 'conversation id', text: conversation.conversationId }),
  target: (row, { live }) =>
    agentTarget(live, row?.conversation.agent ?? null, row?.conversation.conversationId ?? null),
});

// Its state is a word of the ladder, `trouble` while it asks for a person, and `failed` after failures.
function searchFields(row: ConversationRow, view: EngineView): SearchFields {
  const { conversation, condition } = row;
  const { conversationId, flags, totals, sources } = conversation;
  const severity = condition.kind === 'signal' ? condition.severity : '';
  const label = condition.kind === 'signal' ? condition.type : condition.kind;
  const trouble = isTrouble(condition) ? 'trouble' : '';
  const state = [severity, label, trouble, totals.failed > 0 ? 'failed' : ''].join(' ');
  const fields = { id: conversationId, state, severity, type: flags.join(', '), source: sources.join(', ') };
  const text = [conversationId, ...flags].join(' ');
  return searchTable(columnsOf(view), row, view, { text, fields });
}
