/**
 * Moments: what an agent's records tell of ahead of what it leads to. A policy may take a checkpoint then. They never
 * promise to precede anything: a record is read when it was written, and what it tells of may have begun.
 */
import type { Cause } from './reasons.ts';
import type { Ms } from './units.ts';

/** Types of signals that are raised of moments alone. */
export const MOMENTS = ['turn_start', 'risky_tool', 'compaction_near'] as const;

export type MomentType = (typeof MOMENTS)[number];

/** A moment of a conversation. */
export type Moment = {
  readonly type: MomentType;
  /** Its identity among those of its type: the same after a restart. */
  readonly key: string;
  readonly agent: string;
  readonly conversationId: string;
  readonly sessionId: string;
  readonly at: Ms;
  readonly cause: Cause & { readonly code: MomentType };
};

/** A moment that was recorded longer ago is no longer ahead of anything, ms. */
export const MOMENT_FRESH_MS = 60_000;

/** Returns true for a type that is raised of moments alone. */
export function isMoment(type: string): type is MomentType {
  return MOMENTS.some((one) => one === type);
}
