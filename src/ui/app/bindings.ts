import type {
  EngineView,
  Queries as EngineQueries,
  SilenceRequest,
  SourceView,
  WorkspaceView,
} from '../../engine/types.ts';
import type { PolicyAction } from '../../core/config-type.ts';
import type { PolicyTarget } from '../../core/reactor/messages.ts';
import type { Call } from '../../core/calls.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import type { Mode, Signal, Silence } from '../../core/signals.ts';
import type { SnapshotView } from '../../core/snapshots.ts';
import type { Mono, Ms } from '../../core/units.ts';
import type { Line } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import type { Mark } from '../views/calls/marks.ts';
import type { FoundPlan, Job } from '../views/checkpoints/state.ts';
import type { Layout, Size } from './layout.ts';
import type { List, Shown } from './list.ts';
import type { HoldRef, ListName, ViewAction, ViewState } from './state.ts';

/** Where keys go: the panes, or what lies over them. */
export type KeyContext =
  | 'panes'
  | 'filter'
  | 'help'
  | 'log'
  | 'palette'
  | 'confirm'
  | 'silence'
  | 'silences'
  | 'checkpoints'
  | 'plan'
  | 'diff'
  | 'detail'
  | 'search'
  | 'policy'
  | 'sources'
  | 'holds';

/** What a key asks for: a change of the look, or something of the engine or the terminal. */
export type Action =
  | { readonly type: 'view'; readonly action: ViewAction }
  | {
      readonly type: 'checkpoint';
      readonly workspace: string;
      readonly agent: string | null;
      readonly conversationId: string | null;
    }
  | { readonly type: 'silence'; readonly request: SilenceRequest; readonly label: string }
  | { readonly type: 'unsilence'; readonly id: string }
  | { readonly type: 'extend'; readonly id: string; readonly byMs: Ms }
  | { readonly type: 'veto' | 'fire'; readonly workspace: string; readonly heldSince: Mono }
  | { readonly type: 'take_over'; readonly workspace: string }
  | { readonly type: 'mode'; readonly mode: Mode }
  /** Marks an interruption as resolved; `what` and `at` are its name and its sources, in words. */
  | { readonly type: 'resolve'; readonly interruptionId: string; readonly what: string; readonly at: string }
  | { readonly type: 'copy'; readonly text: string; readonly what: string }
  | { readonly type: 'policy'; readonly target: PolicyTarget; readonly action: PolicyAction | null }
  | SnapshotAction
  /** Shows a call with what was said in it, which is asked for. */
  | { readonly type: 'open_call'; readonly call: Call }
  /** Goes to the call that a signal is about. */
  | { readonly type: 'cause'; readonly signal: Signal }
  | { readonly type: 'suspend' | 'redraw' | 'quit' };

/** What takes a while: its answer changes the view of checkpoints when it comes. */
export type SnapshotAction =
  /** `select`: somebody wants to see this one, and is told where it is not there any more. */
  | { readonly type: 'list_snapshots'; readonly workspace: string; readonly select?: string }
  | { readonly type: 'diff'; readonly workspace: string; readonly from: string; readonly to: string | null }
  | { readonly type: 'remove'; readonly workspace: string; readonly snapshot: string }
  /** Explains a job and asks for its word. */
  | { readonly type: 'plan'; readonly job: Job }
  /** Takes the checkpoint before a rollback now, and explains it anew. */
  | { readonly type: 'preview'; readonly job: Job & { readonly type: 'rollback' } }
  /** The word was typed. */
  | {
      readonly type: 'execute';
      readonly job: Job;
      readonly checkpointFirst: boolean;
      /** What was explained: it is done to that, or not at all. */
      readonly found: FoundPlan | null;
    };

/** What the engine is asked while a frame or a hint is made: answered at once. */
export type Queries = Pick<EngineQueries, 'agent' | 'silences' | 'resolvers' | 'sourcesOf'>;

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
  readonly snapshot: SnapshotView | null;
  readonly source: SourceView | null;
};

/** What keys act upon: the selection of the focused pane, looked up in what is true now, not in a frozen moment. */
export type Target = {
  /** The workspace that the focused selection belongs to; null where none is configured for it. */
  readonly workspace: WorkspaceView | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly signal: string | null;
};

/** Everything that a key may depend on. Decisions go by `live`; rows and selections by what is shown. */
export type Context = {
  readonly live: EngineView;
  readonly view: ViewState;
  readonly shown: Shown;
  readonly selected: Selected;
  readonly target: Target;
  readonly layout: Layout;
  readonly size: Size;
  readonly ask: Queries;
  /** What is held as the last frame told it: what a key that decides about a hold may mean. */
  readonly seenHolds: readonly HoldRef[];
  /** The list that keys move in, order and filter: the one that lies over the panes, else the focused pane's. */
  readonly list: List;
  /** A list by its name; null where there is none. */
  readonly listNamed: (name: ListName) => List | null;
  /** The focused pane. */
  readonly pane: Pane;
  /** All panes, by their number keys. */
  readonly panes: readonly Pane[];
  /** The keys of a place, those of the person's own choice among them. */
  readonly keysOf: (place: KeyContext) => readonly Binding[];
};

/** What a tab shows beside the name of its pane. */
export type Badge = { readonly count: number | null; readonly isMarked: boolean };

/** What Enter does with the selection of a pane. */
export type Opening = {
  readonly availability: (context: Context) => Availability;
  readonly run: (context: Context) => readonly Action[];
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
  readonly render: (context: Context, area: Area) => readonly Line[];
  readonly describe: (context: Context) => string;
  readonly bindings: readonly Binding[];
  readonly open: Opening | null;
  readonly copied: (context: Context) => Copied | null;
  readonly target: (context: Pick<Context, 'live' | 'shown'>) => Target;
};

/** What a key would do now, or reason it does nothing. */
export type Availability =
  | {
      readonly enabled: true;
      readonly preview: string;
      /** What of it must be seen where there is little room. */
      readonly brief: string;
    }
  | { readonly enabled: false; readonly reason: string };

/** `move` and `look` change only the look; `act` asks the engine; `leave` ends or suspends the screen. */
export type BindingKind = 'move' | 'view' | 'act' | 'leave';

/** One line of the key table: dispatch, footer, help and README all come from it. */
export type Binding = {
  /** Names of keys: a character, `up`, `pageup`, `ctrl-d`, `enter` … */
  readonly keys: readonly string[];
  /** Its stable name in the configuration of keys, unique among the bindings of a view. */
  readonly id: string;
  readonly kind: BindingKind;
  /** One or two words for the footer; may be reworded, unlike the id. */
  readonly label: string;
  /** A sentence for help and README. */
  readonly help: string;
  /** Left out of the footer unless true. */
  readonly footer?: boolean;
  /** Neither a paste nor type-ahead may trigger it, whatever its kind. */
  readonly guarded?: boolean;
  readonly availability: (context: Context) => Availability;
  readonly run: (context: Context) => readonly Action[];
};

/** What names a binding: its keys, its stable id, and what footer and help show. */
export type Named = Pick<Binding, 'keys' | 'id' | 'label' | 'help'>;

/** It can be done; `says` adds what is worth knowing before the press, `brief` is the part of it that no footer leaves out. */
export function enabled(preview = '', brief = ''): Availability {
  return { enabled: true, preview, brief };
}

/** It does nothing now, and reason. */
export function disabled(reason: string): Availability {
  return { enabled: false, reason };
}

/** Whether there is anything to erase of what was typed. */
export function eraseAvailability(text: string): Availability {
  return text === '' ? disabled('there is nothing to erase') : enabled();
}

/** A change of the look alone. */
export function viewAction(action: ViewAction): readonly Action[] {
  return [{ type: 'view', action }];
}
