import type { Call } from '../../core/calls.ts';
import type { FactEvent, SummaryEvent } from '../../core/feed.ts';
import { type Ms, msToNs, nsToMs } from '../../core/units.ts';
import { createModel } from '../../core/model/model.ts';
import type { ConversationView, Model, ModelView } from '../../core/model/types.ts';

/**
 * The part of what we know that began or occurred at `from` or later: sums over the calls that began since. The S4
 * window stays that of the whole history, which alone knows when it began.
 */
export function keepSince(
  whole: ModelView,
  calls: (conversationId: string | null) => readonly Call[],
  from: Ms,
): Pick<ModelView, 'agents' | 'conversations' | 'interruptions' | 'advisories'> {
  const model = createModel({ advisory: { windowMs: 0, inputTokens: Infinity }, evict: false });
  const ids = [null, ...whole.conversations.map(({ conversationId }) => conversationId)];
  const recent = ids.flatMap((id) => calls(id).filter(({ startNs }) => nsToMs(startNs) >= from));
  const interruptions = whole.interruptions.filter(({ occurredNs }) => nsToMs(occurredNs) >= from);
  replay(model, [
    ...recent.map((call) => ({ type: 'call' as const, call })),
    ...interruptions.map((interruption) => ({ type: 'interruption' as const, interruption })),
  ]);
  // How much of a summary lies within the time, nobody knows: it counts where all of it does.
  for (const row of whole.conversations) {
    if (row.summary !== null && (row.firstCallAt ?? -Infinity) >= from) model.apply('since', summaryOf(row), 0);
  }
  const told = new Map(whole.conversations.map(({ conversationId, sources }) => [conversationId, sources]));
  const known = new Map(whole.agents.map((agent) => [agent.agent, agent]));
  return {
    agents: model.agents().map((agent) => {
      const { sources = agent.sources, window = null } = known.get(agent.agent) ?? {};
      return { ...agent, sources, window };
    }),
    conversations: model.conversations().map((row) => {
      return { ...row, sources: told.get(row.conversationId) ?? row.sources };
    }),
    interruptions,
    advisories: whole.advisories.filter(({ at }) => at >= from),
  };
}

function replay(model: Model, events: readonly DistributiveOmit<FactEvent, 'record' | 'arrival'>[]): void {
  for (const [place, event] of events.entries())
    model.apply('since', { ...event, record: `${place}`, arrival: 'historical' }, 0);
}

function summaryOf(row: ConversationView): SummaryEvent {
  const { conversationId, sessionId, agent, models, userQuery, firstCallAt, lastCallAt, totals } = row;
  const { calls, inputTokens, outputTokens } = totals;
  const startNs = msToNs(firstCallAt ?? 0);
  const endNs = lastCallAt === null ? null : msToNs(lastCallAt);
  const names = { conversationId, sessionId, agent, model: models[0] ?? null, userQuery };
  return { type: 'summary', conversationId, summary: { ...names, calls, inputTokens, outputTokens, startNs, endNs } };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
