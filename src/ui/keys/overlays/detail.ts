import { matchesOf, nextMatch } from '../../derive/finding/search.ts';
import { bodyRows } from '../../overlays/body.ts';
import { detailLines, firstLine } from '../../overlays/detail.ts';
import type { Detail, DetailChange } from '../../view/detail.ts';
import { type Binding, can, cannot, type Context, type Deed, type Hint, look } from '../types.ts';

/** The keys of one call's detail. */
export const DETAIL: readonly Binding[] = [
  {
    keys: ['/'],
    kind: 'look',
    label: 'search',
    help: 'search in this call; Enter keeps it, Esc drops it',
    footer: true,
    hint: () => can(),
    does: () => change({ type: 'search', text: '' }),
  },
  {
    keys: ['n'],
    kind: 'look',
    label: 'next match',
    help: 'to the next line that matches',
    footer: true,
    hint: matchHint,
    does: (context) => toMatch(context, 1),
  },
  {
    keys: ['N'],
    kind: 'look',
    label: 'match before',
    help: 'to the line before that matches',
    hint: matchHint,
    does: (context) => toMatch(context, -1),
  },
  beside(['right', 'l', ']'], 'next call', 'the next call of the conversation', 1),
  beside(['left', 'h', '['], 'call before', 'the call before it in the conversation', -1),
  {
    keys: ['r'],
    kind: 'look',
    label: 'read again',
    help: 'ask the source again: a call that had no end may have one now',
    hint: () => can(),
    does: ({ view: { detail } }) => (detail === null ? [] : [{ type: 'open_call', call: detail.call }]),
  },
  {
    keys: ['y'],
    kind: 'look',
    label: 'copy id',
    help: 'copy the id of the call (OSC 52)',
    hint: () => can(),
    does: ({ view: { detail } }) =>
      detail === null ? [] : [{ type: 'copy', text: detail.call.callId, what: 'call id' }],
  },
  scrolling(['up', 'k'], 'up', 'one line up', ({ at }) => at - 1),
  scrolling(['down', 'j', 'enter'], 'down', 'one line down', ({ at }) => at + 1),
  scrolling(['pageup', 'ctrl-u', 'b'], 'page up', 'one page up', ({ at, rows }) => at - rows),
  scrolling(['pagedown', 'ctrl-d', 'space'], 'page down', 'one page down', ({ at, rows }) => at + rows),
  scrolling(['g', 'home'], 'top', 'to the first line', () => 0),
  scrolling(['G', 'end'], 'bottom', 'to the last line', ({ count, rows }) => count - rows),
  {
    keys: ['escape', 'q', 'backspace'],
    kind: 'look',
    label: 'back',
    help: 'back to the calls',
    footer: true,
    hint: () => can(),
    does: ({ view: { detail } }) => change({ type: detail?.search.text ? 'drop' : 'close' }),
  },
];

/** The keys while one types what to search for. */
export const SEARCH: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'look',
    label: 'keep',
    help: 'keep the search; n and N go from match to match',
    footer: true,
    hint: () => can(),
    does: (context) => [...change({ type: 'keep' }), ...toMatch(context, 1, true)],
  },
  {
    keys: ['escape'],
    kind: 'look',
    label: 'drop',
    help: 'drop the search',
    footer: true,
    hint: () => can(),
    does: () => change({ type: 'drop' }),
  },
  {
    keys: ['backspace', 'delete'],
    kind: 'look',
    label: 'erase',
    help: 'erase a character',
    footer: true,
    hint: () => can(),
    does: () => change({ type: 'erase' }),
  },
];

type Stand = { readonly at: number; readonly rows: number; readonly count: number };

function change(wanted: DetailChange): readonly Deed[] {
  return look({ type: 'detail', change: wanted });
}

function scrolling(keys: readonly string[], label: string, help: string, to: (stand: Stand) => number): Binding {
  const does = ({ view: { detail }, size }: Context): readonly Deed[] => {
    if (detail === null) return [];
    const stand = standOf(detail, size);
    const last = Math.max(0, stand.count - stand.rows);
    return change({ type: 'scroll', offset: Math.min(last, Math.max(0, to(stand))) });
  };
  return { keys, kind: 'move', label, help, hint: () => can(), does };
}

function standOf(detail: Detail, size: Context['size']): Stand {
  const rows = bodyRows(size);
  const count = detailLines(detail, size).length;
  return { rows, count, at: firstLine(detail, count, rows) };
}

function matchHint({ view: { detail }, size }: Context): Hint {
  const text = detail?.search.text ?? '';
  if (detail === null || text === '') return cannot('nothing is searched for; / searches');
  const found = matchesOf(detailLines(detail, size), text).length;
  return found === 0 ? cannot(`"${text}" is not found in this call`) : can();
}

// With `here` a match on the first line that is shown is good enough.
function toMatch({ view: { detail }, size }: Context, by: 1 | -1, here = false): readonly Deed[] {
  if (detail === null) return [];
  // Near the end of the text the wish lies beyond the first line that is shown.
  const from = here ? detail.offset - 1 : detail.offset;
  const line = nextMatch(matchesOf(detailLines(detail, size), detail.search.text), from, by);
  return line === null ? [] : change({ type: 'scroll', offset: line });
}

function beside(keys: readonly string[], label: string, help: string, by: 1 | -1): Binding {
  const found = ({ view: { detail }, shown }: Context) => {
    const place = shown.calls.findIndex(({ callId }) => callId === detail?.call.callId);
    return place === -1 ? null : (shown.calls[place + by] ?? null);
  };
  return {
    keys,
    kind: 'look',
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
