import {
  type Action,
  type Binding,
  type Context,
  disabled,
  enabled,
  type Named,
  viewAction,
} from '../../app/bindings.ts';
import { shownCalls } from '../calls/view.ts';
import { readingKeys, search } from '../../widgets/reader/keys.ts';
import { overlayView } from '../../app/view.ts';
import { describeDetail, detailLines, detailSheet } from './render.ts';
import { reduceDetail } from './state.ts';

/** The bindings of a call's detail. */
const DETAIL: readonly Binding[] = [
  ...readingKeys(['down', 'j', 'enter']),
  beside(
    { keys: ['right', 'l', ']'], id: 'next-call', label: 'next call', help: 'go to the next call of the conversation' },
    1,
  ),
  beside(
    {
      keys: ['left', 'h', '['],
      id: 'call-before',
      label: 'previous call',
      help: 'go to the previous call of the conversation',
    },
    -1,
  ),
  {
    keys: ['r'],
    kind: 'view',
    id: 'read-again',
    label: 'read again',
    help: 'read the call from its source again, for example to see whether it has ended',
    availability: () => enabled(),
    run: ({ view: { detail } }) => (detail === null ? [] : [{ type: 'open_call', call: detail.call }]),
  },
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id of the call (OSC 52)',
    availability: () => enabled(),
    run: ({ view: { detail } }) =>
      detail === null ? [] : [{ type: 'copy', text: detail.call.callId, what: 'call id' }],
  },
  {
    keys: ['escape', 'q', 'backspace'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'go back to the calls',
    footer: true,
    availability: () => enabled(),
    run: (context) =>
      context.view.detail?.search.text
        ? search(context, { type: 'drop' })
        : viewAction({ type: 'detail', change: { type: 'close' } }),
  },
];

function beside(named: Named, by: 1 | -1): Binding {
  const found = ({ view: { detail }, shown }: Context) => {
    const calls = shownCalls(shown);
    const index = calls.findIndex(({ callId }) => callId === detail?.call.callId);
    return index === -1 ? null : (calls[index + by] ?? null);
  };
  return {
    ...named,
    kind: 'view',
    footer: true,
    availability: (context) => (found(context) === null ? disabled(`no ${named.label} in this list`) : enabled()),
    run: (context) => {
      const call = found(context);
      return call === null ? [] : [...selectCall(call.callId), { type: 'open_call', call }];
    },
  };
}

/** Selects a call in the list of calls and stops following. */
export function selectCall(callId: string): readonly Action[] {
  return [
    ...viewAction({ type: 'list', of: 'calls', list: { selectedId: callId, offset: 0 } }),
    ...viewAction({ type: 'follow', follow: false }),
  ];
}

/** One call in full. */
export const detailView = overlayView('detail', {
  title: 'a call',
  shares: 'views',
  isWhole: true,
  wheel: 3,
  bindings: DETAIL,
  initialState: null,
  reader: ({ detail }) =>
    detail && {
      name: 'call',
      reading: detail,
      lines: (size) => detailLines(detail, size),
      change: (change) => viewAction({ type: 'detail', change }),
    },
  reduce: reduceDetail,
  render: (_, { view: { detail }, shown }, size, theme) =>
    detail && detailSheet(detail, size, theme, shown.calls(detail.call.conversationId)),
  describe: (_, context) => describeDetail(context),
});
