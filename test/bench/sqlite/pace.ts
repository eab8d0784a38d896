import { setTimeout as delay } from 'node:timers/promises';
import type { Call } from '../../../src/core/calls.ts';
import { heard, inserter, openForWriting, tell } from './rows.ts';

/**
 * A writer that is told `every MS` and then commits a call at that pace until it is told something else; it answers `ready`
 * before its first. Each call's id is the monotonic time right after the commit before it and the one of its own begin.
 */
export async function paceWrites(folder: string): Promise<void> {
  const db = openForWriting(folder);
  const insert = inserter(db);
  let everyMs = 0;
  let isEnded = false;
  const listening = (async () => {
    for await (const line of heard()) {
      everyMs = Number(line.split(' ')[1]);
      tell('ready');
    }
    isEnded = true;
  })();
  for (let n = 0; !isEnded; n += 1) {
    if (everyMs > 0) insert(n, Date.now(), `at_${process.hrtime.bigint()}`);
    await delay(everyMs || 5);
  }
  await listening;
  db.close();
}

/** How long ago the commit of such a call was begun, ms: the clock is the machine's, common to all its processes. */
export function sentAt({ callId }: Call): number {
  return Number(process.hrtime.bigint() - BigInt(callId.slice('at_'.length))) / 1e6;
}
