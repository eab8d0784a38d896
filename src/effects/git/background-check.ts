import { stat } from 'node:fs/promises';
import type { Result } from '../../core/result.ts';
import type { Progress } from '../../core/snapshots.ts';
import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { wordCheckpointer } from '../../wording/checkpointers.ts';
import { wordSetAside } from '../../wording/git-notes.ts';
import { reasonOf } from './reason.ts';
import type { Serial } from './serial.ts';
import type { Store } from './store/layout.ts';
import { checkFully } from './store/mend.ts';
import { beside } from './store/retention.ts';
import { setAside } from './store/set-aside.ts';

export type BackgroundCheck = {
  readonly serial: Serial;
  readonly report: Progress;
  readonly abort: AbortSignal;
  /** Makes a new baseline in a new store. */
  readonly rebuild: (abort: AbortSignal) => Promise<Result<null, CheckpointerReason>>;
};

/**
 * Reads every byte of the store once, with low priority and beside all runs. A damaged store is put aside between two runs,
 * and a new baseline is made. Never rejects.
 */
export async function checkInBackground(
  store: Store,
  { serial, report, abort, rebuild }: BackgroundCheck,
): Promise<void> {
  try {
    const checked = await inodeOf(store);
    const mended = await beside(store, () => checkFully(store, abort));
    if (abort.aborted) return;
    switch (mended.type) {
      case 'whole':
        return;
      case 'unknown':
        report(`the snapshots could not be checked: ${wordCheckpointer(mended.reason)}`);
        return;
      case 'damaged': {
        // A checkpoint may have put it aside meanwhile: what stands there now is another store.
        const aside = await serial(abort, async () =>
          checked !== null && (await inodeOf(store)) === checked ? setAside(store, mended.detail) : null,
        );
        if (aside === null) return;
        report(wordSetAside(aside));
        await rebuild(abort);
      }
    }
  } catch (error) {
    if (!abort.aborted) report(`the snapshots could not be checked: ${wordCheckpointer(reasonOf(error))}`);
  }
}

async function inodeOf({ dir }: Store): Promise<number | null> {
  return stat(dir).then(
    ({ ino }) => ino,
    () => null,
  );
}
