import type { Call } from '../../../core/calls.ts';
import { promptTokens } from '../../../core/model/meters/totals.ts';
import type { EngineView } from '../../../engine/types.ts';
import { type Availability, disabled, enabled } from '../../app/bindings.ts';
import { searchTable } from '../../app/column-table.ts';
import { type Order, type Shown, isDefaultOrder, listOf, listState } from '../../app/list.ts';
import type { ListState, ViewState } from '../../app/state.ts';
import { agentTarget, paneOf } from '../../app/view.ts';
import { age, callDuration, callTime, duration } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { openOf } from '../checkpoints/snapshots.ts';
import { selectedConversation } from '../conversations/view.ts';
import type { Mark } from './marks.ts';
import { CALL_COLUMNS, callLines } from './render.ts';
import { type CallRow, callRows, callWords, indexInCalls, markWords, rowId, rowsWithMarks } from './rows.ts';

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
    return isFollowable(shown.state) ? rowsWithMarks(shown.view, conversation, calls) : callRows(calls);
  },
  idOf: rowId,
  orders: ORDERS,
  searchFields,
  position,
  // Scrolling stops following; the last row resumes it.
  stepped: (step, state) => (isFollowable(state) ? [{ type: 'follow', follow: step === 'last' }] : []),
});

export const callsPane = paneOf(CALLS, {
  hotkey: '',
  panel: 'wide',
  tab: 'Calls',
  render: (props, { selected, view }) =>
    callLines({ ...props, conversation: selected.conversation, follow: view.follow }),
  describe: (row, { view: { now } }) => {
    if (row.type === 'mark') return `${markWords(row)}, ${age(row.at, now, 'unknown')} ago`;
    if (row.type === 'prompt') return `the user asked: ${row.text}`;
    const { call } = row;
    const took = duration(callDuration(call), 'unknown');
    return `${callWords(call).words}, ${call.model ?? 'unknown model'}, took ${took}, ${age(callTime(call), now, 'unknown')} ago`;
  },
  open: {
    availability: (context) => {
      const { call, mark } = context.selected;
      if (mark !== null) return markAvailability(mark);
      return call === null ? disabled('no call is selected') : enabled('this call', 'call');
    },
    run: (context) => {
      const { call, mark } = context.selected;
      if (mark !== null) return mark.workspace === null ? [] : openOf(mark.workspace, mark.snapshot);
      return call === null ? [] : [{ type: 'open_call', call }];
    },
  },
  copied: (row) =>
    row.type === 'mark' ? { what: 'snapshot id', text: row.snapshot } : { what: 'call id', text: row.call.callId },
  target: (_, { live, shown }) => {
    const conversation = selectedConversation(shown);
    return agentTarget(live, conversation?.agent ?? null, conversation?.conversationId ?? null);
  },
});

/** The calls that are shown, without the marks between them. */
export function shownCalls(shown: Shown): readonly Call[] {
  return CALLS.rows(shown).flatMap((row) => (row.type === 'call' ? [row.call] : []));
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
  if (row.type === 'prompt') return { text: row.text, fields: { type: 'prompt', agent: row.call.agent } };
  if (row.type === 'mark') {
    const { operation, snapshot, cause } = row;
    return { text: [operation, snapshot, cause].join(' '), fields: { id: snapshot, type: operation } };
  }
  const { callId, agent, userQuery, kind, status, interruptionType } = row.call;
  const fields = {
    id: callId,
    agent,
    state: `${callWords(row.call).sign} ${status}`,
    type: [kind, interruptionType].join(' '),
  };
  return searchTable(CALL_COLUMNS, row.call, view, { text: [callId, agent, userQuery].join(' '), fields });
}

function byCall(compare: (a: Call, b: Call) => number): Order<CallRow>['compare'] {
  return (a, b) => (a.type === 'call' && b.type === 'call' ? compare(a.call, b.call) : 0);
}

function failures(call: Call): number {
  return callWords(call).sign === 'failed' ? 1 : 0;
}

function tokensOf({ provider, usage }: Call): number {
  return usage === null ? -1 : promptTokens(provider, usage) + usage.outputTokens;
}

function markAvailability({ workspace }: Mark): Availability {
  return workspace === null ? disabled('the workspace of this snapshot is unknown') : enabled('the snapshot');
}
