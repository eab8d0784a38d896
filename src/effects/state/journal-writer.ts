import type { StateFolder } from './folder.ts';
import { type Compaction, compactLog, type Log, startLog } from './journal-file.ts';

/** The log is rewritten when it has grown by this much, bytes. */
const COMPACT_BYTES = 4 * 1024 * 1024;

/** Keeps the file of the state in step with `values`, and small. Its methods throw the error of the file system. */
export type JournalWriter = {
  /** Makes the file anew with all values; what was written before is let go. */
  readonly rewrite: (folder: StateFolder) => void;
  /** Has it a file, and is that still the one that its name leads to? */
  readonly isThere: () => boolean;
  /** Writes one change; null takes the key away. */
  readonly append: (key: string, value: unknown) => void;
  /** Flushes to the disk and lets go. */
  readonly close: () => void;
};

/** Nothing is opened before `rewrite`. `failed` is reported what goes wrong between two calls. */
export function createJournalWriter(
  values: ReadonlyMap<string, unknown>,
  failed: (error: unknown) => void,
): JournalWriter {
  let folder: StateFolder | null = null;
  let log: Log | null = null;
  let compactAt = 0;
  /** A rewrite that is under way, and what has been put since it was begun. */
  let compaction: { readonly job: Compaction; readonly since: Map<string, unknown> } | null = null;

  const replace = (next: Log): void => {
    log?.discard();
    log = next;
    // A live set of several MiB must not be rewritten on every put.
    compactAt = next.size() * 2 + COMPACT_BYTES;
  };
  const abandon = (): void => {
    compaction?.job.abandon();
    compaction = null;
  };
  const finish = (): void => {
    if (compaction === null) return;
    const { job, since } = compaction;
    compaction = null;
    replace(job.finish(since));
  };
  const begin = (target: StateFolder): void => {
    const mine = { job: compactLog(target, values), since: new Map<string, unknown>() };
    compaction = mine;
    const ifStill = (act: () => void) => (): void => {
      if (compaction === mine) act();
    };
    mine.job.synced.then(ifStill(finish), ifStill(abandon)).catch(failed);
  };
  return {
    rewrite: (target) => {
      abandon();
      folder = target;
      replace(startLog(target, values));
    },
    isThere: () => log?.isThere() === true,
    append: (key, value) => {
      if (log === null || folder === null) return;
      compaction?.since.set(key, value);
      log.append(key, value);
      if (log.size() > compactAt && compaction === null) begin(folder);
      // A caller that puts without a pause does not wait for the disk either; the size has its bound all the same.
      if (log.size() > compactAt * 2) finish();
    },
    close: () => {
      abandon();
      log?.close();
      log = null;
    },
  };
}
