import type { Call, FeedEvent, Ms } from '../../core/events.ts';
import { createModel } from '../../core/model/model.ts';
import { nsToMs } from '../../core/model/time.ts';
import type { Model, ModelView } from '../../core/model/types.ts';

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
  const known = new Map(whole.agents.map((agent) => [agent.agent, agent]));
  return {
    agents: model.agents().map((agent) => {
      const { sources = agent.sources, window = null } = known.get(agent.agent) ?? {};
      return { ...agent, sources, window };
    }),
    conversations: model.conversations(),
    interruptions,
    advisories: whole.advisories.filter(({ at }) => at >= from),
  };
}

function replay(model: Model, events: readonly DistributiveOmit<FeedEvent, 'record' | 'arrival'>[]): void {
  for (const [place, event] of events.entries())
    model.apply('since', { ...event, record: `${place}`, arrival: 'historical' }, 0);
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
