import type { Call } from '../../core/calls.ts';
import { type Ms, msToNs } from '../../core/units.ts';
import { callNs } from '../../core/model/time.ts';
import type { EngineView } from '../../engine/types.ts';
import type { AgentDetail } from '../../core/model/types.ts';
import type { SilenceView } from '../../core/reactor/silences/view.ts';
import { counted } from '../render/values.ts';
import type { Context, Queries } from './bindings.ts';
import type { Frozen } from './pane-props.ts';
import type { CallsOf } from './list.ts';
import type { ViewState } from './state.ts';

/** Agents whose details are kept of the frozen moment, at most: each goes over all calls that are held. */
const MAX_AGENTS = 12;

/** Returns what came in since the screen was frozen, and what holds by now. */
export function waitingBehind(frozen: EngineView, live: EngineView): Frozen {
  const lastSeq = frozen.signals[0]?.seq ?? -1;
  return {
    calls: Math.max(0, live.model.fleet.totals.calls - frozen.model.fleet.totals.calls),
    signals: live.signals.filter(({ seq }) => seq > lastSeq).length,
    at: frozen.at,
  };
}

/** `2 calls and 1 signal`: what came in, as text. */
export function waitingText({ calls, signals }: Frozen): string {
  return [counted(calls, 'call'), ...(signals === 0 ? [] : [counted(signals, 'signal')])].join(' and ');
}

/** The moment that is shown: ages and countdowns are reported it. */
export function nowOf({ frozen, now }: Pick<ViewState, 'frozen' | 'now'>): Ms {
  return frozen?.at ?? now;
}

type FrozenQueries = { readonly queries: Queries; readonly calls: CallsOf };

type Memory = {
  readonly calls: Map<string | null, readonly Call[]>;
  readonly agents: Map<string, AgentDetail | null>;
  silences: readonly SilenceView[] | null;
  log: ViewState['log'] | null;
};

const memories = new WeakMap<EngineView, Memory>();

/**
 * Creates the queries of a screen that shows a frozen moment: what was asked once is never asked again, so nothing of it moves.
 * What is looked at first later on is answered as of then, without the calls that ended since.
 */
export function frozenQueries(frozen: EngineView | null, { queries, calls }: FrozenQueries): FrozenQueries {
  if (frozen === null) return { queries, calls };
  const memory = memoryOf(frozen);
  return {
    queries: {
      ...queries,
      agent: (agent) => kept(memory.agents, agent, queries.agent),
      silences: () => (memory.silences ??= queries.silences()),
    },
    calls: (id) => kept(memory.calls, id, (one) => calls(one).filter((call) => endedBy(call, frozen.at))),
  };
}

/** Asks for all that may be looked at, at the moment at which the screen is frozen. */
export function preloadFrozen({ queries, shown, selected, view, listNamed }: Context): void {
  if (view.frozen === null) return;
  memoryOf(view.frozen).log = view.log;
  queries.silences();
  const agents = listNamed('agents')?.ids(shown).slice(0, MAX_AGENTS) ?? [];
  for (const agent of new Set([...agents, ...(selected.agent === null ? [] : [selected.agent.name])]))
    queries.agent(agent);
}

/** The log up to the moment that is shown. */
export function logOf({ frozen, log }: Pick<ViewState, 'frozen' | 'log'>): ViewState['log'] {
  return (frozen === null ? null : memoryOf(frozen).log) ?? log;
}

function memoryOf(frozen: EngineView): Memory {
  const memory = memories.get(frozen) ?? { calls: new Map(), agents: new Map(), silences: null, log: null };
  memories.set(frozen, memory);
  return memory;
}

function kept<K, V>(known: Map<K, V>, key: K, find: (key: K) => V): V {
  const value = known.get(key);
  if (value !== undefined) return value;
  const found = find(key);
  known.set(key, found);
  return found;
}

function endedBy(call: Call, at: Ms): boolean {
  return callNs(call) <= msToNs(at);
}
