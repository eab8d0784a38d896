/**
 * The summary of a host: its view without texts and histories, and with the rows that matter first. It has the form of a
 * view, so that a console checks, merges and shows it as one; a row that did not change keeps its reference, so that a
 * patch costs what changed.
 */
import { troubleOf } from '../../core/model/meters/trouble.ts';
import type { AgentView, ConversationView, FleetView, Totals } from '../../core/model/types.ts';
import type { Interruption } from '../../core/interruptions.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { once } from './content.ts';
import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';

/** Rows of each list, at most: what a console of many hosts shows of one. */
const MOST = {
  conversations: 60,
  agents: 60,
  signals: 60,
  interruptions: 60,
  workspaces: 64,
  sources: 32,
  silences: 64,
};
/** Longest text of an error, UTF-16 units. */
const MAX_TEXT = 120;
const MAX_NAMES = 3;

/** The summary, and what it counts beyond its rows. */
export type Summary = {
  readonly view: EngineView;
  /** Conversations in trouble, and those that wait for a person; the rows hold the first of them. */
  readonly trouble: number;
  readonly waiting: number;
};

const NONE: readonly never[] = [];
const few = (names: readonly string[]): readonly string[] => names.slice(0, MAX_NAMES);
const cut = (text: string): string => text.slice(0, MAX_TEXT);

const agentRow = once<AgentView>((whole) => {
  const { day: _, ...row } = whole;
  return {
    ...row,
    pids: NONE,
    models: few(row.models),
    totals: plainTotals(row.totals),
    recent: null,
    window: null,
    minutes: NONE,
  };
});

const conversationRow = once<ConversationView>((row) => ({
  ...row,
  models: few(row.models),
  totals: plainTotals(row.totals),
  recent: null,
  userQuery: null,
  session: row.session === null ? null : { ...row.session, title: null, cwd: null, quota: NONE },
}));

/** Returns totals without tokens: those change with each call, and would be in each patch. */
export function plainTotals({ calls, failed, pending }: Pick<Totals, 'calls' | 'failed' | 'pending'>): Totals {
  return {
    calls,
    failed,
    pending,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    promptTokens: 0,
    cacheRatio: null,
  };
}

// Money changes with each call, too.
function plainFleet(whole: FleetView): FleetView {
  const { spending: _, ...fleet } = whole;
  return { ...fleet, totals: plainTotals(fleet.totals) };
}

const interruptionRow = once<Interruption>((row) => ({
  ...row,
  detail: {
    ...row.detail,
    callIds: NONE,
    text: cut(row.detail.text),
    error: row.detail.error === null ? null : cut(row.detail.error),
  },
}));

const workspaceRow = once<WorkspaceView>((row) => ({ ...row, snapshots: NONE, rollbacks: NONE }));

const sourceRow = once<SourceView>((row) => ({ ...row, position: null, health: { ...row.health, cursor: null } }));

const signalRow = once<SignalRecord>((record) => {
  const { why: _, ...row } = record;
  return row;
});

/** Returns the summary of a view. */
export function summaryOf(view: EngineView): Summary {
  const { model, signals } = view;
  const shown = signals.slice(0, MOST.signals);
  const ofSignals = new Set(shown.map(({ signal }) => signal.conversationId));
  const named = new Set(shown.map(({ signal }) => signal.interruptionId));
  const { rows, trouble, waiting } = worstFirst(view, ofSignals);
  const conversations = rows.slice(0, MOST.conversations).map(conversationRow);
  const wanted = new Set([...conversations.map(({ agent }) => agent), ...shown.map(({ signal }) => signal.agent)]);
  return {
    trouble,
    waiting,
    view: {
      ...view,
      tried: NONE,
      policy: NONE,
      sources: view.sources.slice(0, MOST.sources).map(sourceRow),
      model: {
        ...model,
        fleet: plainFleet(model.fleet),
        // In the order of their names: one that only moves up would be in each patch.
        agents: byText(
          [...model.agents.filter(({ name }) => wanted.has(name)), ...model.agents].slice(0, MOST.agents),
          ({ name }) => name,
        ).map(agentRow),
        conversations: byText(conversations, ({ conversationId }) => conversationId),
        interruptions: model.interruptions
          .filter(({ interruptionId }) => named.has(interruptionId))
          .slice(0, MOST.interruptions)
          .map(interruptionRow),
        advisories: model.advisories.slice(0, MOST.agents),
      },
      signals: shown.map(signalRow),
      derived: view.derived.slice(0, MOST.interruptions).map(interruptionRow),
      episodes: view.episodes.slice(-MOST.interruptions),
      silences: view.silences.slice(0, MOST.silences),
      workspaces: view.workspaces.slice(0, MOST.workspaces).map(workspaceRow),
      // Each message has the time: in the summary it would be a change by itself.
      at: 0,
      mono: 0,
    },
  };
}

// Those of signals, then what is in trouble or waits, then the most recent ones: the order of the model.
function worstFirst(view: EngineView, ofSignals: ReadonlySet<string | null>) {
  const signalled: ConversationView[] = [];
  const troubled: ConversationView[] = [];
  const others: ConversationView[] = [];
  let trouble = 0;
  let waiting = 0;
  for (const row of view.model.conversations) {
    const kind = troubleOf(row, view.trouble, view.at)?.kind ?? null;
    if (kind === 'waiting') waiting += 1;
    const isSignalled = ofSignals.has(row.conversationId) && row.flags.length > 0;
    if (isSignalled || kind === 'failing' || kind === 'stuck') trouble += 1;
    if (isSignalled) signalled.push(row);
    else if (kind !== null && kind !== 'ended') troubled.push(row);
    else if (others.length < MOST.conversations) others.push(row);
  }
  return { rows: [...signalled, ...troubled, ...others], trouble, waiting };
}

function byText<Row>(rows: readonly Row[], textOf: (row: Row) => string): readonly Row[] {
  return [...new Set(rows)].toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
