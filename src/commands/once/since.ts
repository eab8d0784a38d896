import type { FactEvent, FeedEvent, SummaryEvent } from '../../core/feed.ts';
import type { Pricer } from '../../core/model/types.ts';
import type { SourceUri } from '../../core/sources.ts';
import { type Ms, msToNs, nsToMs } from '../../core/units.ts';
import { createModel } from '../../core/model/model.ts';
import type { ConversationView, Model, ModelView } from '../../core/model/types.ts';

/**
 * A model of what began or occurred at a time or later. It is filled beside the whole one, while the sources are read:
 * of a long history neither keeps every call.
 */
export type SinceModel = {
  readonly take: (source: SourceUri, event: FeedEvent) => void;
  /**
   * The part of `whole` within the time: sums over the calls that began since. The S4 window, the day and the last hour stay
   * those of the whole history, which alone knows when they began.
   */
  readonly keep: (whole: ModelView) => Pick<ModelView, 'agents' | 'conversations' | 'interruptions' | 'advisories'>;
  /** The number of conversations that were too many to be kept. */
  readonly evicted: () => number;
};

/** An empty one, from this time on. */
export function sinceModel(from: Ms, pricer?: Pricer): SinceModel {
  const advisory = { windowMs: 0, inputTokens: Infinity };
  const model = createModel({ advisory, evict: false, ...(pricer && { pricer }) });
  return {
    take: (source, event) => {
      if (event.type === 'session' || event.type === 'withdrawn' || event.type === 'past')
        return void model.apply(source, event, 0);
      if (event.type !== 'summary' && event.type !== 'moment' && timeOf(event) >= from)
        model.apply(source, { ...event, arrival: 'historical' }, 0);
    },
    keep: (whole) => keep(model, whole, from),
    evicted: () => model.fleet().evicted.conversations,
  };
}

function keep(model: Model, whole: ModelView, from: Ms): ReturnType<SinceModel['keep']> {
  // How much of a summary lies within the time is not known: it counts if all of it does.
  for (const row of whole.conversations) {
    if (row.summary !== null && (row.firstCallAt ?? -Infinity) >= from) model.apply('since', summaryOf(row), 0);
  }
  const rows = new Map(whole.conversations.map((row) => [row.conversationId, row]));
  // A session without a call since then has to have been written since.
  const isWithin = ({ totals, session }: ConversationView): boolean =>
    totals.calls > 0 || (session?.lastAt ?? from) >= from;
  const known = new Map(whole.agents.map((agent) => [agent.name, agent]));
  return {
    agents: model.agents().map((agent) => {
      const { sources = agent.sources, window = null, day, minutes = [] } = known.get(agent.name) ?? {};
      const { day: _, ...since } = agent;
      return { ...since, sources, window, minutes, ...(day && { day }) };
    }),
    conversations: model
      .conversations()
      .filter(isWithin)
      .map((row) => {
        const { sources = row.sources, day, minutes } = rows.get(row.conversationId) ?? {};
        const { day: _, minutes: __, ...since } = row;
        return { ...since, sources, ...(day && { day }), ...(minutes && { minutes }) };
      }),
    interruptions: whole.interruptions.filter(({ occurredNs }) => nsToMs(occurredNs) >= from),
    advisories: whole.advisories.filter(({ at }) => at >= from),
  };
}

function timeOf(event: FactEvent): Ms {
  return nsToMs(event.type === 'call' ? event.call.startNs : event.interruption.occurredNs);
}

function summaryOf(row: ConversationView): SummaryEvent {
  const { conversationId, sessionId, agent, models, userQuery, firstCallAt, lastCallAt, totals } = row;
  const { calls, inputTokens, outputTokens } = totals;
  const startNs = msToNs(firstCallAt ?? 0);
  const endNs = lastCallAt === null ? null : msToNs(lastCallAt);
  const names = { conversationId, sessionId, agent, model: models[0] ?? null, userQuery };
  return { type: 'summary', conversationId, summary: { ...names, calls, inputTokens, outputTokens, startNs, endNs } };
}
