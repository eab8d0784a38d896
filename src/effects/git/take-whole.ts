import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { ReasonError } from './reason.ts';
import type { Helper } from './helper/helper.ts';
import { type Limits, type OnProgress, take, type Take } from './snapshot.ts';
import type { Store } from './store/layout.ts';
import { checkChanges, checkSnapshots } from './store/mend.ts';
import { isProven, prove } from './store/packs.ts';
import type { SnapshotRecord } from './store/refs.ts';
import { endRun } from './store/runs.ts';
import { setAside, type SetAside } from './store/set-aside.ts';
import { type Check, checkConnected } from './store/whole.ts';
import type { Workspace } from './workspace/open.ts';

/** The snapshot that was taken, and the damaged store that had to be put aside for it. */
export type TakenWhole = { readonly taken: Take; readonly aside: SetAside | null };

/** The store could not be checked, so that a snapshot in it may be worth nothing. */
class UncheckedError extends ReasonError {
  override readonly name = 'UncheckedError';

  constructor(why: CheckpointerReason) {
    super({ code: 'step_failed', step: 'check', why });
  }
}

/**
 * Takes the workspace like `take`, and makes sure that all objects of the result are there. A damaged store is put aside
 * and the workspace is read as a whole into a new one, as far as the limits allow. Throws as `take` does, and
 * `UncheckedError`.
 */
export async function takeWhole(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  record: SnapshotRecord,
  limits: Limits,
  onProgress?: OnProgress,
): Promise<TakenWhole> {
  const attempt = (): Promise<Take> => take(store, workspace, helper, record, limits, onProgress);
  const before = await checkChanges(store, checkLimits(limits));
  const detail = damageOf(before, limits);
  let aside = detail === null ? null : await setAside(store, detail);
  let taken = await attempt();
  let damage = await damageIn(store, taken, limits);
  if (damage !== null && aside === null) {
    aside = await setAside(store, damage);
    taken = await attempt();
    damage = await damageIn(store, taken, limits);
  }
  if (damage !== null) throw new UncheckedError({ code: 'store_damaged', detail: damage });
  return { taken, aside };
}

/** Returns what is missing of a result, which is ended then; or what of the store may have made it fail. */
async function damageIn(store: Store, taken: Take, limits: Limits): Promise<string | null> {
  if (taken.type === 'empty') return null;
  if (taken.type === 'failed') {
    const check = await checkSnapshots(store, checkLimits(limits));
    return check.type === 'damaged' ? check.detail : null;
  }
  try {
    if (await isProven(store)) return null;
    const check = await checkConnected(taken.run.dir, [taken.commit], checkLimits(limits));
    const damage = damageOf(check, limits);
    if (damage === null) prove(store);
    else await endRun(taken.run);
    return damage;
  } catch (error) {
    await endRun(taken.run);
    throw error;
  }
}

function damageOf(check: Check, { signal }: Limits): string | null {
  signal.throwIfAborted();
  if (check.type === 'unknown') throw new UncheckedError(check.reason);
  return check.type === 'damaged' ? check.detail : null;
}

function checkLimits({ abort, endsAt }: Limits): { readonly abort: AbortSignal; readonly timeoutMs: number | null } {
  return { abort, timeoutMs: endsAt === null ? null : Math.max(1, endsAt - performance.now()) };
}
