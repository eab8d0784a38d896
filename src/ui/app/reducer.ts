import type { EngineView } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import { cleanLine } from '../../core/text.ts';
import type { CheckpointsChange, PlanChange } from '../views/checkpoints/state.ts';
import { changeCheckpoints, changePlan, changeSheet } from '../views/checkpoints/reduce.ts';
import { type DetailChange, changeDetail } from '../views/call/state.ts';
import type { ReadingChange } from '../widgets/reader/state.ts';
import type { Variant } from '../render/theme.ts';
import { type FormAction, changeForm } from '../views/silences/form.ts';
import { withoutLast } from '../widgets/text-input.ts';
import {
  type Back,
  LISTS,
  type ListName,
  type ListState,
  type Overlay,
  PANES,
  type PaneName,
  type Toast,
  type ViewState,
} from './state.ts';

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
  | { readonly type: 'list'; readonly of: ListName; readonly list: ListState }
  | { readonly type: 'order'; readonly of: ListName }
  | { readonly type: 'follow'; readonly follow: boolean }
  | { readonly type: 'filter'; readonly change: FilterChange }
  | { readonly type: 'freeze'; readonly view: EngineView | null }
  | { readonly type: 'overlay'; readonly overlay: Overlay }
  | { readonly type: 'form'; readonly change: FormAction }
  | { readonly type: 'checkpoints'; readonly change: CheckpointsChange }
  | { readonly type: 'plan'; readonly change: PlanChange }
  | { readonly type: 'sheet'; readonly change: ReadingChange }
  | { readonly type: 'detail'; readonly change: DetailChange }
  | { readonly type: 'toast'; readonly text: string; readonly kind: Toast['kind'] }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'caption'; readonly text: string | null }
  | { readonly type: 'leaving'; readonly text: string }
  | { readonly type: 'variant'; readonly variant: Variant }
  | { readonly type: 'keys'; readonly keys: ViewState['keys'] };

export type FilterChange =
  | { readonly type: 'begin'; readonly of: ListName }
  | { readonly type: 'set'; readonly of: ListName; readonly text: string }
  /** Of these lists nothing is narrowed any more. */
  | { readonly type: 'clear'; readonly of: readonly ListName[] }
  /** These three are about the one that is being typed. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'keep' };

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
    lists: ofEach(NOTHING),
    orders: ofEach(0),
    follow: true,
    filters: ofEach(''),
    editing: null,
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
      return { ...state, focus: action.pane, back: null, editing: null };
    case 'into':
      return { ...state, focus: action.pane, zoomed: true, back: action.back, editing: null };
    case 'out':
      return { ...state, ...(state.back ?? { zoomed: false }), back: null };
    case 'list':
      return { ...state, lists: { ...state.lists, [action.of]: action.list } };
    case 'order':
      return reorder(state, action.of);
    case 'follow':
      return { ...state, follow: action.follow };
    case 'filter':
      return changeFilter(state, action.change);
    case 'freeze':
      return freeze(state, action.view);
    case 'overlay':
      return { ...state, overlay: action.overlay };
    case 'form':
      if (state.overlay.type !== 'silence') return state;
      return { ...state, overlay: { type: 'silence', form: changeForm(state.overlay.form, action.change) } };
    case 'checkpoints':
      return stillWith(changeCheckpoints(state, action.change), action.change);
    case 'plan':
      return changePlan(state, action.change);
    case 'sheet':
      return changeSheet(state, action.change);
    case 'detail':
      return changedDetail(state, action.change);
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
    case 'keys':
      return { ...state, keys: action.keys };
  }
}

// Another order is looked at from its top.
function reorder(state: ViewState, of: ListName): ViewState {
  const orders = { ...state.orders, [of]: state.orders[of] + 1 };
  return { ...state, orders, lists: { ...state.lists, [of]: NOTHING } };
}

function ofEach<T>(value: T): Readonly<Record<ListName, T>> {
  return Object.fromEntries(LISTS.map((list) => [list, value])) as Record<ListName, T>;
}

// A call that is opened comes to the top; help may lie over one that is open.
function changedDetail(state: ViewState, change: DetailChange): ViewState {
  const detail = changeDetail(state.detail, change);
  if (change.type === 'close') return { ...state, detail, overlay: { type: 'none' } };
  return { ...state, detail, overlay: change.type === 'open' ? { type: 'detail' } : state.overlay };
}

// The snapshots stand still with everything else.
function freeze(state: ViewState, frozen: EngineView | null): ViewState {
  const { checkpoints } = state;
  const still = checkpoints && { ...checkpoints, frozen: frozen === null ? null : checkpoints.rows };
  return { ...state, frozen, checkpoints: still };
}

// What is listed first while the screen is frozen stays as it is, too.
function stillWith(state: ViewState, { type }: CheckpointsChange): ViewState {
  const { frozen, checkpoints } = state;
  if (type !== 'listed' || frozen === null || checkpoints === null || checkpoints.frozen !== null) return state;
  return { ...state, checkpoints: { ...checkpoints, frozen: checkpoints.rows } };
}

function tick(state: ViewState, now: Ms): ViewState {
  const toast = state.toast && now < state.toast.until ? state.toast : null;
  return { ...state, now, toast };
}

function log(state: ViewState, text: string): ViewState {
  const line = { at: state.now, text: cleanLine(text, MAX_LOG_LINE) };
  return { ...state, log: [...state.log.slice(1 - MAX_LOG), line] };
}

function changeFilter(state: ViewState, change: FilterChange): ViewState {
  switch (change.type) {
    case 'begin':
      return { ...state, editing: change.of };
    case 'set':
      return { ...narrowed(state, [change.of], () => change.text), editing: null };
    case 'clear':
      return { ...narrowed(state, change.of, () => ''), editing: null };
    case 'keep':
      return { ...state, editing: null };
    case 'text':
      return edited(state, (text) => text + typed(change.text));
    case 'erase':
      return edited(state, withoutLast);
  }
}

function edited(state: ViewState, change: (text: string) => string): ViewState {
  return state.editing === null ? state : narrowed(state, [state.editing], change);
}

function narrowed(state: ViewState, lists: readonly ListName[], change: (text: string) => string): ViewState {
  const filters = { ...state.filters };
  for (const list of lists) filters[list] = change(filters[list]).slice(0, MAX_FILTER);
  return { ...state, filters };
}

// `cleanLine` trims what contains control characters; a lone space is text all the same.
function typed(text: string): string {
  return text === ' ' ? text : cleanLine(text, MAX_FILTER);
}
