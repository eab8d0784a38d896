import type { SourceUri } from '../../sources.ts';
import type { Ms } from '../../units.ts';
import type { AgentView } from '../types.ts';

/** An agent or a conversation is active so long after a call has ended, ms. */
export const ACTIVE_MS = 60_000;
/** A stamp that is further ahead of the clock than this tells nothing, ms: so little the two clocks may read apart. */
export const AHEAD_MS = 5_000;

export type Activity = 'active' | 'idle' | 'unknown';

/**
 * Returns the activity of an agent as far as the feed shows it: `active` if a call ended within 60 s before `now`,
 * `unknown` while every source that reports it is among the `lost`, else `idle`.
 */
export function agentActivity(
  agent: Pick<AgentView, 'sources' | 'lastEndAt'>,
  now: Ms,
  lost: ReadonlySet<SourceUri>,
): Activity {
  if (agent.sources.length > 0 && agent.sources.every((uri) => lost.has(uri))) return 'unknown';
  return isWithin(agent.lastEndAt, now, ACTIVE_MS) ? 'active' : 'idle';
}

/** Returns true if a stamp lies at most `ms` before `now`. One in the future never does. */
export function isWithin(stamp: Ms | null, now: Ms, ms: Ms = ACTIVE_MS): boolean {
  return stamp !== null && now - stamp <= ms && !isAhead(stamp, now);
}

/** Returns true for a stamp in the future: the feed's clock runs ahead of ours, or ours was set back. */
export function isAhead(stamp: Ms, now: Ms): boolean {
  return stamp - now > AHEAD_MS;
}
