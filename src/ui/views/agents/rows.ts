import type { EngineView, Queries } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import type {
  AgentDetail,
  AgentView,
  MinuteBucket,
  ModelView,
  SummaryPart,
  Totals,
} from '../../../core/model/types.ts';
import type { Order } from '../../app/list.ts';
import { tokens } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { perView } from '../../widgets/memo.ts';
import { activityOf } from '../sources/rows.ts';

/** Rule S4's hour of one agent, as a person reads it. */
export type Uncached = {
  readonly tone: Tone;
  /** How full the hour is, 0…1; null where there is no hour. */
  readonly ratio: number | null;
  readonly amount: string;
  /** What is wrong; empty while nothing is. */
  readonly warning: string;
};

/** Agents that spend without a cache first, then active before idle, then by name: rows that do not jump. */
export const agentsInOrder: (view: EngineView) => readonly AgentView[] = perView((view) => {
  const rank = (agent: AgentView): number => {
    if (isOver(view, agent, view.at)) return 0;
    return activityOf(view, agent.name, view.at) === 'active' ? 1 : 2;
  };
  const ranked = view.model.agents.map((agent) => ({ agent, rank: rank(agent) }));
  ranked.sort((a, b) => a.rank - b.rank || (a.agent.name < b.agent.name ? -1 : 1));
  return ranked.map(({ agent }) => agent);
});

/** The hour of uncached input that is filling, and whether it is full. */
export function uncachedOf(view: EngineView, agent: AgentView, now: Ms): Uncached {
  const window = liveWindow(view, agent, now);
  if (window === null) return { tone: 'dim', ratio: null, amount: '', warning: '' };
  const { inputTokens, cacheSeen, cacheReported } = window;
  if (cacheSeen) return { tone: 'dim', ratio: null, amount: `${tokens(inputTokens)} in, cache in use`, warning: '' };
  const limit = view.advisory.inputTokens;
  const isFull = inputTokens >= limit;
  return {
    tone: isFull ? 'warning' : 'plain',
    ratio: inputTokens / Math.max(1, limit),
    amount: isFull ? tokens(inputTokens) : `${tokens(inputTokens)}/${tokens(limit)}`,
    warning: isFull ? (cacheReported ? 'no prompt caching' : 'cache not reported') : '',
  };
}

/** Tokens by the minute up to now, so that the columns of all agents stand for the same minutes. */
export function minutesUntil(spending: AgentView['spending'], now: Ms): readonly number[] {
  if (spending === null) return [];
  const passed = Math.max(0, Math.floor((now - spending.newestAt) / MINUTE_MS));
  return [...spending.tokens, ...Array.from({ length: Math.min(passed, MAX_PASSED) }, () => 0)];
}

const MINUTE_MS = 60_000;
/** Minutes without a call that are told of: an hour. */
const MAX_PASSED = 60;

function isOver(view: EngineView, agent: AgentView, now: Ms): boolean {
  const window = liveWindow(view, agent, now);
  return window !== null && !window.cacheSeen && window.inputTokens >= view.advisory.inputTokens;
}

// An hour that is over stands in the model until the next call begins another one.
function liveWindow({ advisory }: EngineView, { window }: AgentView, now: Ms): AgentView['window'] {
  return window !== null && now - window.startedAt <= advisory.windowMs ? window : null;
}

/** A meter over time: its numbers by the minute, oldest first; null where nothing is known of a minute. */
export type Meter = {
  readonly name: string;
  readonly unit: 'count' | 'share';
  readonly values: readonly (number | null)[];
  readonly isBad: boolean;
};

const known = new WeakMap<ModelView, Map<string, AgentDetail | null>>();

/** More of an agent than its row; asked once of each moment of the model, for it goes over all calls that are held. */
export function detailOf(queries: Pick<Queries, 'agent'>, model: ModelView, agent: string): AgentDetail | null {
  const made = known.get(model) ?? new Map<string, AgentDetail | null>();
  known.set(model, made);
  if (!made.has(agent)) made.set(agent, queries.agent(agent));
  return made.get(agent) ?? null;
}

/** An agent's meters over its last hour. */
export function metersOf({ minutes }: AgentDetail): readonly Meter[] {
  const counts = (name: string, valueOf: (minute: MinuteBucket) => number, isBad = false): Meter => {
    return { name, unit: 'count', values: minutes.map(valueOf), isBad };
  };
  return [
    counts('tokens in', ({ promptTokens }) => promptTokens),
    counts('tokens out', ({ outputTokens }) => outputTokens),
    {
      name: 'cached',
      unit: 'share',
      values: minutes.map(({ promptTokens, cacheReadTokens }) =>
        promptTokens > 0 ? Math.min(1, cacheReadTokens / promptTokens) : null,
      ),
      isBad: false,
    },
    counts('calls', ({ calls }) => calls),
    counts('failed', ({ failed }) => failed, true),
  ];
}

/** How many of the calls are known by a summary only, in words. */
export function summaryWords(summary: SummaryPart | null): string {
  return summary === null ? '' : `, ${summary.calls} of them by summary`;
}

/** Orders of everything that has totals. */
export const BY_TOTALS: readonly Order<{ readonly totals: Totals }>[] = [
  { name: 'calls', compare: (a, b) => b.totals.calls - a.totals.calls },
  { name: 'failures', compare: (a, b) => b.totals.failed - a.totals.failed },
  { name: 'tokens in', compare: (a, b) => b.totals.promptTokens - a.totals.promptTokens },
  { name: 'tokens out', compare: (a, b) => b.totals.outputTokens - a.totals.outputTokens },
  // The worst first; an unknown ratio comes last.
  { name: 'cache', compare: (a, b) => (a.totals.cacheRatio ?? 2) - (b.totals.cacheRatio ?? 2) },
];
