/**
 * The summary of a host: its view without texts and histories, and with the rows that matter first. It has the form of a
 * view, so that a console checks, merges and shows it as one; a row that did not change keeps its reference, so that a
 * patch costs what changed.
 */
import * as z from 'zod';
import { type BudgetView, shareOf } from '../../core/budgets.ts';
import { type Figures, figuresOf } from '../../core/model/meters/figures.ts';
import { MONEY_BASES, isOnPlan } from '../../core/model/meters/money.ts';
import type { AgentView, ConversationView, Cost, FleetView, Totals } from '../../core/model/types.ts';
import type { Interruption } from '../../core/interruptions.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { once } from './content.ts';
import type { Ms } from '../../core/units.ts';
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
  budgets: 16,
  paused: 32,
};
/** Longest text of an error, UTF-16 units. */
const MAX_TEXT = 120;
const MAX_NAMES = 3;

/** A cent, picodollars: amounts of rows change by no less, so that most calls change none. */
const CENT = 10_000_000_000n;

/** Tokens of an agent's uncached hour change by no less, likewise. */
const TOKEN_STEP = 10_000;

/** Returns the trouble in a view at a time, as its screen would show it. */
export type Triage = (
  view: EngineView,
  now: Ms,
) => {
  /** All that is wrong, and conversations that wait for a person. */
  readonly trouble: number;
  readonly waiting: number;
  /** The conversations that stand out, the worst first. */
  readonly worst: readonly ConversationView[];
};

/** The summary, and what it counts beyond its rows. */
export type Summary = {
  readonly view: EngineView;
  readonly trouble: number;
  readonly waiting: number;
  readonly figures: Figures;
};

const money = z.object({
  pico: z.bigint(),
  basis: z.enum(MONEY_BASES),
  unpriced: z.number(),
  isAtLeast: z.boolean(),
});
const tokenSum = z.number().default(0);

/** The figures of a summary, as a console takes them. */
export const figuresSchema: z.ZodType<Figures | null> = z
  .object({
    hour: money.nullable(),
    today: money.extend({ at: z.number(), endsAt: z.number() }).nullable(),
    total: money.nullable(),
    tokens: z.object({
      inputTokens: tokenSum,
      outputTokens: tokenSum,
      cacheReadTokens: tokenSum,
      cacheCreationTokens: tokenSum,
      promptTokens: tokenSum,
    }),
  })
  .nullable()
  .catch(null);

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
    window: coarsely(row.window),
    minutes: NONE,
    lately: failuresOf(row),
  };
});

// Where none of the latest calls has failed, their number tells nothing, and changes with each.
function failuresOf({ lately, failedAt }: Pick<AgentView, 'lately' | 'failedAt'>): readonly boolean[] {
  return failedAt.length === 0 ? NONE : lately;
}

// Only an hour without any cache is worth an advisory, and how full it is changes with each call.
function coarsely(window: AgentView['window']): AgentView['window'] {
  if (window === null || window.cacheSeen) return null;
  return { ...window, inputTokens: Math.floor(window.inputTokens / TOKEN_STEP) * TOKEN_STEP };
}

const conversationRow = once<ConversationView>((whole) => {
  const { day: _, minutes: __, ...row } = whole;
  return {
    ...row,
    models: few(row.models),
    totals: { ...plainTotals(row.totals), ...(row.totals.cost && { cost: inCents(row.totals.cost) }) },
    recent: null,
    userQuery: null,
    session: row.session === null ? null : { ...row.session, title: null, cwd: null, quota: planOf(row) },
  };
});

// How many calls have a price changes with each; that there are some tells the basis.
function inCents({ pico, priced, unpriced }: Cost): Cost {
  const cents = (pico / CENT) * CENT;
  return { pico: pico > 0n && cents === 0n ? 1n : cents, priced: Math.min(1, priced), unpriced: Math.min(1, unpriced) };
}

const ON_PLAN = [{ name: 'plan', usedPercent: 0, windowMinutes: null, resetsAt: null }] as const;

// That there is a plan tells the basis of its money; how full it is changes with each call.
function planOf(row: ConversationView) {
  return isOnPlan(row, NONE) ? ON_PLAN : NONE;
}

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

// In whole percent: what is spent changes with each call, and would be in each patch.
const budgetRow = once<BudgetView>((row) => ({
  ...row,
  spent: (row.limit * BigInt(Math.floor(shareOf(row) * PERCENT))) / BigInt(PERCENT),
  unknown: 0,
}));

const PERCENT = 100;

const workspaceRow = once<WorkspaceView>((whole) => {
  // What is spent changes with each call.
  const { spent: _, ...row } = whole;
  return { ...row, snapshots: NONE, rollbacks: NONE };
});

const sourceRow = once<SourceView>((row) => ({ ...row, position: null, health: { ...row.health, cursor: null } }));

const signalRow = once<SignalRecord>((record) => {
  const { why: _, ...row } = record;
  return row;
});

/** Returns the summary of a view; `figures`: those of a moment ago, where they are not to be counted again. */
export function summaryOf(view: EngineView, triage: Triage, figures: Figures | null = null): Summary {
  // Money changes with each call.
  const { elsewhere: _, ...local } = view;
  const { model, signals } = view;
  const shown = signals.slice(0, MOST.signals);
  const named = new Set(shown.map(({ signal }) => signal.interruptionId));
  const { trouble, waiting, worst } = triage(view, view.at);
  const conversations = worstFirst(model.conversations, worst).map(conversationRow);
  const wanted = new Set([...conversations.map(({ agent }) => agent), ...shown.map(({ signal }) => signal.agent)]);
  return {
    trouble,
    waiting,
    figures: figures ?? figuresOf(view),
    view: {
      ...local,
      tried: NONE,
      policy: NONE,
      sources: view.sources.slice(0, MOST.sources).map(sourceRow),
      model: {
        ...model,
        version: 0,
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
      ...(view.pausing && { pausing: { ...view.pausing, paused: view.pausing.paused.slice(0, MOST.paused) } }),
      budgets: view.budgets
        .filter(({ level }) => level !== 'none')
        .slice(0, MOST.budgets)
        .map(budgetRow),
      silences: view.silences.slice(0, MOST.silences),
      workspaces: view.workspaces.slice(0, MOST.workspaces).map(workspaceRow),
      // Each message has the time: in the summary it would be a change by itself.
      at: 0,
      mono: 0,
    },
  };
}

// Those that stand out, then the most recent ones, which is the order of the model: as many as are sent.
function worstFirst(
  conversations: readonly ConversationView[],
  worst: readonly ConversationView[],
): readonly ConversationView[] {
  const rows = new Set(worst.slice(0, MOST.conversations));
  for (const row of conversations) {
    if (rows.size >= MOST.conversations) break;
    rows.add(row);
  }
  return [...rows];
}

function byText<Row>(rows: readonly Row[], textOf: (row: Row) => string): readonly Row[] {
  return [...new Set(rows)].toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
