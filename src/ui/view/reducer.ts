import type { EngineView } from '../../app/engine/types.ts';
import type { Ms } from '../../core/events.ts';
import { cleanLine } from '../../core/text.ts';
import { type CheckpointsChange, changeCheckpoints, changePlan, type PlanChange } from './checkpoints.ts';
import { changeDetail, type DetailChange } from './detail.ts';
import type { Variant } from '../theme.ts';
import { changeForm, type FormAction, withoutLast } from './silence-form.ts';
import { PANES, type Back, type ListState, type Overlay, type PaneName, type Toast, type ViewState } from './types.ts';

/** How long a toast stays, ms. */
export const TOAST_MS = 4_000;
/** Lines kept of the log. */
const MAX_LOG = 200;
const MAX_LOG_LINE = 600;
const MAX_FILTER = 120;

/** Everything that changes how the screen is looked at. */
export type ViewAction =
  | { readonly type: 'tick'; readonly now: Ms }
  | { readonly type: 'focus'; readonly pane: PaneName }
  /** Gives a pane the whole screen, and back from there. */
  | { readonly type: 'into'; readonly pane: PaneName; readonly back: Back }
  | { readonly type: 'out' }
  | { readonly type: 'list'; readonly pane: PaneName; readonly list: ListState }
  | { readonly type: 'order'; readonly pane: PaneName }
  | { readonly type: 'follow'; readonly follow: boolean }
  | { readonly type: 'filter'; readonly change: FilterChange }
  | { readonly type: 'freeze'; readonly view: EngineView | null }
  | { readonly type: 'overlay'; readonly overlay: Overlay }
  | { readonly type: 'form'; readonly change: FormAction }
  | { readonly type: 'checkpoints'; readonly change: CheckpointsChange }
  | { readonly type: 'plan'; readonly change: PlanChange }
  | { readonly type: 'detail'; readonly change: DetailChange }
  | { readonly type: 'toast'; readonly text: string; readonly kind: Toast['kind'] }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'caption'; readonly text: string | null }
  | { readonly type: 'leaving'; readonly text: string }
  | { readonly type: 'variant'; readonly variant: Variant };

export type FilterChange =
  | { readonly type: 'begin'; readonly pane: PaneName }
  | { readonly type: 'set'; readonly pane: PaneName; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'keep' }
  | { readonly type: 'clear' };

/** What the configuration says about it. */
export type Chosen = Pick<ViewState, 'keys' | 'variant'>;

const NO_KEYS = {};
const NOTHING: ListState = { selectedId: null, offset: 0 };

/** How the screen looks at first. */
export function newViewState(now: Ms, { keys = NO_KEYS, variant = 'dark' }: Partial<Chosen> = {}): ViewState {
  return {
    now,
    focus: PANES[0],
    zoomed: false,
    back: null,
    lists: { conversations: NOTHING, stream: NOTHING, reactor: NOTHING, signals: NOTHING, agents: NOTHING },
    orders: { conversations: 0, stream: 0, reactor: 0, signals: 0, agents: 0 },
    follow: true,
    filter: { pane: PANES[0], text: '', editing: false },
    frozen: null,
    overlay: { type: 'none' },
    checkpoints: null,
    detail: null,
    toast: null,
    log: [],
    caption: null,
    leaving: null,
    variant,
    keys,
  };
}

/** The next look; the same object where nothing changed. */
export function reduceView(state: ViewState, action: ViewAction): ViewState {
  switch (action.type) {
    case 'tick':
      return tick(state, action.now);
    case 'focus':
      return { ...state, focus: action.pane, back: null };
    case 'into':
      return { ...state, focus: action.pane, zoomed: true, back: action.back };
    case 'out':
      return { ...state, ...(state.back ?? { zoomed: false }), back: null };
    case 'list':
      return { ...state, lists: { ...state.lists, [action.pane]: action.list } };
    case 'order':
      return reorder(state, action.pane);
    case 'follow':
      return { ...state, follow: action.follow };
    case 'filter':
      return { ...state, filter: changeFilter(state.filter, action.change) };
    case 'freeze':
      return { ...state, frozen: action.view };
    case 'overlay':
      return { ...state, overlay: action.overlay };
    case 'form':
      if (state.overlay.type !== 'silence') return state;
      return { ...state, overlay: { type: 'silence', form: changeForm(state.overlay.form, action.change) } };
    case 'checkpoints':
      return changeCheckpoints(state, action.change);
    case 'plan':
      return changePlan(state, action.change);
    case 'detail':
      return showDetail(state, changeDetail(state.detail, action.change));
    case 'toast':
      return { ...state, toast: { text: action.text, kind: action.kind, until: state.now + TOAST_MS } };
    case 'log':
      return log(state, action.text);
    case 'caption':
      return { ...state, caption: action.text };
    case 'leaving':
      return { ...state, leaving: action.text };
    case 'variant':
      return { ...state, variant: action.variant };
  }
}

// Another order is looked at from its top.
function reorder(state: ViewState, pane: PaneName): ViewState {
  const orders = { ...state.orders, [pane]: state.orders[pane] + 1 };
  return { ...state, orders, lists: { ...state.lists, [pane]: NOTHING } };
}

// The detail lies over the panes as long as there is one.
function showDetail(state: ViewState, detail: ViewState['detail']): ViewState {
  if (detail === null) return { ...state, detail, overlay: { type: 'none' } };
  return { ...state, detail, overlay: state.detail === null ? { type: 'detail' } : state.overlay };
}

function tick(state: ViewState, now: Ms): ViewState {
  const toast = state.toast && now < state.toast.until ? state.toast : null;
  return { ...state, now, toast };
}

function log(state: ViewState, text: string): ViewState {
  const line = { at: state.now, text: cleanLine(text, MAX_LOG_LINE) };
  return { ...state, log: [...state.log.slice(1 - MAX_LOG), line] };
}

function changeFilter(filter: ViewState['filter'], change: FilterChange): ViewState['filter'] {
  switch (change.type) {
    case 'begin':
      return { pane: change.pane, text: change.pane === filter.pane ? filter.text : '', editing: true };
    case 'set':
      return { pane: change.pane, text: change.text.slice(0, MAX_FILTER), editing: false };
    case 'text':
      return { ...filter, text: (filter.text + typed(change.text)).slice(0, MAX_FILTER) };
    case 'erase':
      return { ...filter, text: withoutLast(filter.text) };
    case 'keep':
      return { ...filter, editing: false };
    case 'clear':
      return { ...filter, text: '', editing: false };
  }
}

// `cleanLine` trims what contains control characters; a lone space is text all the same.
function typed(text: string): string {
  return text === ' ' ? text : cleanLine(text, MAX_FILTER);
}
