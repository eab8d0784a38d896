import { isRepinnable } from '../../core/folder.ts';
import type { Result } from '../../core/result.ts';
import { folderWords, problemCause } from '../../effects/pin/words.ts';
import type { InitPlan, RepinPlan, RollbackPlan } from '../types.ts';
import { BUSY, type PlanDeps, planRollback, READ_ONLY } from './rollback-plan.ts';

/** What an operation would do to a workspace, and why it may not be done. A plan changes nothing. */
export type Plans = {
  readonly rollback: (workspace: string, snapshot: string) => Promise<Result<RollbackPlan>>;
  readonly init: (workspace: string) => Promise<Result<InitPlan>>;
  readonly repin: (workspace: string) => Promise<Result<RepinPlan>>;
};

export function createPlans(deps: PlanDeps): Plans {
  return {
    rollback: (workspace, snapshot) => planRollback(deps, workspace, snapshot),
    init: (workspace) => planInit(deps, workspace),
    repin: (workspace) => planRepin(deps, workspace),
  };
}

async function planInit(deps: PlanDeps, workspace: string): Promise<Result<InitPlan>> {
  const { initializer, loop, readOnly, workspaces } = deps;
  if (!initializer) return { ok: false, reason: 'this session cannot run ws-ckpt init; run it in a shell' };
  const processes = await deps.processes(workspace);
  const plan = await initializer.plan(workspace, processes);
  const moved = (await workspaces.get(workspace)?.checkpointer.pin?.compare()) ?? null;
  const locked = await deps.whyLocked(workspace);
  const refusals = [
    ...(readOnly ? [READ_ONLY] : []),
    ...(loop.state().workspaces.get(workspace)?.run ? [BUSY] : []),
    ...(locked === null ? [] : [locked]),
    ...(moved === null ? [] : [moved]),
    ...otherChoice(deps, workspace),
    ...plan.refusals,
  ];
  return { ok: true, value: { ...plan, processes, refusals } };
}

// A checkpointer that was asked for by name would find its workspace moved away.
function otherChoice({ workspaces }: PlanDeps, workspace: string): readonly string[] {
  const chosen = workspaces.get(workspace);
  if (chosen === undefined || chosen.checkpointer.name === 'ws-ckpt' || chosen.canInit === true) return [];
  return [`checkpoints of it are by ${chosen.why}; start with --checkpointer auto or ws-ckpt`];
}

async function planRepin({ workspaces, loop, readOnly }: PlanDeps, workspace: string): Promise<Result<RepinPlan>> {
  const pin = workspaces.get(workspace)?.checkpointer.pin;
  if (pin === undefined) return { ok: false, reason: `${workspace} has no folder that is pinned` };
  const availability = await workspaces.probe(workspace);
  const found = await pin.found();
  if (found === null) return { ok: false, reason: availability?.reason || `there is no folder ${workspace}` };
  const pinned = pin.folder();
  const problem = availability?.problem ?? null;
  const refusals = [
    ...(readOnly ? [READ_ONLY] : []),
    ...(loop.state().workspaces.get(workspace)?.run ? [BUSY] : []),
    ...(problem === null && pinned !== null ? ['nothing to do: it is the pinned folder'] : []),
    ...(problem !== null && !isRepinnable(problem) ? [availability?.reason ?? ''] : []),
  ];
  const effects = [
    `pinned until now: ${pinned === null ? 'nothing' : folderWords(pinned)}`,
    `found there now: ${folderWords(found)}`,
    `checkpoints and rollbacks of ${workspace} touch ${found.path} from then on`,
  ];
  const warnings = [
    ...(problem === null ? [] : [problemCause(problem, workspace)]),
    ...(pinned !== null && pinned.uid !== found.uid
      ? ['the owner is another one: see whose files these are first']
      : []),
  ];
  return { ok: true, value: { workspace, shown: found, effects, warnings, refusals, confirmation: found.path } };
}
