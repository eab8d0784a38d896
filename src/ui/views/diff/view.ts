import { type ScreenAction, type Binding, type Context, enabled, viewAction } from '../../app/bindings.ts';
import { readingKeys, search } from '../../app/keys/reading.ts';
import type { ViewState } from '../../app/state.ts';
import { overlayView } from '../../app/view.ts';
import { type ReadingChange, changeReading } from '../../widgets/reader/state.ts';
import { readingWidth } from '../../widgets/reader/render.ts';
import { type TextSheet, diffLines, diffSheet } from './render.ts';

declare module '../../app/state.ts' {
  interface OverlayStates {
    /** `back`: the view that it was opened from. */
    readonly diff: { readonly sheet: TextSheet; readonly back: 'checkpoints' | 'files' };
  }
  interface ViewChanges {
    readonly diff: ReadingChange;
  }
}

/** The bindings of a diff that is shown over the panes if there is no pager. */
const DIFF: readonly Binding[] = [
  ...readingKeys(['down', 'j']),
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'drop the search, then back',
    footer: true,
    availability: () => enabled(),
    run: escape,
  },
  {
    keys: ['q', 'enter'],
    kind: 'view',
    id: 'close',
    label: 'close',
    help: 'go back',
    availability: () => enabled(),
    run: back,
  },
];

function escape(context: Context): readonly ScreenAction[] {
  const { overlay } = context.view;
  const isSearched = overlay.type === 'diff' && overlay.sheet.search.text !== '';
  return isSearched ? search(context, { type: 'drop' }) : back(context);
}

function back({ view: { overlay } }: Context): readonly ScreenAction[] {
  return overlay.type === 'diff' ? viewAction({ type: 'overlay', overlay: { type: overlay.back } }) : [];
}

/** A diff over the whole screen, where there is no pager. */
export const diffView = overlayView('diff', {
  title: 'a comparison',
  shares: 'views',
  isWhole: true,
  wheel: 3,
  bindings: DIFF,
  reader: ({ overlay }) =>
    overlay.type === 'diff'
      ? {
          name: 'diff',
          reading: overlay.sheet,
          lines: (size) => diffLines(overlay.sheet, readingWidth(size)),
          change: (change) => viewAction({ type: 'diff', change }),
        }
      : null,
  reduce: (state: ViewState, change: ReadingChange): ViewState =>
    state.overlay.type === 'diff'
      ? { ...state, overlay: { ...state.overlay, sheet: changeReading(state.overlay.sheet, change) } }
      : state,
  render: ({ sheet }, _, size, theme) => diffSheet(sheet, size, theme),
  describe: ({ sheet }) => [sheet.title, ...sheet.lines],
});
