import {
  MAX_AGENTS,
  MAX_CALLS,
  MAX_CALLS_PER_CONVERSATION,
  MAX_CONVERSATIONS,
  MAX_INTERRUPTIONS,
  MAX_NAMES_PER_AGENT,
  MAX_SUMMARIES,
} from '../limits.ts';
import type { ModelLimits, ModelOptions } from './types.ts';

/** How much a model may hold: without eviction as much as there is. */
export function limitsOf({ evict, limits }: ModelOptions): ModelLimits {
  return evict ? { ...DEFAULT_LIMITS, ...limits } : NO_LIMITS;
}

const DEFAULT_LIMITS: ModelLimits = {
  calls: MAX_CALLS,
  callsPerConversation: MAX_CALLS_PER_CONVERSATION,
  conversations: MAX_CONVERSATIONS,
  summaries: MAX_SUMMARIES,
  agents: MAX_AGENTS,
  interruptions: MAX_INTERRUPTIONS,
  names: MAX_NAMES_PER_AGENT,
};

const NO_LIMITS: ModelLimits = {
  calls: Infinity,
  callsPerConversation: Infinity,
  conversations: Infinity,
  summaries: Infinity,
  agents: Infinity,
  interruptions: Infinity,
  names: Infinity,
};
