import { isRepinnable } from '../../core/folder.ts';
import type { PlanEffect, PlanWarning } from '../../core/plans.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Result } from '../../core/result.ts';
import type { InitPlan, RepinPlan, RestorePlan, RollbackPlan } from '../types.ts';
import { busyWith, type PlanDeps, planRestore, planRollback } from './rollback-plan.ts';

/** The plans of operations: the effects on a workspace, and why an operation may not be done. A plan changes nothing. */
export type Plans = {
  readonly rollback: (workspace: string, snapshot: string) => Promise<Result<RollbackPlan, Refusal>>;
  readonly restore: (
    workspace: string,
    snapshot: string,
    paths: readonly string[],
  ) => Promise<Result<RestorePlan, Refusal>>;
  readonly init: (workspace: string) => Promise<Result<InitPlan, Refusal>>;
  readonly repin: (workspace: string) => Promise<Result<RepinPlan, Refusal>>;
};

export function createPlans(deps: PlanDeps): Plans {
  return {
    rollback: (workspace, snapshot) => planRollback(deps, workspace, snapshot),
    restore: (workspace, snapshot, paths) => planRestore(deps, workspace, snapshot, paths),
    init: (workspace) => planInit(deps, workspace),
    repin: (workspace) => planRepin(deps, workspace),
  };
}

async function planInit(deps: PlanDeps, workspace: string): Promise<Result<InitPlan, Refusal>> {
  const { initializer, loop, readOnly, workspaces } = deps;
  if (!initializer) return { ok: false, reason: { code: 'no_initializer' } };
  const processes = await deps.processes(workspace);
  const plan = await initializer.plan(workspace, processes);
  const moved = (await workspaces.get(workspace)?.checkpointer.pin?.compare()) ?? null;
  const locked = await deps.whyLocked(workspace);
  const refusals: readonly Refusal[] = [
    ...(readOnly ? [{ code: 'read_only' } as const] : []),
    ...busyWith(loop.state().workspaces.get(workspace)),
    ...(locked === null ? [] : [locked]),
    ...(moved === null ? [] : [moved]),
    ...otherChoice(deps, workspace),
    ...plan.refusals,
  ];
  return { ok: true, value: { ...plan, processes, refusals } };
}

// A checkpointer that was asked for by name would find its workspace moved away.
function otherChoice({ workspaces }: PlanDeps, workspace: string): readonly Refusal[] {
  const chosen = workspaces.get(workspace);
  if (chosen === undefined || chosen.checkpointer.name === 'ws-ckpt' || chosen.canInit === true) return [];
  return [{ code: 'other_checkpointer', choice: chosen.why }];
}

async function planRepin(
  { workspaces, loop, readOnly }: PlanDeps,
  workspace: string,
): Promise<Result<RepinPlan, Refusal>> {
  const pin = workspaces.get(workspace)?.checkpointer.pin;
  if (pin === undefined) return { ok: false, reason: { code: 'not_pinned', workspace } };
  const availability = await workspaces.probe(workspace);
  const found = await pin.found();
  if (found === null) return { ok: false, reason: availability?.reason ?? { code: 'folder_missing', workspace } };
  const pinned = pin.folder();
  const problem = availability?.problem ?? null;
  const refusals: readonly Refusal[] = [
    ...(readOnly ? [{ code: 'read_only' } as const] : []),
    ...busyWith(loop.state().workspaces.get(workspace)),
    ...(problem === null && pinned !== null ? [{ code: 'nothing_to_pin' } as const] : []),
    ...(problem !== null && !isRepinnable(problem) && availability?.reason ? [availability.reason] : []),
  ];
  const effects: readonly PlanEffect[] = [
    { code: 'pinned_now', folder: pinned },
    { code: 'found_there', folder: found },
    { code: 'touches', workspace, path: found.path },
  ];
  const warnings: readonly PlanWarning[] = [
    ...(problem === null ? [] : [{ code: 'pin_problem', problem, workspace } as const]),
    ...(pinned !== null && pinned.uid !== found.uid ? [{ code: 'other_owner' } as const] : []),
  ];
  return { ok: true, value: { workspace, shown: found, effects, warnings, refusals, confirmation: found.path } };
}
