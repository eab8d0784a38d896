import type { EngineView, Queries } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { AgentDetail, AgentView, ModelView, SummaryPart, Totals } from '../../../core/model/types.ts';
import type { Order } from '../../app/list.ts';
import { hourOf } from '../../../core/model/meters/hour.ts';
import { byAmount } from '../../../core/model/meters/money.ts';
import { tokens } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import type { Condition } from '../../ladder/conditions.ts';
import { ladderOf } from '../../ladder/ladder.ts';

/** The input that no cache served, in the last hour, as a person reads it. */
export type Uncached = {
  readonly tone: Tone;
  /** The share of rule S4's limit, 0 and more; null where a cache is in use, or there is nothing. */
  readonly ratio: number | null;
  readonly amount: string;
  /** The problem; empty while there is none. */
  readonly warning: string;
};

/** A row of the list: an agent, or all of which nothing is known any more. */
export type AgentRow = {
  /** The agent's name, or that of the group. */
  readonly id: string;
  readonly condition: Condition;
  /** The most recently active of them. */
  readonly agent: AgentView;
  readonly count: number;
  /** `+`: a closed group, `-`: an open one, '' for an agent of its own, ` ` for one within an open group. */
  readonly mark: '+' | '-' | ' ' | '';
};

/** The groups that a person has opened, and the agent that is selected: its group is open too. */
export type OpenedAgents = { readonly groups: ReadonlySet<string>; readonly selectedId: string | null };

/** The id of the one group. */
const UNKNOWN_GROUP = '+ unknown';
const ALL_CLOSED: OpenedAgents = { groups: new Set(), selectedId: null };
const IDLE: Condition = { kind: 'idle', at: -Infinity };

/** Returns the rows in the order of the ladder; those of which nothing is known are one row. */
export function agentRows(view: EngineView, now: Ms, opened: OpenedAgents = ALL_CLOSED): readonly AgentRow[] {
  const { agents, agentRows: ordered } = ladderOf(view, now);
  const rows = ordered.map((agent): AgentRow => {
    return { id: agent.name, condition: agents.get(agent.name) ?? IDLE, agent, count: 1, mark: '' };
  });
  const unknown = rows.filter(({ condition }) => condition.kind === 'unknown');
  const [first, ...others] = unknown;
  if (first === undefined || others.length === 0) return rows;
  const isOpen = opened.groups.has(UNKNOWN_GROUP) || unknown.some(({ id }) => id === opened.selectedId);
  const condition: Condition = { kind: 'unknown', agents: unknown.length, at: first.condition.at };
  const group: AgentRow = { ...first, id: UNKNOWN_GROUP, condition, count: unknown.length, mark: isOpen ? '-' : '+' };
  const within = isOpen ? unknown.map((row): AgentRow => ({ ...row, mark: ' ' })) : [];
  return rows.flatMap((row) => (row === first ? [group, ...within] : row.condition.kind === 'unknown' ? [] : [row]));
}

/** The input of the last hour that no cache served. It slides; the advisory goes by rule S4's window, which begins anew. */
export function uncachedOf(view: EngineView, agent: AgentView, now: Ms): Uncached {
  const { inputTokens, cacheReadTokens, cacheCreationTokens, cacheReported } = hourOf(agent, now);
  if (inputTokens === 0) return { tone: 'dim', ratio: null, amount: '', warning: '' };
  if (cacheReadTokens + cacheCreationTokens > 0)
    return { tone: 'dim', ratio: null, amount: `${tokens(inputTokens)} in, cache in use`, warning: '' };
  const limit = view.advisory.inputTokens;
  const isFull = inputTokens >= limit;
  return {
    // A provider that reports no cache is no fault.
    tone: isFull && cacheReported ? 'warning' : 'plain',
    ratio: inputTokens / Math.max(1, limit),
    amount: isFull ? tokens(inputTokens) : `${tokens(inputTokens)}/${tokens(limit)}`,
    warning: isFull ? (cacheReported ? 'no prompt caching' : 'cache not reported') : '',
  };
}

const known = new WeakMap<ModelView, Map<string, AgentDetail | null>>();

/** More of an agent than its row; asked once of each moment of the model, for it goes over all calls that are held. */
export function detailOf(queries: Pick<Queries, 'agent'>, model: ModelView, agent: string): AgentDetail | null {
  const made = known.get(model) ?? new Map<string, AgentDetail | null>();
  known.set(model, made);
  if (!made.has(agent)) made.set(agent, queries.agent(agent));
  return made.get(agent) ?? null;
}

/** Returns how many of the calls are known by a summary only, as text. */
export function summaryText(summary: SummaryPart | null): string {
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
  { name: 'cost', compare: (a, b) => byAmount(a.totals.cost?.pico ?? -1n, b.totals.cost?.pico ?? -1n) },
];
