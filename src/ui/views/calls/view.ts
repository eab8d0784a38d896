import { type Call, CALL_STATUSES } from '../../../core/calls.ts';
import { promptTokens } from '../../../core/model/meters/totals.ts';
import type { EngineView } from '../../../engine/types.ts';
import {
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  type Named,
  type ScreenAction,
  viewAction,
} from '../../app/bindings.ts';
import { searchTable } from '../../widgets/column-table.ts';
import { type Order, type Shown, filterText, isDefaultOrder, listOf, listState, selectedIn } from '../../app/list.ts';
import type { ViewState } from '../../app/state.ts';
import type { ListState } from '../../widgets/list.ts';
import { agentTarget, paneOf } from '../../app/view.ts';
import { age, callDuration, callTime, counted, duration } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { openOf } from '../checkpoints/snapshots.ts';
import { CONVERSATIONS, selectedConversation } from '../conversations/view.ts';
import type { Mark } from './marks.ts';
import { CALL_COLUMNS, callLines } from './render.ts';
import {
  agentGroup,
  agentText,
  type CallRow,
  callRows,
  callSummary,
  indexInCalls,
  markText,
  noteText,
  openText,
  rowId,
  streamRows,
  type SubAgent,
  storyText,
} from './rows.ts';
import { storyIn } from './shown-story.ts';
import { writtenIn } from '../written/rows.ts';
import { sumOf } from '../written/sum.ts';
import { themeOf } from '../../render/theme.ts';

const NAME = 'calls';

/** Only the first is followed: its newest call is at the bottom. In the others there are no marks between the calls. */
const ORDERS: readonly Order<CallRow>[] = [
  { name: 'time', compare: null },
  { name: 'newest', compare: byCall((a, b) => callTime(b) - callTime(a)) },
  { name: 'slowest', compare: byCall((a, b) => (callDuration(b) ?? -1) - (callDuration(a) ?? -1)) },
  { name: 'tokens', compare: byCall((a, b) => tokensOf(b) - tokensOf(a)) },
  { name: 'errors', compare: byCall((a, b) => failures(b) - failures(a) || callTime(b) - callTime(a)) },
];

/** The calls of the selected conversation, oldest first, with the marks of its workspace between them. */
export const CALLS = listOf<CallRow>({
  name: NAME,
  title: 'calls',
  rows: (shown) => {
    const conversation = selectedConversation(shown);
    if (conversation === null) return [];
    const calls = shown.calls(conversation.conversationId);
    if (!isFollowable(shown.state)) return callRows(calls);
    const { view, state, calls: callsOf } = shown;
    const story = storyIn(state, conversation.conversationId);
    return streamRows({ view, conversation, calls, callsOf, story, groups: state.groups });
  },
  groupOf: (row) => (row.type === 'agent' ? agentGroup(row.conversation) : null),
  groupLabel: () => "the sub-agent's calls",
  idOf: rowId,
  orders: ORDERS,
  searchFields,
  values: { state: ['ok', 'failed', ...CALL_STATUSES] },
  position,
  // Scrolling stops following; the last row resumes it.
  stepped: (step, state) => (isFollowable(state) ? [{ type: 'follow', follow: step === 'last' }] : []),
});

/** Opens the files that the conversation wrote. */
const FILES: Binding = {
  keys: ['F'],
  kind: 'view',
  id: 'written',
  label: 'written files',
  help: 'the files that it wrote',
  footer: true,
  availability: ({ selected: { conversation }, view }) => {
    if (conversation === null) return disabled('no conversation is selected');
    if (storyIn(view, conversation.conversationId) === null)
      return disabled('its records tell no files, or are being read: Enter opens its calls');
    const files = writtenIn(view, conversation).length;
    return files === 0 ? disabled('its tools wrote no file') : enabled('', '', counted(files, 'file'));
  },
  run: () => viewAction({ type: 'overlay', overlay: { type: 'written' } }),
};

export const callsPane = paneOf(CALLS, {
  hotkey: '',
  panel: 'wide',
  tab: 'Calls',
  bindings: [
    conversationBeside({ keys: ['['], id: 'conversation-before', label: 'conversation before' }, -1),
    conversationBeside({ keys: [']'], id: 'next-conversation', label: 'next conversation' }, 1),
    FILES,
  ],
  render: (props, { selected: { conversation }, view }) =>
    callLines({
      ...props,
      conversation,
      follow: view.follow,
      isOutside: conversation === null && filterText(view, CONVERSATIONS.name) !== '',
      ...(conversation !== null && { written: sumOf(writtenIn(view, conversation)) }),
    }),
  describe: (row, { view: { now } }) => {
    if (row.type === 'mark') return `${markText(row)}, ${age(row.at, now, 'unknown')} ago`;
    if (row.type === 'prompt') return `the user asked: ${row.text}`;
    if (row.type === 'note') return `${noteText(row, READ)}, ${age(row.at, now, 'unknown')} ago`;
    if (row.type === 'agent') return `${agentText(row)}, ${row.isOpen ? 'open' : 'closed'}`;
    if (row.type === 'open') return openText(row, now);
    const { call } = row;
    const took = duration(callDuration(call), 'unknown');
    const text = (row.storyCall === null ? '' : storyText(row.storyCall, READ)) || callSummary(call).text;
    return `${text}, ${call.model ?? 'unknown model'}, took ${took}, ${age(callTime(call), now, 'unknown')} ago`;
  },
  open: {
    availability: (context) => {
      const { call, mark } = context.selected;
      if (mark !== null) return markAvailability(mark);
      if (subAgentIn(context) !== null) return enabled('its calls', 'sub-agent');
      return (call ?? answerIn(context)) === null ? disabled('no call is selected') : enabled('this call', 'call');
    },
    run: (context) => {
      const { call, mark } = context.selected;
      if (mark !== null) return mark.workspace === null ? [] : openOf(mark.workspace, mark.snapshot);
      const agent = subAgentIn(context);
      if (agent !== null) return intoConversation(agent.conversation.conversationId);
      const shown = call ?? answerIn(context);
      return shown === null ? [] : [{ type: 'open_call', call: shown }];
    },
  },
  copied: (row) => {
    switch (row.type) {
      case 'mark':
        return { what: 'snapshot id', text: row.snapshot };
      case 'call':
        return { what: 'call id', text: row.call.callId };
      case 'agent':
        return { what: 'conversation id', text: row.conversation.conversationId };
      case 'prompt':
        return { what: 'prompt', text: row.text };
      case 'note':
        return { what: 'line', text: noteText(row, READ) };
      case 'open':
        return { what: 'line', text: [row.name, row.argument].filter(Boolean).join(' ') };
    }
  },
  target: (_, { live, shown }) => {
    const conversation = selectedConversation(shown);
    return agentTarget(live, conversation?.agent ?? null, conversation?.conversationId ?? null);
  },
});

function conversationBeside(named: Omit<Named, 'help'>, by: 1 | -1): Binding {
  const found = ({ shown }: Context): string | null => {
    const ids = CONVERSATIONS.ids(shown);
    const index = ids.indexOf(CONVERSATIONS.position(shown).selectedId ?? ids[0] ?? '');
    return index === -1 ? null : (ids[index + by] ?? null);
  };
  return {
    ...named,
    kind: 'view',
    help: `go to the calls of the ${named.label}`,
    availability: (context) => {
      if (context.pane.name !== NAME) return disabled('only among the calls of a conversation');
      return found(context) === null ? disabled(`no ${named.label} in the list`) : enabled();
    },
    run: (context) => {
      const selectedId = found(context);
      if (selectedId === null) return [];
      return [
        ...viewAction({ type: 'list', of: 'conversations', list: { selectedId, offset: 0 } }),
        ...viewAction({ type: 'follow', follow: true }),
      ];
    },
  };
}

/** The calls that are shown, without what stands between them. */
export function shownCalls(shown: Shown): readonly Call[] {
  return CALLS.rows(shown).flatMap((row) => (row.type === 'call' ? [row.call] : []));
}

const READ = themeOf({ ascii: true, colour: false }).glyphs;

function subAgentIn({ shown }: Context): SubAgent | null {
  const row = selectedIn(CALLS, shown);
  return row?.type === 'agent' ? row : null;
}

// Of what stands between two calls, the one that follows it: it answers a prompt, or came of an attempt that failed.
function answerIn({ shown }: Context): Call | null {
  const rows = CALLS.rows(shown);
  const row = selectedIn(CALLS, shown);
  const at = row === null ? -1 : rows.indexOf(row);
  if (at === -1) return null;
  const isCall = ({ type }: CallRow): boolean => type === 'call';
  const next = rows.slice(at).find(isCall) ?? rows.slice(0, at).findLast(isCall);
  return next?.type === 'call' ? next.call : null;
}

/** Goes to the calls of a conversation; a filter might hide it. */
export function intoConversation(conversationId: string): readonly ScreenAction[] {
  return [
    ...viewAction({ type: 'into', pane: NAME }),
    ...viewAction({ type: 'filter', change: { type: 'clear', of: ['conversations', NAME] } }),
    ...viewAction({ type: 'list', of: 'conversations', list: { selectedId: conversationId, offset: 0 } }),
    ...viewAction({ type: 'follow', follow: true }),
  ];
}

/** True while the calls are in the order of time, in which alone the newest can be followed. */
function isFollowable(state: Pick<ViewState, 'orders'>): boolean {
  return isDefaultOrder({ name: NAME, orders: ORDERS }, state);
}

// While the calls are followed, they stand at their last one, whatever mark comes behind it.
function position(rows: readonly CallRow[], state: ViewState): ListState {
  const own = listState(state, NAME);
  if (!isFollowable(state)) return own;
  const row = rows[indexInCalls(rows, state.follow ? null : own.selectedId)];
  const selectedId = row === undefined ? null : rowId(row);
  return { selectedId, offset: state.follow ? Number.MAX_SAFE_INTEGER : own.offset };
}

// A mark is of type `checkpoint` or `rollback`, its id the snapshot's; the state of a call is its sign and its status.
function searchFields(row: CallRow, view: EngineView): SearchFields {
  if (row.type === 'prompt') return { text: row.text, fields: { type: 'prompt', agent: row.agent } };
  if (row.type === 'note') return { text: noteText(row, READ), fields: { type: row.mark.type } };
  if (row.type === 'agent') return { text: agentText(row), fields: { type: 'sub-agent' } };
  if (row.type === 'open') return { text: [row.name, row.argument].join(' '), fields: { type: 'open' } };
  if (row.type === 'mark') {
    const { operation, snapshot, cause } = row;
    return { text: [operation, snapshot, cause].join(' '), fields: { id: snapshot, type: operation } };
  }
  const { callId, agent, userQuery, kind, status, interruptionType } = row.call;
  const fields = {
    id: callId,
    agent,
    state: `${callSummary(row.call).sign} ${status}`,
    type: [kind, interruptionType].join(' '),
  };
  const text = row.storyCall === null ? '' : storyText(row.storyCall, READ);
  return searchTable(CALL_COLUMNS, row, view, { text: [callId, agent, userQuery, text].join(' '), fields });
}

function byCall(compare: (a: Call, b: Call) => number): Order<CallRow>['compare'] {
  return (a, b) => (a.type === 'call' && b.type === 'call' ? compare(a.call, b.call) : 0);
}

function failures(call: Call): number {
  return callSummary(call).sign === 'failed' ? 1 : 0;
}

function tokensOf({ provider, usage }: Call): number {
  return usage === null ? -1 : promptTokens(provider, usage) + usage.outputTokens;
}

function markAvailability({ workspace }: Mark): Availability {
  return workspace === null ? disabled('the workspace of this snapshot is unknown') : enabled('the snapshot');
}
