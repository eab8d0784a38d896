import type { ListState } from '../widgets/list.ts';
import type { Mono, Ms } from '../../core/units.ts';
import type { EngineView } from '../../engine/types.ts';
import type { EventWords } from '../../wording/event-line.ts';
import type { Variant } from '../render/theme.ts';
import type { Found } from '../views/conversations/found.ts';
import type { ShownStory } from '../views/calls/shown-story.ts';
import type { TextInput } from '../widgets/text-input.ts';

// A view declares the types of its state in its folder and adds them here under its name, by
// `declare module '…/app/state.ts'`: the unions below, and what the registry asks of each view, follow from these three.

/** The state of each view that lies over the panes, while it is open. */
export interface OverlayStates {}

/** The state that views keep while they are closed. */
export interface ViewSlices {}

/** The changes of the state of views, each reduced by its view. */
export interface ViewChanges {}

export type OverlayName = keyof OverlayStates;

/** An open view over the panes with its state. */
export type OverlayOf<K extends OverlayName> = { readonly [N in K]: { readonly type: N } & OverlayStates[N] }[K];

/** The view over the panes; one at a time. */
export type Overlay = { readonly type: 'none' } | OverlayOf<OverlayName>;

type ViewChange = { readonly [K in keyof ViewChanges]: { readonly type: K; readonly change: ViewChanges[K] } };

/** ScreenAction → key, where a person wants another than the usual one. */
export type OwnKeys = Readonly<Record<string, string>>;

/** The name of a pane: a list view of the registry in `views.ts` that can have the focus. */
export type PaneName = string;

/** The name of a list that can be ordered, filtered and moved in: of a pane, or of what lies over the panes. */
export type ListName = string;

/** The text typed behind `/`, which narrows one list; '' narrows nothing. */
export type Filter = TextInput;

/** `until`: when it goes away. `kind` decides its colour and label. */
export type Toast = { readonly text: string; readonly kind: 'done' | 'refused' | 'info'; readonly until: Ms };

/** A line for people that came up while the screen was open, newest last. */
export type LogLine = {
  readonly at: Ms;
  readonly text: string;
  /** The text of an event, with its signs. */
  readonly event?: EventWords;
};

/** One hold: the same workspace may be held again later. */
export type HoldRef = { readonly workspace: string; readonly startedMono: Mono };

/** The former position, which Escape brings back. */
export type Back = Pick<ViewState, 'focus' | 'zoomed' | 'panel' | 'filters'>;

/** The view store: the state of one screen. Keys write it; the engine's store knows nothing of it. */
export type ViewState = ViewSlices & {
  /** The screen's idea of now: moves once a second, and up to ten times while a countdown is visible. */
  readonly now: Ms;
  readonly focus: PaneName;
  /** The focused pane has the whole body. */
  readonly zoomed: boolean;
  /** The detail of the selected row is open, beside the list or instead of it. */
  readonly panel: boolean;
  /** The positions to which `Esc` goes, step by step, the latest last; bounded. */
  readonly back: readonly Back[];
  /** The first steps were hidden. */
  readonly stepsHidden: boolean;
  /** The groups of rows that are open, by their ids. */
  readonly groups: ReadonlySet<string>;
  /** The time when a key was last pressed: what came since is new. */
  readonly pressedAt: Ms;
  /** Since when nothing is wrong; null while something is. */
  readonly calmSince: Ms | null;
  /** The position of each list in which something was selected. */
  readonly lists: Readonly<Record<ListName, ListState>>;
  /** The order of each list that was ordered: an index into its orders that counts on and on. */
  readonly orders: Readonly<Record<ListName, number>>;
  /**
   * The calls show their newest one (they are drawn oldest first, newest at the bottom); scrolling ends it, G and End
   * resume it. Only the order of time is followed.
   */
  readonly follow: boolean;
  /** The records of the conversation whose calls are shown. */
  readonly story: ShownStory | null;
  /** The result of a search in the texts of all conversations; null before. */
  readonly found: Found | null;
  /** The filter of each list; absent or '' where nothing does. */
  readonly filters: Readonly<Record<ListName, string>>;
  /** The list whose filter is being typed; null while none is. */
  readonly editing: ListName | null;
  /** The moment that is shown while the screen is frozen; null while it is live. */
  readonly frozen: EngineView | null;
  readonly overlay: Overlay;
  readonly toast: Toast | null;
  /** Bounded; the newest is shown when nothing more important is to be shown. */
  readonly log: readonly LogLine[];
  /** A line that explains what is happening (demo); null without one. */
  readonly caption: string | null;
  /** The work that is still waited for after `q`, as text; null while no one wants to leave. */
  readonly leaving: string | null;
  readonly variant: Variant;
  /** False where the terminal draws ambiguous characters (●, ─) two cells wide, or not at all. */
  readonly isSteady: boolean;
  /** Chosen in the configuration; never changes. */
  readonly keys: OwnKeys;
};

/** Everything that changes the view store. */
export type ViewAction =
  | ViewChange[keyof ViewChanges]
  | { readonly type: 'tick'; readonly now: Ms }
  | { readonly type: 'focus'; readonly pane: PaneName }
  /** The overview, as at the start. */
  | { readonly type: 'overview' }
  /** A view by its number: the whole screen for its pane, from where Escape leads to the overview. */
  | { readonly type: 'view'; readonly pane: PaneName }
  /** One step deeper: the whole screen for a pane; `panel`: with its detail open. Escape leads back. */
  | { readonly type: 'into'; readonly pane: PaneName; readonly panel?: boolean }
  | { readonly type: 'out' }
  /** Opens or closes the detail of the selected row. */
  | { readonly type: 'panel'; readonly open: boolean }
  /** Opens or closes a group of rows. */
  | { readonly type: 'group'; readonly id: string; readonly open: boolean }
  | { readonly type: 'hide_steps' }
  | { readonly type: 'pressed'; readonly at: Ms }
  | { readonly type: 'calm'; readonly since: Ms | null }
  | { readonly type: 'list'; readonly of: ListName; readonly list: ListState }
  | { readonly type: 'order'; readonly of: ListName }
  | { readonly type: 'follow'; readonly follow: boolean }
  | { readonly type: 'story'; readonly story: ShownStory }
  | { readonly type: 'found'; readonly found: Found | null }
  | { readonly type: 'filter'; readonly change: FilterChange }
  | { readonly type: 'freeze'; readonly view: EngineView | null }
  | { readonly type: 'overlay'; readonly overlay: Overlay }
  | { readonly type: 'toast'; readonly text: string; readonly kind: Toast['kind'] }
  | { readonly type: 'log'; readonly text: string }
  /** An event; it ends the answer to a key that still stands. */
  | { readonly type: 'event'; readonly line: EventWords }
  | { readonly type: 'caption'; readonly text: string | null }
  | { readonly type: 'leaving'; readonly text: string }
  | { readonly type: 'variant'; readonly variant: Variant }
  | { readonly type: 'steady'; readonly isSteady: boolean }
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
