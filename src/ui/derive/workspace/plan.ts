import type { PlanForm } from '../../view/checkpoints.ts';

/** Why Enter does nothing yet; null when it does it. */
export function whyNotYet({ found, running, typed, problem }: PlanForm): string | null {
  if (running) return 'it is being done';
  if (found === null) return problem ?? 'still looking at what it would do';
  const { refusals, confirmation } = found.plan;
  if (refusals.length > 0) return `refused: ${refusals[0] ?? ''}`;
  return typed.trim() === confirmation ? null : `type ${confirmation} first`;
}
