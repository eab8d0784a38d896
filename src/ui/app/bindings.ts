import type { EngineView, Queries as EngineQueries, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { Action } from '../../core/actions.ts';
import type { Call } from '../../core/calls.ts';
import type { Guest } from '../../core/guest.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import type { Signal, Silence } from '../../core/signals.ts';
import type { SnapshotRow } from '../views/checkpoints/state.ts';
import type { Line } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import type { Mark } from '../views/calls/marks.ts';
import type { Job } from '../views/plan/state.ts';
import type { Reading, ReadingChange } from '../widgets/reader/state.ts';
import type { Layout } from './layout.ts';
import type { Size } from '../render/frame.ts';
import type { List, Shown } from './list.ts';
import type { HoldRef, ListName, OverlayName, ViewAction, ViewState } from './state.ts';

/** The receiver of keys: the panes, what is typed in a list or a text, or a view that lies over the panes. */
export type KeyContext = 'panes' | 'filter' | 'search' | OverlayName;

/** A text that keys scroll and search. */
export type Reader = {
  /** Names it in sentences: `diff`. */
  readonly name: string;
  readonly reading: Reading;
  readonly lines: (size: Size) => readonly Line[];
  readonly change: (change: ReadingChange) => readonly ScreenAction[];
};

/** The effect of a key or a click: an action of an operator, as the engine takes it, or something of the screen alone. */
export type ScreenAction =
  | Action
  | { readonly type: 'view'; readonly action: ViewAction }
  | { readonly type: 'copy'; readonly text: string; readonly what: string }
  /** Shows a call and requests its content. */
  | { readonly type: 'open_call'; readonly call: Call }
  /** Goes to the call that a signal is about. */
  | { readonly type: 'cause'; readonly signal: Signal }
  /** `select`: the snapshot to select; reported if it no longer exists. */
  | { readonly type: 'list_snapshots'; readonly workspace: string; readonly select?: string }
  /** `path`: that file alone. */
  | {
      readonly type: 'diff';
      readonly workspace: string;
      readonly from: string;
      readonly to: string | null;
      readonly path?: string;
    }
  /** Shows the plan of a job and asks for its confirmation. */
  | { readonly type: 'plan'; readonly job: Job }
  /** Takes the checkpoint before a rollback now and shows the plan again. */
  | { readonly type: 'preview'; readonly job: Job & { readonly type: 'rollback' } }
  /** Shows a host of the fleet whole; null: all of them again. */
  | { readonly type: 'open_host'; readonly host: string | null }
  /** An action that names no host by itself. */
  | { readonly type: 'on_host'; readonly host: string; readonly action: Action }
  /** Gives the terminal to a shell or an editor; `name`: the workspace as people call it. */
  | { readonly type: 'guest'; readonly guest: Guest; readonly name: string }
  | { readonly type: 'suspend' | 'redraw' | 'quit' };

/** The engine's synchronous queries for frames and availabilities. */
export type Queries = Pick<EngineQueries, 'agent' | 'silences' | 'pausePlan' | 'resolvers' | 'sourcesOf'>;

/** The selected row of each list, null where the list is empty. */
export type Selected = {
  readonly conversation: ConversationView | null;
  readonly call: Call | null;
  /** The selection among the calls where it is no call. */
  readonly mark: Mark | null;
  readonly workspace: WorkspaceView | null;
  readonly signal: SignalRecord | null;
  readonly agent: AgentView | null;
  readonly silence: Silence | null;
  readonly rule: PolicyRow | null;
  readonly snapshot: SnapshotRow | null;
  readonly source: SourceView | null;
};

/** The target of keys: the selection of the focused pane, looked up in what is true now, not in a frozen moment. */
export type Target = {
  /** The workspace that the focused selection belongs to; null where none is configured for it. */
  readonly workspace: WorkspaceView | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly signal: string | null;
};

/** The input of every binding. Decisions use `live`; rows and selections use what is shown. */
export type Context = {
  readonly live: EngineView;
  readonly view: ViewState;
  readonly shown: Shown;
  readonly selected: Selected;
  readonly target: Target;
  readonly layout: Layout;
  readonly size: Size;
  readonly queries: Queries;
  /** The holds of the last frame: the only ones that a key may decide about. */
  readonly seenHolds: readonly HoldRef[];
  /** The list that keys move in, order and filter: the one that lies over the panes, else the focused pane's. */
  readonly list: List;
  /** A list by its name; null where there is none. */
  readonly listNamed: (name: ListName) => List | null;
  /** The focused pane. */
  readonly pane: Pane;
  /** All panes, by their number keys. */
  readonly panes: readonly Pane[];
  /** The bindings of a context, with the user's configured keys. */
  readonly keysOf: (keyContext: KeyContext) => readonly Binding[];
  /** The receiver of keys in a view state. */
  readonly keyContextOf: (view: ViewState) => KeyContext;
  /** The text that keys scroll and search in a view state; null where there is none. */
  readonly readerOf: (view: ViewState) => Reader | null;
};

/** The text of a tab beside the name of its pane. */
export type Badge = { readonly count: number | null; readonly isMarked: boolean };

/** The effect of Enter on the selection of a pane. */
export type Opening = {
  readonly availability: (context: Context) => Availability;
  readonly run: (context: Context) => readonly ScreenAction[];
};

/** Something that can be copied: an id, and of what it is one. */
export type Copied = { readonly what: string; readonly text: string };

/** The room of a pane, in cells, and how it is drawn. */
export type Area = { readonly width: number; readonly height: number; readonly theme: Theme };

/** A pane of the registry, whatever the type of its rows. */
export type Pane = List & {
  readonly hotkey: string;
  readonly keyId: string;
  readonly tab: string;
  readonly badge: (view: EngineView) => Badge;
  readonly isThere: (view: EngineView) => boolean;
  readonly render: (context: Context, area: Area) => readonly Line[];
  readonly describe: (context: Context) => string;
  readonly bindings: readonly Binding[];
  readonly panel: 'opened' | 'wide' | 'none';
  readonly open: Opening | null;
  readonly copied: (context: Context) => Copied | null;
  readonly target: (context: Pick<Context, 'live' | 'shown'>) => Target;
};

/** The effect that a key would have now, or the reason why it does nothing. */
export type Availability =
  | {
      readonly enabled: true;
      readonly preview: string;
      /** The part of it that stays visible when space is short. */
      readonly brief: string;
      /** Its name in the last line, instead of its label. */
      readonly label?: string;
    }
  | { readonly enabled: false; readonly reason: string };

/** `move` and `view` change only the view; `act` asks the engine; `leave` ends or suspends the screen. */
export type BindingKind = 'move' | 'view' | 'act' | 'leave';

/** One row of the key table: dispatch, footer, help and manual are derived from it. */
export type Binding = {
  /** Names of keys: a character, `up`, `pageup`, `ctrl-d`, `enter` … */
  readonly keys: readonly string[];
  /** Its stable name in the configuration of keys, unique among the bindings of a view. */
  readonly id: string;
  readonly kind: BindingKind;
  /** One or two words for the footer; may be reworded, unlike the id. */
  readonly label: string;
  /** An imperative sentence for help and manual. */
  readonly help: string;
  /** Left out of the footer unless true. */
  readonly footer?: boolean;
  /** Neither a paste nor type-ahead may trigger it, whatever its kind. */
  readonly guarded?: boolean;
  /** Comes before what is typed, where no text that is asked for has this character. */
  readonly beforeText?: (view: ViewState) => boolean;
  /** It gives way to a key of the view's own. */
  readonly yields?: boolean;
  readonly availability: (context: Context) => Availability;
  readonly run: (context: Context) => readonly ScreenAction[];
};

/** The naming part of a binding: keys, stable id, label and help. */
export type Named = Pick<Binding, 'keys' | 'id' | 'label' | 'help'>;

/**
 * Returns an enabled availability; `preview` is shown before the press, `brief` is the part that no footer drops, `label`
 * what the last line calls it instead of its label.
 */
export function enabled(preview = '', brief = '', label?: string): Availability {
  return { enabled: true, preview, brief, ...(label === undefined ? {} : { label }) };
}

/** Returns a disabled availability with its reason. */
export function disabled(reason: string): Availability {
  return { enabled: false, reason };
}

/** Returns whether the typed text has anything to erase. */
export function eraseAvailability(text: string): Availability {
  return text === '' ? disabled('nothing to erase') : enabled();
}

/** Returns a binding that changes the view, stands in the last line, and is always there. */
export function viewBinding(named: Named, run: Binding['run']): Binding {
  return { ...named, kind: 'view', footer: true, availability: () => enabled(), run };
}

/** Closes what lies over the panes. */
export const CLOSE = { type: 'overlay', overlay: { type: 'none' } } as const satisfies ViewAction;

/** Returns a change of the view alone. */
export function viewAction(action: ViewAction): readonly ScreenAction[] {
  return [{ type: 'view', action }];
}
