import { realpathSync } from 'node:fs';
import { cleanLine } from '../../core/text.ts';
import { loadJournal, openLog, prepareStateDir, type Log } from './journal-file.ts';
import { acquireLock, thisOwner, waitForRelease, type Lock } from './lock.ts';

/** State that survives a restart: keys with JSON values. Who reads a value validates it. */
export type Journal = {
  /** False when puts stay in memory: another process writes here, or nothing can be written. */
  readonly persistent: boolean;
  /** True when another process wrote here at opening: what it has open is its own business. */
  readonly shared: boolean;
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
 * puts in memory until the first is gone. Everything that a person should know about it goes to `onNotice`, also later on.
 */
export async function openJournal(stateDir: string, onNotice: Notice = () => undefined): Promise<Journal> {
  const notice = (text: string): void => onNotice(cleanLine(text, 500));
  const key = prepareStateDir(stateDir, notice) ? `state ${realpathSync(stateDir)}` : null;
  const lock = key === null ? null : await acquireLock(key, thisOwner());
  if (lock?.ok === false) notice(inUse(stateDir, lock));
  const { values, skipped } = loadJournal(stateDir, notice);
  if (skipped > 0) notice(`${stateDir}: ${skipped} unreadable lines of the journal were skipped`);
  return journal({ stateDir, key, lock, values, skipped, notice });
}

type Parts = {
  readonly stateDir: string;
  /** Of the lock; null where the directory cannot be used. */
  readonly key: string | null;
  readonly lock: Lock | null;
  readonly values: Map<string, unknown>;
  readonly skipped: number;
  readonly notice: Notice;
};

function journal({ stateDir, key, lock, values, skipped, notice }: Parts): Journal {
  const shared = lock?.ok === false;
  const closing = new AbortController();
  let log: Log | null = null;
  let release: (() => Promise<void>) | null = null;
  /** What we found while another process wrote here: what is still the same is not ours to write. */
  const found = shared ? new Map(values) : null;
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

  const write = (open: Log, name: string, value: unknown): void => {
    if (failedAt === null) attempt(() => open.append(name, value));
    else if (performance.now() - failedAt > RETRY_MS) rewrite();
    if (failedAt === null && open.size() > compactAt) rewrite();
  };
  const put = (name: string, value: unknown): void => {
    setOrDelete(values, name, value);
    if (log !== null) write(log, name, value ?? null);
  };
  const takeOver = (lockRelease: () => Promise<void>): void => {
    release = lockRelease;
    log = openLog(stateDir);
    rewrite();
  };
  const succeed = async (held: string): Promise<void> => {
    await waitForRelease(held, closing.signal);
    if (closing.signal.aborted) return;
    const next = await acquireLock(held, thisOwner());
    if (closing.signal.aborted) return next.ok ? next.release() : undefined;
    if (!next.ok) return succeed(held);
    for (const [name, value] of loadJournal(stateDir, notice).values) {
      if (values.get(name) === found?.get(name)) values.set(name, value);
    }
    found?.clear();
    takeOver(next.release);
    notice(`${stateDir} is free: what happens here is kept over a restart from now on`);
  };

  if (lock?.ok === true) takeOver(lock.release);
  else if (shared && key !== null) void succeed(key);
  return {
    get persistent() {
      return log !== null && failedAt === null;
    },
    shared,
    skipped,
    get: (name) => values.get(name),
    entries: (prefix) => [...values].filter(([name]) => name.startsWith(prefix)),
    put,
    close: async () => {
      closing.abort();
      attempt(() => {
        if (failedAt !== null) log?.rewrite(values);
        log?.close();
      });
      await release?.();
    },
  };
}

function setOrDelete(values: Map<string, unknown>, name: string, value: unknown): void {
  if (value === null || value === undefined) values.delete(name);
  else values.set(name, value);
}

function inUse(stateDir: string, lock: Extract<Lock, { ok: false }>): string {
  const { user, pid } = lock.owner;
  return `${stateDir} is in use by ${user} (process ${pid}): until that is gone, what happens here is not kept over a restart; give this one a --state-dir of its own`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
