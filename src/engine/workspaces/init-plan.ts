import type { Result } from '../../core/result.ts';
import type { ProcessScan } from '../../effects/process/processes.ts';
import type { InitPlan } from './operations.ts';
import type { Parts } from '../parts.ts';

const NOBODY: ProcessScan = { occupants: [], unreadable: 0, complete: false };

/** Looks at what `ws-ckpt init` would do to a folder, and at whether it may be done; changes nothing. */
export async function planInit(parts: Parts, workspace: string): Promise<Result<InitPlan>> {
  const { initializer, processes: look } = parts.deps;
  if (!initializer) return { ok: false, reason: 'this session cannot run ws-ckpt init; run it in a shell' };
  const processes = (await look?.(workspace)) ?? NOBODY;
  const plan = await initializer.plan(workspace, processes);
  const compared = (await parts.acting.slots.get(workspace)?.checkpointer.pin?.compare()) ?? null;
  const locked = await parts.arming.whyNot(workspace);
  const refusals = [
    ...(parts.settings.readOnly ? ['read-only: start without --read-only to act'] : []),
    ...(parts.loop.state().workspaces.get(workspace)?.run ? ['something is running here; wait for its end'] : []),
    ...(locked === null ? [] : [locked]),
    ...(compared === null ? [] : [compared]),
    ...chosenOtherwise(parts, workspace),
    ...plan.refusals,
  ];
  return { ok: true, value: { ...plan, processes, refusals } };
}

// Whoever asked for another checkpointer would find it on a tree that has moved away.
function chosenOtherwise({ acting }: Parts, workspace: string): readonly string[] {
  const slot = acting.slots.get(workspace);
  if (slot === undefined || slot.checkpointer.name === 'ws-ckpt' || slot.canInit === true) return [];
  return [`checkpoints of it are by ${slot.why}; start with --checkpointer auto or ws-ckpt`];
}
