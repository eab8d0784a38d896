import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { recordedCourse } from '../../src/core/history/course.ts';
import { replay } from '../../src/core/history/replay.ts';
import { readHistory } from '../../src/effects/state/history-reader.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const WRITER = resolve(import.meta.dirname, '../fixtures/children/writes-history.ts');
/** Small enough that segments are ended and forgotten all the time, bytes; the smallest has 64 KiB. */
const BUDGET = 192 * 1024;
const SEGMENT = 64 * 1024;

/** Lets a run write until it has told of `rounds` signals, then kills it; resolves to how many it told of. */
async function killed(dir: string, instance: string, rounds: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, dir, String(BUDGET), instance], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (said.split('\n').length > rounds) child.kill('SIGKILL');
  });
  await once(child, 'close');
  if (complaint.includes('Error:')) throw new Error(complaint);
  return said.split('\n').length - 1;
}

/** Returns what gave way: what was told is there, the rest is whole, and it stays in its budget. */
function held(dir: string, instance: string, last: number): string | null {
  const { entries, unread } = readHistory(dir);
  const told = [...recordedCourse(entries).signals.values()].findLast(
    ({ signal }) => signal.interruptionId === `${instance}-${last}`,
  );
  if (told?.fate?.kind !== 'checkpointed') return `the fate of signal ${last} of ${instance} is lost`;
  const { mismatchCount, refused } = replay(entries);
  if (unread.length + refused + mismatchCount > 0)
    return `${unread.length} unread, ${refused} refused, ${mismatchCount} differ`;
  const folder = join(dir, 'history');
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return bytes > BUDGET + SEGMENT ? `${bytes} bytes` : null;
}

/** The history: kills while it is written, ended and forgotten, and what they leave. */
export const faults: readonly Fault[] = [
  {
    name: 'SIGKILL again and again while the history is written and its segments turn',
    needs: [],
    tries: { short: 2, full: 30 },
    attempt: async (n) => {
      const place = mkdtempSync(join(tmpdir(), 'sightline-fault-history-'));
      try {
        const dir = join(place, 'state');
        for (let round = 0; round < 4; round += 1) {
          const instance = `run${round}`;
          const last = await killed(dir, instance, 20 + (((n * 4 + round) * 7_919) % 240));
          const failure = held(dir, instance, last);
          if (failure !== null) return `round ${round}: ${failure}`;
          // What a kill in the middle of making a segment leaves: none of it written.
          if (round === 1) {
            const newest = readdirSync(join(dir, 'history')).toSorted().at(-1) ?? '';
            const next = String(Number.parseInt(newest, 10) + 1).padStart(10, '0');
            writeFileSync(join(dir, 'history', `${next}.jsonl`), n % 2 === 0 ? '' : '{"type":"opening","at":1,');
          }
        }
        return null;
      } finally {
        removeTree(place);
      }
    },
  },
];
