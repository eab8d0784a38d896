import { idOf } from '../../app/bindings.ts';
import { type Binding, type Context, type Deed, can, cannot, look } from '../../app/bindings.ts';
import { readingKeys, search } from '../../widgets/reader/keys.ts';

/** The keys of one call's detail. */
export const DETAIL: readonly Binding[] = [
  ...readingKeys(['down', 'j', 'enter']),
  beside(['right', 'l', ']'], 'next call', 'the next call of the conversation', 1),
  beside(['left', 'h', '['], 'call before', 'the call before it in the conversation', -1),
  {
    keys: ['r'],
    kind: 'look',
    id: 'read-again',
    label: 'read again',
    help: 'ask the source again: a call that had no end may have one now',
    hint: () => can(),
    does: ({ view: { detail } }) => (detail === null ? [] : [{ type: 'open_call', call: detail.call }]),
  },
  {
    keys: ['y'],
    kind: 'look',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id of the call (OSC 52)',
    hint: () => can(),
    does: ({ view: { detail } }) =>
      detail === null ? [] : [{ type: 'copy', text: detail.call.callId, what: 'call id' }],
  },
  {
    keys: ['escape', 'q', 'backspace'],
    kind: 'look',
    id: 'back',
    label: 'back',
    help: 'back to the calls',
    footer: true,
    hint: () => can(),
    does: (context) =>
      context.view.detail?.search.text
        ? search(context, { type: 'drop' })
        : look({ type: 'detail', change: { type: 'close' } }),
  },
];

function beside(keys: readonly string[], label: string, help: string, by: 1 | -1): Binding {
  const found = ({ view: { detail }, shown }: Context) => {
    const place = shown.calls.findIndex(({ callId }) => callId === detail?.call.callId);
    return place === -1 ? null : (shown.calls[place + by] ?? null);
  };
  return {
    keys,
    kind: 'look',
    id: idOf(label),
    label,
    help,
    footer: true,
    hint: (context) => (found(context) === null ? cannot(`there is no ${label} here`) : can()),
    does: (context) => {
      const call = found(context);
      return call === null ? [] : [...selectCall(call.callId), { type: 'open_call', call }];
    },
  };
}

/** Selects a call in the calls, which stops following. */
export function selectCall(callId: string): readonly Deed[] {
  return [
    ...look({ type: 'list', of: 'stream', list: { selectedId: callId, offset: 0 } }),
    ...look({ type: 'follow', follow: false }),
  ];
}
