/** The outcomes of the latest calls of a group: an agent or a conversation whose calls fail is in trouble however it got there. */
import type { Call } from '../../calls.ts';
import type { Ms } from '../../units.ts';
import type { AgentView } from '../types.ts';
import { isFailed } from './totals.ts';

/**
 * The outcomes of finished calls in order of end time, each as one number: twice the µs at which it ended, and one more
 * where it failed. There are thousands of groups, and a number takes a tenth of an object's room.
 */
export type Outcomes = number[];

/** Outcomes kept of a group: some more than are looked at, so that a revised call does not shorten the row. */
export const MAX_OUTCOMES = 32;

/** Files a finished call; the oldest makes room. A pending one has no outcome. */
export function addOutcome(outcomes: Outcomes, call: Call): void {
  const outcome = outcomeOf(call);
  if (outcome === null) return;
  let index = outcomes.length;
  while (index > 0 && (outcomes[index - 1] ?? 0) > outcome) index -= 1;
  const isFull = outcomes.length >= MAX_OUTCOMES;
  if (isFull && index === 0) return;
  outcomes.splice(index, 0, outcome);
  if (isFull) outcomes.shift();
}

/** Files the ends of calls that succeeded, as many as there is room for. */
export function addSuccesses(outcomes: Outcomes, ends: readonly (readonly [endMs: Ms, endRest: number])[]): void {
  const [last] = ends.slice(-1);
  if (last === undefined) return;
  // Mostly all of them are older than those that are kept.
  const isFull = outcomes.length >= MAX_OUTCOMES;
  if (isFull && outcomeAt(last) <= (outcomes[0] ?? 0)) return;
  for (const end of ends) outcomes.push(outcomeAt(end));
  outcomes.sort((a, b) => a - b);
  outcomes.splice(0, outcomes.length - MAX_OUTCOMES);
}

function outcomeAt([endMs, endRest]: readonly [endMs: Ms, endRest: number]): number {
  return (endMs * US_PER_MS + Math.floor(endRest / NS_PER_US)) * 2;
}

const US_PER_MS = 1_000;
const NS_PER_US = 1_000;

/** Takes a call's outcome out again, as it was filed. */
export function dropOutcome(outcomes: Outcomes, call: Call): void {
  const outcome = outcomeOf(call);
  const index = outcome === null ? -1 : outcomes.lastIndexOf(outcome);
  if (index !== -1) outcomes.splice(index, 1);
}

/** The outcomes as views tell them. */
export type OutcomesView = Pick<AgentView, 'lately' | 'failedAt' | 'succeededAt'>;

/** Shared by the many groups in which nothing fails. */
const NONE: readonly Ms[] = [];

/** No outcome is known. */
export const NO_OUTCOMES: OutcomesView = { lately: [], failedAt: NONE, succeededAt: null };

/** Returns whether each of the latest finished calls failed, and when, the newest first. */
export function outcomesView(outcomes: Outcomes): OutcomesView {
  const failed = outcomes.filter(isFailure);
  const succeeded = outcomes.findLast((outcome) => !isFailure(outcome));
  return {
    lately: outcomes.map(isFailure).toReversed(),
    failedAt: failed.length === 0 ? NONE : failed.map(endOf).toReversed(),
    succeededAt: succeeded === undefined ? null : endOf(succeeded),
  };
}

function isFailure(outcome: number): boolean {
  return outcome % 2 === 1;
}

function endOf(outcome: number): Ms {
  return Math.floor(outcome / 2 / US_PER_MS);
}

function outcomeOf(call: Call): number | null {
  const { endNs, status } = call;
  if (status === 'pending' || endNs === null) return null;
  return Number(endNs / 1_000n) * 2 + (isFailed(call) ? 1 : 0);
}
