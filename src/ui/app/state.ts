import type { SilenceForm } from '../views/silences/form.ts';
import type { Mono, Ms } from '../../core/units.ts';
import type { EngineView } from '../../engine/types.ts';
import type { Detail } from '../views/call/state.ts';
import type { CheckpointsState, PlanForm, TextSheet } from '../views/checkpoints/state.ts';
import type { Variant } from '../render/theme.ts';
import type { Typed } from '../widgets/text-input.ts';

/** Action → key, where a person wants another than the usual one. */
export type OwnKeys = Readonly<Record<string, string>>;

/** The places of the screen that can have the focus, by their number key: 1 … 5 (a pane's title shows its number). */
export const PANES = ['conversations', 'stream', 'reactor', 'signals', 'agents'] as const;
export type PaneName = (typeof PANES)[number];

/** Every list that can be ordered, filtered and moved in: those of the panes, and those that lie over them. */
export const LISTS = [...PANES, 'silences', 'policy', 'checkpoints', 'sources'] as const;
export type ListName = (typeof LISTS)[number];

/**
 * Where a list stands. Both are wishes: a pane clamps them to what exists when it draws. `selectedId` null
 * means the first row (in the stream that follows: the last one). Ids: conversation id · call id · agent · signal id ·
 * workspace · silence id · rule · snapshot id · URI of a source.
 */
export type ListState = { readonly selectedId: string | null; readonly offset: number };

/** What is typed behind `/` narrows one list; '' narrows nothing. */
export type Filter = Typed;

/** `until`: when it goes away. `kind` decides its colour and word. */
export type Toast = { readonly text: string; readonly kind: 'done' | 'refused' | 'info'; readonly until: Ms };

/** A line for people that came up while the screen was open, newest last. */
export type LogLine = { readonly at: Ms; readonly text: string };

/** One hold: the same workspace may be held again later. */
export type HoldRef = { readonly workspace: string; readonly startedMono: Mono };

/** A choice of one of several holds. `holds` were there when it was opened; a hold that is over stays in its place. */
export type HoldChoice = {
  readonly action: 'veto' | 'fire';
  readonly holds: readonly HoldRef[];
  readonly selected: HoldRef | null;
};

/** What a `y` will do. */
export type Confirmed =
  | { readonly type: 'mode'; readonly mode: 'hold' | 'auto' }
  | { readonly type: 'remove'; readonly workspace: string; readonly snapshot: string }
  | { readonly type: 'resolve'; readonly interruptionId: string; readonly what: string; readonly at: string };

/** What lies over the panes; one at a time. */
export type Overlay =
  | { readonly type: 'none' }
  | { readonly type: 'log'; readonly page: number }
  /** `of`: what it lies over, whose keys it lists, and which it goes back to. */
  | { readonly type: 'help'; readonly page: number; readonly of: Overlay }
  | {
      readonly type: 'confirm';
      readonly question: string;
      readonly effects: readonly string[];
      readonly confirmed: Confirmed;
    }
  /** Every command by name; `place` is a wish, clamped to what matches `query`; `of` as with help. */
  | { readonly type: 'palette'; readonly query: string; readonly place: number; readonly of: Overlay }
  | { readonly type: 'silence'; readonly form: SilenceForm }
  | { readonly type: 'holds'; readonly choice: HoldChoice }
  | { readonly type: 'silences' | 'policy' | 'sources' | 'checkpoints' | 'detail' }
  | { readonly type: 'plan'; readonly form: PlanForm }
  | { readonly type: 'diff'; readonly sheet: TextSheet };

/** Where one came from. */
export type Back = { readonly focus: PaneName; readonly zoomed: boolean };

/** The view store: how one person looks at it. Keys write it; the engine's store knows nothing of it. */
export type ViewState = {
  /** The screen's idea of now: moves once a second, and up to ten times while a countdown is visible. */
  readonly now: Ms;
  readonly focus: PaneName;
  /** The focused pane has the whole body. */
  readonly zoomed: boolean;
  /** Where `Esc` goes from the whole screen; null: the focused pane among the others. */
  readonly back: Back | null;
  readonly lists: Readonly<Record<ListName, ListState>>;
  /** The order of each list: a place in its orders, counting on and on. */
  readonly orders: Readonly<Record<ListName, number>>;
  /**
   * The stream shows its newest call (it is drawn oldest first, newest at the bottom); scrolling ends it, G and End
   * resume it. Only the order of time is followed.
   */
  readonly follow: boolean;
  /** What narrows each list, '' where nothing does. */
  readonly filters: Readonly<Record<ListName, string>>;
  /** The list whose filter is being typed; null while none is. */
  readonly editing: ListName | null;
  /** The moment that is shown while the screen is frozen; null while it is live. */
  readonly frozen: EngineView | null;
  readonly overlay: Overlay;
  /** What the view of checkpoints shows, also while it is closed; null before it was opened first. */
  readonly checkpoints: CheckpointsState | null;
  /** The call that is shown in full, also while help lies over it; null before and after. */
  readonly detail: Detail | null;
  readonly toast: Toast | null;
  /** Bounded; the newest is shown when nothing more important is to be said. */
  readonly log: readonly LogLine[];
  /** A line that explains what is happening (demo); null without one. */
  readonly caption: string | null;
  /** What is still waited for after `q`, in words; null while nobody wants to leave. */
  readonly leaving: string | null;
  readonly variant: Variant;
  /** Chosen in the configuration; never changes. */
  readonly keys: OwnKeys;
};
