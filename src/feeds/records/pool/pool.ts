/**
 * Threads that read the history of a root beside this one: reading and parsing are most of the work of a start, and all of
 * it is the same for each file. What was read is taken over here, file by file.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { FileName } from '../provider.ts';
import type { Ms } from '../../../core/units.ts';
import { type ReadAnswer, type ReadRequest, WORKER_FILE, type WorkerData } from './protocol.ts';

/** Less to read is read as fast by this thread alone, bytes: a thread takes 50 ms to start, and 30 MB. */
const WORTH_BYTES = 64 * 1024 * 1024;
/** This thread takes over what the others read; more of them would wait for it. */
const MAX_WORKERS = 4;
/** New objects of a thread, MB: a file's records live as long as it is read, so that fewer collections do less. */
const YOUNG_MB = 32;
/** Files that one thread is given ahead: it reads on while this one delivers what was read. */
const AHEAD = 24;

export type Pool = {
  /** Number of files that the threads can be given now. */
  readonly room: () => number;
  /** Gives a file to a thread; `answered` is called with what came of it. */
  readonly read: PoolWorker['read'];
  /** Number of files that were given and not answered. */
  readonly pending: () => number;
  /** Resolves with the next answer, or when the signal aborts. */
  readonly next: () => Promise<void>;
  readonly close: () => void;
};

/** The locations at which the build puts the worker, seen from the built program, from one of its chunks, and from the sources. */
const CANDIDATES = [WORKER_FILE, join('..', WORKER_FILE), join('../../../../dist', WORKER_FILE)];

/**
 * Starts the threads for so many bytes; null where one thread does: below `worthBytes`. The files of a thread that ends are
 * answered with null.
 */
export function startPool(
  data: WorkerData,
  { bytes, worthBytes = WORTH_BYTES }: { readonly bytes: number; readonly worthBytes?: number | undefined },
  signal: AbortSignal,
): Pool | null {
  if (bytes < worthBytes || availableParallelism() < 2) return null;
  const count = Math.min(MAX_WORKERS, availableParallelism());
  const file = CANDIDATES.map((name) => join(import.meta.dirname, name)).find(existsSync);
  if (file === undefined) return null;
  const { Worker: Thread } = process.getBuiltinModule('node:worker_threads');
  let pending = 0;
  let wake = (): void => undefined;
  const settle = (): void => {
    pending -= 1;
    wake();
  };
  const start = (): PoolWorker =>
    poolWorker(
      new Thread(file, {
        workerData: data,
        stdout: true,
        stderr: true,
        execArgv: [],
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      }),
      settle,
    );
  const workers = Array.from({ length: count }, start);
  signal.addEventListener('abort', () => wake(), { once: true });
  const roomOf = ({ isAlive, given }: PoolWorker): number => (isAlive ? AHEAD - given.size : 0);
  return {
    room: () => workers.reduce((sum, worker) => sum + roomOf(worker), 0),
    read: (name, sumsBefore, answered) => {
      const [worker] = workers.toSorted((a, b) => roomOf(b) - roomOf(a));
      pending += 1;
      worker?.read(name, sumsBefore, answered);
    },
    pending: () => pending,
    next: () =>
      new Promise((resolve) => {
        wake = resolve;
        if (signal.aborted) resolve();
      }),
    close: () => {
      for (const { thread } of workers) void thread.terminate();
    },
  };
}

type PoolWorker = {
  readonly thread: Worker;
  isAlive: boolean;
  readonly given: Map<number, (answer: ReadAnswer | null) => void>;
  readonly read: (name: FileName, sumsBefore: Ms | null, answered: (answer: ReadAnswer | null) => void) => void;
};

function poolWorker(thread: Worker, settled: () => void): PoolWorker {
  const given = new Map<number, (answer: ReadAnswer | null) => void>();
  let ids = 0;
  const worker: PoolWorker = {
    thread,
    isAlive: true,
    given,
    read: (name, sumsBefore, answered) => {
      ids += 1;
      given.set(ids, answered);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window's
      if (worker.isAlive) thread.postMessage({ id: ids, name, sumsBefore } satisfies ReadRequest);
      else settle(ids, null);
    },
  };
  const settle = (id: number, answer: ReadAnswer | null): void => {
    const answered = given.get(id);
    given.delete(id);
    answered?.(answer);
    settled();
  };
  const end = (): void => {
    worker.isAlive = false;
    for (const id of Array.from(given.keys())) settle(id, null);
  };
  thread.on('message', (answer: ReadAnswer) => settle(answer.id, answer));
  thread.on('error', end);
  thread.on('exit', end);
  return worker;
}
