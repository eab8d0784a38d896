/**
 * A thread that reads a long past beside the one that follows the database: reading is half of the work, and as numbers what was
 * read costs next to nothing to take over. All that is made of it is made here, in order.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { type Ahead, type Answer, type Block, WORKER_FILE } from './protocol.ts';

/** Fewer ids are read as fast by one thread: another takes 50 ms to start, and 20 MB. */
export const WORTH_ROWS = 250_000n;
/** Blocks that are read before they are taken over, of 150 KB each. */
const BLOCKS_AHEAD = 8;

/** The locations at which the build puts the worker, seen from the built program, from one of its chunks, and from the sources. */
const CANDIDATES = [WORKER_FILE, join('..', WORKER_FILE), join('../../../../dist', WORKER_FILE)];

export type AheadReader = {
  /**
   * Takes over the rows that follow row `after`, perhaps with some before them; `waiting` while they are being read; null where they
   * won't come.
   */
  readonly take: (after: bigint) => Block | 'waiting' | null;
  /** Ends the thread. */
  readonly close: () => void;
};

/** Starts the thread; null where one has to do. `ready` is called whenever there is something to take. */
export function startAhead(ahead: Ahead, ready: () => void): AheadReader | null {
  const file = CANDIDATES.map((name) => join(import.meta.dirname, name)).find(existsSync);
  if (availableParallelism() < 2 || file === undefined) return null;
  const { Worker: Thread } = process.getBuiltinModule('node:worker_threads');
  const worker: Worker = new Thread(file, { workerData: ahead, stdout: true, stderr: true, execArgv: [] });
  const answers: Answer[] = [];
  let isOver = false;
  const askForBlock = (): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window's
    worker.postMessage(null);
  };
  const end = (): void => {
    isOver = true;
    ready();
  };
  worker.on('message', (answer: Answer) => {
    answers.push(answer);
    ready();
  });
  worker.on('error', end);
  worker.on('exit', end);
  for (let blocks = 0; blocks < BLOCKS_AHEAD; blocks += 1) askForBlock();
  return {
    take: (after) => {
      for (;;) {
        const answer = answers.shift();
        if (answer === undefined) return isOver ? null : 'waiting';
        if (answer === null || answer.after > after) return null;
        askForBlock();
        if (answer.last > after) return answer;
      }
    },
    close: () => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('exit');
      void worker.terminate();
    },
  };
}
