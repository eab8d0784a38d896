import type { Questions } from '../../engine/types.ts';
import type { AgentDetail, MinuteBucket, ModelView } from '../../core/model/types.ts';

/** A meter over time: its numbers by the minute, oldest first; null where nothing is known of a minute. */
export type Meter = {
  readonly name: string;
  readonly unit: 'count' | 'share';
  readonly values: readonly (number | null)[];
  readonly isBad: boolean;
};

const known = new WeakMap<ModelView, Map<string, AgentDetail | null>>();

/** More of an agent than its row; asked once of each moment of the model, for it goes over all calls that are held. */
export function detailOf(ask: Pick<Questions, 'agent'>, model: ModelView, agent: string): AgentDetail | null {
  const made = known.get(model) ?? new Map<string, AgentDetail | null>();
  known.set(model, made);
  if (!made.has(agent)) made.set(agent, ask.agent(agent));
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
