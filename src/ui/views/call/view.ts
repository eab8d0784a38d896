import {
  type ScreenAction,
  type Binding,
  type Context,
  disabled,
  enabled,
  type Named,
  viewAction,
} from '../../app/bindings.ts';
import { shownCalls } from '../calls/view.ts';
import { toSignal } from '../../app/keys/opening.ts';
import { readingKeys, search } from '../../app/keys/reading.ts';
import { signalOfCall } from '../../ladder/open-signals.ts';
import { overlayView } from '../../app/view.ts';
import { bodyRows } from '../../widgets/dialog.ts';
import { readingWidth } from '../../widgets/reader/render.ts';
import { describeDetail, detailLines, detailSheet, drawDetail, type Drawn } from './render.ts';
import { isSectionOpen, markedSection, type Section } from './sections.ts';
import type { Detail } from './state.ts';
import { reduceDetail } from './state.ts';

/** The bindings of a call's detail. */
const DETAIL: readonly Binding[] = [
  ...readingKeys(['down', 'j', 'enter']),
  beside(
    { keys: ['l', 'right', ']'], id: 'next-call', label: 'next call', help: 'go to the next call of the conversation' },
    1,
  ),
  beside(
    {
      keys: ['h', 'left', '['],
      id: 'call-before',
      label: 'previous call',
      help: 'go to the previous call of the conversation',
    },
    -1,
  ),
  section({ keys: ['tab'], id: 'next-section', label: 'next section', help: 'go to the next section' }, 1),
  section(
    { keys: ['shift-tab'], id: 'section-before', label: 'previous section', help: 'go to the previous section' },
    -1,
  ),
  toggling({ keys: ['+', '='], id: 'open-section', label: 'open section', help: 'open the marked section' }, true),
  toggling({ keys: ['-'], id: 'close-section', label: 'close section', help: 'close the marked section' }, false),
  {
    keys: ['r'],
    kind: 'view',
    id: 'read-again',
    label: 'read again',
    help: 'read the call again',
    availability: () => enabled(),
    run: ({ view: { detail } }) => (detail === null ? [] : [{ type: 'open_call', call: detail.call }]),
  },
  {
    keys: ['e'],
    kind: 'view',
    id: 'signal',
    label: 'its signal',
    help: 'go to its signal',
    footer: true,
    availability: (context) =>
      causedBy(context) === null ? disabled('this call caused no signal') : enabled('', '', 'its signal'),
    run: (context) => {
      const signalId = causedBy(context);
      if (signalId === null) return [];
      return [...viewAction({ type: 'detail', change: { type: 'close' } }), ...toSignal(signalId)];
    },
  },
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id (OSC 52)',
    availability: () => enabled(),
    run: ({ view: { detail } }) =>
      detail === null ? [] : [{ type: 'copy', text: detail.call.callId, what: 'call id' }],
  },
  {
    keys: ['Y'],
    kind: 'view',
    id: 'copy-section',
    label: 'copy text',
    help: 'copy the section (OSC 52)',
    availability: (context) => (marked(context) === null ? disabled('no section yet') : enabled()),
    run: (context) => {
      const one = marked(context);
      return one === null ? [] : [{ type: 'copy', text: one.text, what: 'text' }];
    },
  },
  {
    keys: ['escape', 'backspace'],
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

function causedBy({ view: { detail }, shown }: Context): string | null {
  return detail === null ? null : (signalOfCall(shown.view, detail.call)?.signal.signalId ?? null);
}

function drawnOf({ view: { detail }, size }: Context): { readonly drawn: Drawn; readonly detail: Detail } | null {
  return detail && { drawn: drawDetail(detail, readingWidth(size)), detail };
}

function marked(context: Context): Section | null {
  const found = drawnOf(context);
  return found && markedSection(found.drawn.sections, found.detail.section);
}

function section(named: Named, by: 1 | -1): Binding {
  return {
    ...named,
    kind: 'view',
    availability: (context) => (marked(context) === null ? disabled('no section yet') : enabled()),
    run: (context) => {
      const { drawn } = drawnOf(context) ?? {};
      const here = marked(context);
      if (drawn === undefined || here === null) return [];
      const { heads } = drawn;
      const index = heads.findIndex(({ id }) => id === here.id);
      const next = heads[(index + by + heads.length) % heads.length];
      if (next === undefined) return [];
      // The facts stay in sight as long as the section fits below them.
      const rows = bodyRows(context.size);
      const ends = heads.find(({ line }) => line > next.line)?.line ?? drawn.lines.length;
      const offset = ends <= rows ? 0 : next.line;
      return viewAction({ type: 'detail', change: { type: 'section', id: next.id, offset } });
    },
  };
}

function toggling(named: Named, open: boolean): Binding {
  return {
    ...named,
    kind: 'view',
    availability: (context) => {
      const found = drawnOf(context);
      const here = marked(context);
      if (found === null || here === null) return disabled('no section yet');
      return isSectionOpen(found.detail, here) === open
        ? disabled(`the section is ${open ? 'open' : 'closed'}`)
        : enabled();
    },
    run: (context) => {
      const here = marked(context);
      return here === null ? [] : viewAction({ type: 'detail', change: { type: 'toggle', id: here.id, open } });
    },
  };
}

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
export function selectCall(callId: string): readonly ScreenAction[] {
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
