import { realpathSync } from 'node:fs';
import { cleanLine } from '../core/text.ts';
import { loadJournal, openLog, prepareStateDir, type Log } from './journal-file.ts';
import { acquireLock, thisOwner, type Lock } from './lock.ts';

/** State that survives a restart: keys with JSON values. Who reads a value validates it. */
export type Journal = {
  /** False when puts stay in memory: another process writes here, or nothing can be written. */
  readonly persistent: boolean;
  /** Lines that could not be read at opening. */
  readonly skipped: number;
  readonly get: (key: string) => unknown;
  readonly entries: (prefix: string) => readonly (readonly [key: string, value: unknown])[];
  /** Kept at once, also against a crash of ours; null takes the key away. Never throws for what the disk does. */
  readonly put: (key: string, value: unknown) => void;
  /** Flushes to the disk and lets go of the directory. */
  readonly close: () => Promise<void>;
};

export type Notice = (text: string) => void;

/** Writing is tried again this long after it failed, ms. */
const RETRY_MS = 10_000;
/** The log is rewritten when it has grown by this much, bytes. */
const COMPACT_BYTES = 4 * 1024 * 1024;

/**
 * Opens (and makes) the state directory. One process writes there; a second one reads what is there and keeps its own
 * puts in memory. Everything that a person should know about it goes to `onNotice`, also later on.
 */
export async function openJournal(stateDir: string, onNotice: Notice = () => undefined): Promise<Journal> {
  const notice = (text: string): void => onNotice(cleanLine(text, 500));
  const prepared = prepareStateDir(stateDir, notice);
  const lock = prepared ? await acquireLock(`state ${realpathSync(stateDir)}`, thisOwner()) : null;
  if (lock?.ok === false) notice(inUse(stateDir, lock));
  const { values, skipped } = loadJournal(stateDir, notice);
  if (skipped > 0) notice(`${stateDir}: ${skipped} unreadable lines of the journal were skipped`);
  const log = lock?.ok === true ? openLog(stateDir) : null;
  return journal({ stateDir, values, skipped, log, notice, release: lock?.ok === true ? lock.release : null });
}

type Parts = {
  readonly stateDir: string;
  readonly values: Map<string, unknown>;
  readonly skipped: number;
  readonly log: Log | null;
  readonly notice: Notice;
  readonly release: (() => Promise<void>) | null;
};

function journal({ stateDir, values, skipped, log, notice, release }: Parts): Journal {
  let failedAt: number | null = null;
  let compactAt = 0;

  const attempt = (write: () => void): void => {
    try {
      write();
      if (failedAt !== null) notice(`${stateDir}: the journal is written again`);
      failedAt = null;
    } catch (error) {
      if (failedAt === null)
        notice(
          `${stateDir}: the journal cannot be written (${reasonOf(error)}); free space or fix its permissions: until then nothing is kept over a restart`,
        );
      failedAt = performance.now();
    }
  };
  const rewrite = (): void =>
    attempt(() => {
      // A live set of several MiB must not be rewritten on every put.
      compactAt = (log?.rewrite(values) ?? 0) * 2 + COMPACT_BYTES;
    });

  const put = (key: string, value: unknown): void => {
    if (value === null || value === undefined) values.delete(key);
    else values.set(key, value);
    if (log === null) return;
    if (failedAt === null) attempt(() => log.append(key, value ?? null));
    else if (performance.now() - failedAt > RETRY_MS) rewrite();
    if (failedAt === null && log.size() > compactAt) rewrite();
  };

  if (log !== null) rewrite();
  return {
    get persistent() {
      return log !== null && failedAt === null;
    },
    skipped,
    get: (key) => values.get(key),
    entries: (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
    put,
    close: async () => {
      attempt(() => {
        if (failedAt !== null) log?.rewrite(values);
        log?.close();
      });
      await release?.();
    },
  };
}

function inUse(stateDir: string, lock: Extract<Lock, { ok: false }>): string {
  const { user, pid } = lock.owner;
  return `${stateDir} is in use by ${user} (process ${pid}): what happens here is not kept over a restart; give this one a --state-dir of its own`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
