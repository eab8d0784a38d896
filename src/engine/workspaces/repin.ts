import type { Result } from '../../core/result.ts';
import { type FolderIdentity, isRepinnable } from '../../core/folder.ts';
import { folderWords } from '../../effects/pin/words.ts';
import type { Parts } from '../parts.ts';
import type { RepinPlan } from './operations.ts';

/** Says what pinning the workspace's folder again would change, old and new side by side; changes nothing. */
export async function planRepin(parts: Parts, workspace: string): Promise<Result<RepinPlan>> {
  const pin = parts.acting.slots.get(workspace)?.checkpointer.pin;
  if (pin === undefined) return { ok: false, reason: `${workspace} has no folder that is pinned` };
  const availability = await parts.acting.probe(workspace);
  const found = await pin.found();
  if (found === null) return { ok: false, reason: availability?.reason || `there is no folder ${workspace}` };
  const pinned = pin.folder();
  const problem = availability?.problem ?? null;
  const refusals = [
    ...(parts.settings.readOnly ? ['read-only: start without --read-only to act'] : []),
    ...(parts.loop.state().workspaces.get(workspace)?.run ? ['something is running here; wait for its end'] : []),
    ...(problem === null ? ['nothing to do: it is the pinned folder, or may be pinned by arming'] : []),
    ...(problem !== null && !isRepinnable(problem) ? [availability?.reason ?? ''] : []),
  ];
  const effects = [
    `pinned until now: ${pinned === null ? 'nothing' : folderWords(pinned)}`,
    `found there now: ${folderWords(found)}`,
    `checkpoints and rollbacks of ${workspace} touch ${found.path} from then on`,
  ];
  const warnings = [
    ...(problem === null ? [] : (availability?.reason ?? '').split('; ').slice(0, 1)),
    ...(pinned !== null && pinned.uid !== found.uid
      ? ['the owner is another one: see whose files these are first']
      : []),
  ];
  return { ok: true, value: { workspace, shown: found, effects, warnings, refusals, confirmation: found.path } };
}

/** Pins the folder that was shown, and goes on with it: unless it has been exchanged again since. */
export async function repin(parts: Parts, workspace: string, shown: FolderIdentity): Promise<Result<string>> {
  const refused = (reason: string): Result<never> => {
    parts.notice({ type: 'refused', action: 'repin', target: workspace, reason });
    return { ok: false, reason };
  };
  const plan = await planRepin(parts, workspace);
  if (!plan.ok) return refused(plan.reason);
  if (plan.value.refusals.length > 0) return refused(plan.value.refusals.join('; '));
  const done = await parts.acting.slots.get(workspace)?.checkpointer.pin?.repin(shown);
  if (done === undefined) return refused(`${workspace} is no workspace of this session`);
  if (!done.ok) return refused(done.reason);
  await parts.acting.repinned(workspace, done.value);
  return done;
}
