import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { HoldRef } from '../../app/state.ts';
import type { Ms } from '../../../core/units.ts';
import { left } from '../../render/values.ts';

/** A choice of one of several holds. `holds` were there when it was opened; a hold that is over stays in its place. */
export type HoldChoice = {
  readonly action: 'veto' | 'fire';
  readonly holds: readonly HoldRef[];
  readonly selected: HoldRef | null;
};

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly holds: { readonly choice: HoldChoice };
  }
}

/** Returns every hold, the one that fires first leading. */
export function holdsOf({ workspaces }: Pick<EngineView, 'workspaces'>): readonly HoldRef[] {
  return workspaces
    .flatMap(({ path: workspace, hold }) => (hold === null ? [] : [{ workspace, ...hold }]))
    .toSorted((a, b) => a.endsAt - b.endsAt)
    .map(({ workspace, startedMono }) => ({ workspace, startedMono }));
}

/** Returns the workspace of a hold; null once that hold has ended, even if another one began there. */
export function heldBy({ workspaces }: Pick<EngineView, 'workspaces'>, ref: HoldRef): WorkspaceView | null {
  return (
    workspaces.find(({ path: workspace, hold }) => hold !== null && isSameHold({ workspace, ...hold }, ref)) ?? null
  );
}

/** Returns the holds of a choice that are still held: those it was opened with, then later ones. */
export function choicesOf({ holds }: HoldChoice, view: Pick<EngineView, 'workspaces'>): readonly HoldRef[] {
  const known = holds.filter((hold) => heldBy(view, hold) !== null);
  return [...known, ...holdsOf(view).filter((one) => !known.some((hold) => isSameHold(hold, one)))];
}

export function isSameHold(one: HoldRef, other: HoldRef): boolean {
  return one.workspace === other.workspace && one.startedMono === other.startedMono;
}

/** Returns when a held checkpoint fires. */
export function fires({ hold }: WorkspaceView, now: Ms): string {
  return due(hold?.endsAt ?? 0, now);
}

/** Returns how long a held checkpoint is still held. */
export function leftOf({ hold }: WorkspaceView, now: Ms): string {
  return left(hold?.endsAt ?? 0, now);
}

function due(endsAt: Ms, now: Ms): string {
  return endsAt > now ? `fires in ${left(endsAt, now)}` : 'due now';
}
