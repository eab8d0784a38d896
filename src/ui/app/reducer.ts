import type { EngineView } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import { cleanLine, cleanText } from '../../core/text.ts';
import { type EventWords, plainWords } from '../../wording/event-line.ts';
import { withoutLast } from '../widgets/text-input.ts';
import { filterText, orderIn } from './list.ts';
import type { FilterChange, ListName, PaneName, ViewAction, ViewChanges, ViewSlices, ViewState } from './state.ts';
import type { View } from './view.ts';
import { VIEWS } from './views.ts';

/** The time for which a toast stays, ms. */
export const TOAST_MS = 4_000;
/** Lines kept of the log. */
const MAX_LOG = 200;
const MAX_LOG_LINE = 600;
const MAX_FILTER = 120;

/** The configured values. */
export type Chosen = Pick<ViewState, 'keys' | 'variant'>;

const NO_KEYS = {};
const NO_GROUPS: ReadonlySet<string> = new Set();
/** Steps that Escape leads back, at most. */
const MAX_BACK = 16;
/** A view that is opened by its number begins at its list. */
const CLOSED = { overlay: { type: 'none' }, detail: null, panel: false, back: [], editing: null } as const;
/** The pane that has the focus at first. */
const FIRST_FOCUS = 'conversations';
/** The only list that can be followed. */
const CALLS = 'calls';

/** The first state of the screen. */
export function newViewState(now: Ms, { keys = NO_KEYS, variant = 'dark' }: Partial<Chosen> = {}): ViewState {
  return {
    ...initialSlices(),
    now,
    focus: FIRST_FOCUS,
    zoomed: false,
    panel: false,
    back: [],
    groups: NO_GROUPS,
    stepsHidden: false,
    pressedAt: now,
    calmSince: now,
    lists: {},
    orders: {},
    follow: true,
    story: null,
    found: null,
    filters: {},
    editing: null,
    frozen: null,
    overlay: { type: 'none' },
    toast: null,
    log: [],
    caption: null,
    leaving: null,
    variant,
    isSteady: true,
    keys,
  };
}

function into(state: ViewState, pane: PaneName, panel: boolean): ViewState {
  const { focus, zoomed, filters } = state;
  const back = [...state.back, { focus, zoomed, panel: state.panel, filters }].slice(-MAX_BACK);
  return { ...state, focus: pane, zoomed: true, panel, back, editing: null };
}

function regroup(state: ViewState, id: string, open: boolean): ViewState {
  const groups = new Set(state.groups);
  if (open) groups.add(id);
  else groups.delete(id);
  return { ...state, groups };
}

/** The next state; the same object if nothing changed. */
export function reduceView(state: ViewState, action: ViewAction): ViewState {
  if ('change' in action && action.type !== 'filter') return reduceOwn(state, action.type, action.change);
  switch (action.type) {
    case 'tick':
      return tick(state, action.now);
    case 'focus':
      return { ...state, focus: action.pane, editing: null };
    case 'overview':
      return { ...state, ...CLOSED, focus: FIRST_FOCUS, zoomed: false };
    case 'view':
      return { ...state, ...CLOSED, focus: action.pane, zoomed: true };
    case 'into':
      return into(state, action.pane, action.panel ?? false);
    case 'out': {
      const last = state.back.at(-1);
      const back = state.back.slice(0, -1);
      return { ...state, zoomed: false, panel: false, ...last, back, editing: null };
    }
    case 'panel':
      return { ...state, panel: action.open };
    case 'group':
      return regroup(state, action.id, action.open);
    case 'hide_steps':
      return { ...state, stepsHidden: true };
    case 'pressed':
      return { ...state, pressedAt: action.at };
    case 'calm':
      return state.calmSince === action.since ? state : { ...state, calmSince: action.since };
    case 'list':
      return { ...state, lists: { ...state.lists, [action.of]: action.list } };
    case 'order':
      return reorder(state, action.of);
    case 'follow':
      return { ...state, follow: action.follow };
    case 'story':
      return { ...state, story: action.story };
    case 'found':
      return { ...state, found: action.found };
    case 'filter':
      return changeFilter(state, action.change);
    case 'freeze':
      return freeze(state, action.view);
    case 'overlay':
      return { ...state, overlay: action.overlay };
    case 'toast':
      return { ...state, toast: { text: action.text, kind: action.kind, until: state.now + TOAST_MS } };
    case 'log':
      return log(state, action.text);
    case 'event':
      return { ...log(state, plainWords(action.line), action.line), toast: null };
    case 'caption':
      return { ...state, caption: action.text };
    case 'leaving':
      return { ...state, leaving: action.text };
    case 'variant':
      return { ...state, variant: action.variant };
    case 'steady':
      return { ...state, isSteady: action.isSteady };
    case 'keys':
      return { ...state, keys: action.keys };
  }
}

// A change of its own state goes to the view that owns it.
function reduceOwn<K extends keyof ViewChanges>(state: ViewState, name: K, change: ViewChanges[K]): ViewState {
  const reducers: { readonly [N in keyof ViewChanges]: Reduces<N> } = VIEWS;
  return reducers[name].reduce(state, change);
}

type Reduces<K extends keyof ViewChanges> = {
  readonly reduce: (state: ViewState, change: ViewChanges[K]) => ViewState;
};

function initialSlices(): ViewSlices {
  const owners = VIEWS satisfies { readonly [K in keyof ViewSlices]: { readonly initialState: ViewSlices[K] } };
  const initial = Object.entries(owners).flatMap(([name, view]) =>
    'initialState' in view ? [[name, view.initialState] as const] : [],
  );
  return Object.fromEntries(initial) as unknown as ViewSlices;
}

// The selection stays; the calls are followed again as soon as they can be.
function reorder(state: ViewState, of: ListName): ViewState {
  return {
    ...state,
    orders: { ...state.orders, [of]: orderIn(state, of) + 1 },
    follow: state.follow || of === CALLS,
  };
}

function freeze(state: ViewState, frozen: EngineView | null): ViewState {
  const views: readonly View[] = Object.values(VIEWS);
  const next = { ...state, frozen };
  return views.reduce((reduced, { freeze: follow }) => follow?.(reduced) ?? reduced, next);
}

function tick(state: ViewState, now: Ms): ViewState {
  const toast = state.toast && now < state.toast.until ? state.toast : null;
  return { ...state, now, toast };
}

function log(state: ViewState, text: string, event?: EventWords): ViewState {
  const line = { at: state.now, text: cleanLine(text, MAX_LOG_LINE), ...(event && { event: cleanEvent(event) }) };
  return { ...state, log: [...state.log.slice(1 - MAX_LOG), line] };
}

function cleanEvent({ parts, more }: EventWords): EventWords {
  // The blanks at the ends of a part belong to it.
  const clean = (text: string): string => cleanText(text, MAX_LOG_LINE).replaceAll(/\s/gu, ' ');
  return { parts: parts.map((part) => (typeof part === 'string' ? clean(part) : part)), more };
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
  for (const list of lists) filters[list] = change(filterText(state, list)).slice(0, MAX_FILTER);
  return { ...state, filters };
}

// `cleanLine` trims what contains control characters; a lone space is text all the same.
function typed(text: string): string {
  return text === ' ' ? text : cleanLine(text, MAX_FILTER);
}
