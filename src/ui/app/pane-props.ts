import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import type { AgentDetail, ConversationView } from '../../core/model/types.ts';
import type { AgentRow } from '../views/agents/rows.ts';
import type { WrittenSum } from '../views/written/sum.ts';
import type { CallRow } from '../views/calls/rows.ts';
import type { SignalRow } from '../views/signals/rows.ts';
import type { Found } from '../views/conversations/found.ts';
import type { ConversationRow } from '../views/conversations/rows.ts';
import type { Line } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import type { Pane, Selected } from './bindings.ts';
import type { ShownFilter } from './list.ts';
import type { LogLine, PaneName, Toast } from './state.ts';
import type { ListState } from '../widgets/list.ts';

/** The props of every pane. A pane knows no store: the same props give the same picture. */

/** Common to all: the moment that is shown, the screen's idea of now, and the appearance. */
export type ViewProps = {
  readonly view: EngineView;
  /** Countdowns and ages are counted to this; while the screen is frozen, to the frozen moment (`view.at`). */
  readonly now: Ms;
  readonly theme: Theme;
};

/** A bordered pane: `width` and `height` in cells, borders included. */
export type PaneProps = ViewProps & {
  readonly width: number;
  readonly height: number;
  readonly focused: boolean;
  /** The key that leads to it, for its title. */
  readonly hotkey?: string | undefined;
  /** It is alone on the screen: there is room for more than rows. */
  readonly whole?: boolean;
  /** The chosen order, where it is another than the usual one. */
  readonly order?: string | undefined;
  /** The name of the usual order. */
  readonly usual?: string | undefined;
  /** The filter of this pane's rows; null where nothing does. Its text stands in the border. */
  readonly filter: ShownFilter | null;
};

/** A pane with a list. `rows` are in the order in which they are drawn and already filtered. */
export type ListPaneProps<Row> = PaneProps & { readonly rows: readonly Row[]; readonly list: ListState };

/** `rows` come from `conversationRows`: trouble first. */
export type ConversationsProps = ListPaneProps<ConversationRow> & {
  /** A search in the texts of all conversations that narrows them. */
  readonly found?: Found | null;
  /** The records left unread because they are old, in short and at length; null where there are none. */
  readonly older?: { readonly note: string; readonly text: string } | null;
};

/** `rows`: the calls of `conversation` with the marks between them, oldest first; the newest is at the bottom while `follow` holds. */
export type CallsProps = ListPaneProps<CallRow> & {
  readonly conversation: ConversationView | null;
  readonly follow: boolean;
  /** A filter hides the selected conversation. */
  readonly isOutside?: boolean;
  /** The files that the session's tools wrote, as far as its records were read. */
  readonly written?: WrittenSum;
};

/** `rows` come from `agentRows`: trouble first. */
export type AgentsProps = ListPaneProps<AgentRow>;

/** `rows` come from `signalRows`: what is open first, then what is past. */
export type SignalsProps = ListPaneProps<SignalRow> & {
  /** Events after this time are new: when a key was last pressed. */
  readonly newSince?: Ms;
};

/** `rows` come from `workspacesInOrder`: what is about to act first. */
export type WorkspacesProps = ListPaneProps<WorkspaceView>;

/** All about what is selected in the pane that has the focus; `workspace`: the path of its workspace, null for none. */
export type DetailsProps = ViewProps & {
  readonly width: number;
  readonly height: number;
  readonly focus: PaneName;
  readonly selected: Selected;
  readonly workspace: string | null;
  readonly agent: AgentDetail | null;
};

/** One line. */
export type LineProps = ViewProps & { readonly width: number };

/** The news since the screen was frozen; null while it is live. */
export type Frozen = {
  readonly calls: number;
  readonly signals: number;
  /** Since when it is frozen. */
  readonly at?: Ms;
};
/** `filters`: what narrows lists that are out of sight, as text. */
export type HeaderProps = LineProps & { readonly frozen: Frozen | null; readonly filters?: readonly string[] };

/** The line above the footer shows the most urgent of: leaving, toast, what is wrong, the newest log line. */
export type StatusProps = LineProps & {
  readonly leaving: string | null;
  readonly toast: Toast | null;
  readonly log: LogLine | null;
  /** The effects of the question in the last line. */
  readonly asked?: readonly string[];
};

/** A line that explains what happens, above the status line. */
export type CaptionProps = LineProps & { readonly caption: string };

/** Below 100 columns: which pane is shown, by number key, with what each of the others holds. */
export type TabsProps = LineProps & {
  readonly panes: readonly Pick<Pane, 'name' | 'hotkey' | 'tab' | 'badge' | 'isThere'>[];
  /** The view that the screen shows. */
  readonly shown: PaneName;
  /** The panes that are narrowed, with how many rows are left. */
  readonly left?: Readonly<Partial<Record<PaneName, number>>>;
};

/** Above a single pane: what is wrong and what is about to act, in one line. */
export type AlarmProps = LineProps;

/** `label` is what the key will do if pressed now, `brief` the same briefly. */
export type KeyHint = { readonly key: string; readonly label: string; readonly brief: string };

/** `left`: a question or a text that is typed, instead of hints. Hints are left out from the end; the ways out stay (`keep`). */
export type FooterProps = {
  readonly width: number;
  readonly theme: Theme;
  readonly left: Line;
  readonly hints: readonly KeyHint[];
  readonly keep: readonly KeyHint[];
  /** The number of the first hints that are named, briefly if need be, before any of them is named in full. */
  readonly least?: number;
};

/** Below 60×15: everything in one line. `open`: what lies over the panes, by its name; null for nothing. */
export type TooSmallProps = LineProps &
  Pick<StatusProps, 'leaving' | 'toast' | 'log'> & { readonly open: string | null };
