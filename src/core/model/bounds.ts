import * as limits from '../limits.ts';
import type { ModelLimits, ModelOptions } from './types.ts';

/** How much a model may hold: by these limits, or as much as `once` prints. */
export function limitsOf({ evict, limits: given }: ModelOptions): ModelLimits {
  return evict ? { ...LIVE, ...given } : ONCE;
}

const LIVE: ModelLimits = {
  calls: limits.MAX_CALLS,
  callsPerConversation: limits.MAX_CALLS_PER_CONVERSATION,
  callText: limits.MAX_CALL_TEXT,
  conversations: limits.MAX_CONVERSATIONS,
  summaries: limits.MAX_SUMMARIES,
  agents: limits.MAX_AGENTS,
  interruptions: limits.MAX_INTERRUPTIONS,
  interruptionText: limits.MAX_INTERRUPTION_TEXT,
  advisories: limits.MAX_ADVISORIES_PER_AGENT,
  names: limits.MAX_NAMES_PER_AGENT,
};

/** A full collection is cut to three quarters: as many conversations as are printed are left then. */
const ROOM = 4 / 3;

const ONCE: ModelLimits = {
  calls: limits.MAX_ONCE_CALLS,
  callsPerConversation: limits.MAX_ONCE_CALLS,
  callText: limits.MAX_ONCE_TEXT,
  conversations: Math.ceil(limits.MAX_ONCE_CONVERSATIONS * ROOM),
  summaries: limits.MAX_ONCE_CONVERSATIONS,
  agents: limits.MAX_ONCE_AGENTS,
  interruptions: limits.MAX_ONCE_INTERRUPTIONS,
  interruptionText: limits.MAX_ONCE_TEXT,
  advisories: limits.MAX_ONCE_ADVISORIES_PER_AGENT,
  names: limits.MAX_ONCE_NAMES,
};
