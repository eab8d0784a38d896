import type { Ms, SourceUri } from '../../events.ts';
import type { AgentView } from '../types.ts';

const ACTIVE_MS = 60_000;

export type Activity = 'active' | 'idle' | 'unknown';

/**
 * What an agent is doing as far as the feed can tell: `active` when a call of its ended within 60 s before `now`,
 * `unknown` while every source that reports it is among the `lost`, else `idle`.
 */
export function agentActivity(
  agent: Pick<AgentView, 'sources' | 'lastEndAt'>,
  now: Ms,
  lost: ReadonlySet<SourceUri>,
): Activity {
  if (agent.sources.length > 0 && agent.sources.every((uri) => lost.has(uri))) return 'unknown';
  // A feed's clock may be ahead of ours: a call that ends in the future has just ended.
  return agent.lastEndAt !== null && now - agent.lastEndAt <= ACTIVE_MS ? 'active' : 'idle';
}
