import { INTERRUPTION_TYPES, SEVERITIES } from '../../../core/interruptions.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { disabled, enabled, viewAction } from '../../app/bindings.ts';
import { searchTable } from '../../widgets/column-table.ts';
import { nowOf } from '../../app/frozen.ts';
import { type Order, type Shown, byText, filterText, listOf, listState, selectedIn } from '../../app/list.ts';
import { agentTarget, paneOf, zoomInto } from '../../app/view.ts';
import { STATE_WORDS, conditionText, isTrouble } from '../../ladder/conditions.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { themeOf } from '../../render/theme.ts';
import { age, counted } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { OLDER, olderNotes } from '../../app/keys/older.ts';
import { openHostOf, openingOfHost } from '../hosts/view.ts';
import { BY_TOTALS, summaryText } from '../agents/rows.ts';
import { columnsOf, conversationLines } from './render.ts';
import { foundFor } from './found.ts';
import { type ConversationRow, conversationRows, foundRows, groupOf, sumsOf, topOf, wholeOf } from './rows.ts';
import { TROUBLE_FIRST } from '../../app/list-notes.ts';

const NAME = 'conversations';

/** The conversations, trouble first. */
export const CONVERSATIONS = listOf<ConversationRow>({
  name: NAME,
  title: 'conversations',
  rows: ({ view, state }) => {
    const found = foundFor(state, NAME);
    if (found !== null) return foundRows(view, nowOf(state), found);
    const { selectedId } = listState(state, NAME);
    const isFlat = filterText(state, NAME).trim() !== '';
    return conversationRows(view, nowOf(state), { groups: state.groups, selectedId, isFlat });
  },
  idOf: ({ id }) => id,
  isTrouble: ({ condition }) => isTrouble(condition),
  groupOf,
  headOf: ({ mark, parent }) => (mark === '' ? (parent?.id ?? null) : null),
  groupLabel: ({ mark, families, count: all }) =>
    mark === '+' && families !== undefined ? counted(all - 1, 'sub-agent') : '',
  // What stands under a row stays under it, whatever the order.
  orders: [
    { name: TROUBLE_FIRST, compare: null },
    ...BY_TOTALS.map(({ name, compare }): Order<ConversationRow> => ({
      name,
      compare: compare && ((a, b) => compare(wholeOf(a), wholeOf(b))),
    })),
    { name: 'agent', compare: (a, b) => byText(topOf(a).conversation.agent, topOf(b).conversation.agent) },
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
  describe: (row, { view: { now } }) => {
    const { conversationId, agent, flags } = row.conversation;
    const { totals, summary, lastCallAt } = sumsOf(row);
    const flagged = flags.length === 0 ? '' : `, unresolved ${flags.join(', ')}`;
    return `${agent}, ${kindText(row, now)} ${conversationId}, ${counted(totals.calls, 'call')}${summaryText(summary)}, ${totals.failed} failed${flagged}, last call ${age(lastCallAt, now, 'unknown')} ago${withOthers(row)}`;
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

// A sub-agent's trouble is that of the closed row: what it is has to be said, for no flag of the row tells it.
function kindText({ parent, families, mark, condition }: ConversationRow, now: Ms): string {
  if (parent !== undefined && parent.isFamily) return 'sub-agent';
  const isHiding = families !== undefined && mark === '+' && isTrouble(condition);
  return isHiding ? `${conditionText(condition, now, READ)}, conversation` : 'conversation';
}

function withOthers({ count, families, mark }: ConversationRow): string {
  if (families === undefined) return count === 1 ? '' : `, with ${count - 1} more like it`;
  return mark === '-' ? ', its sub-agents follow' : `, ${counted(count - 1, 'sub-agent')} included`;
}

const READ = themeOf({ ascii: true, colour: false }).glyphs;

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
