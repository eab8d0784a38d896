import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openJournal } from '../../src/effects/state/journal.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

/** Keys that the writer puts in turn; each bears the number of the put. */
const KEYS = 100;
/** Nobody; any user but root. */
const STRANGER = 65_534;
const WRITER = resolve(import.meta.dirname, '../fixtures/children/writes-journal.ts');

async function inFolder(attempt: (dir: string) => Promise<string | null>): Promise<string | null> {
  const place = mkdtempSync(join(tmpdir(), 'sightline-fault-state-'));
  try {
    return await attempt(join(place, 'state'));
  } finally {
    removeTree(place);
  }
}

/** What the journal holds, and what was said at its opening. */
async function reopened(dir: string) {
  const told: string[] = [];
  const journal = await openJournal(dir, (text) => told.push(text));
  const values = new Map(journal.entries(''));
  const { persistent } = journal;
  await journal.close();
  return { values, persistent, told };
}

// The writer says each number once it has been put: nothing that was said may be missing after SIGKILL.
function killed(dir: string, afterBytes: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, dir], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (said.length > afterBytes) child.kill('SIGKILL');
  });
  return once(child, 'close').then(() => Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1)));
}

async function losesNothing(dir: string, last: number): Promise<string | null> {
  const { values, persistent } = await reopened(dir);
  if (!persistent) return 'the folder is not written any more';
  const n = Number(values.get('n'));
  if (!(n >= last)) return `${last} was put, ${String(values.get('n'))} is there`;
  if (values.size !== Math.min(KEYS, n) + 1 && values.size !== Math.min(KEYS, n))
    return `${values.size} keys are there`;
  return null;
}

/** A journal as a run leaves it, with values whose loss or change is seen. */
async function written(dir: string): Promise<ReadonlyMap<string, unknown>> {
  const journal = await openJournal(dir);
  for (let n = 0; n < 50; n += 1) journal.put(`signal:${n}`, { n, at: 1_796_027_221_941 + n, fate: 'x'.repeat(n) });
  const values = new Map(journal.entries(''));
  await journal.close();
  return values;
}

const DAMAGES: readonly ((file: string, n: number) => void)[] = [
  (file, n) => truncateSync(file, Math.floor((statSync(file).size * (n % 97)) / 97)),
  (file, n) => {
    const bytes = readFileSync(file);
    const at = (n * 7_919) % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (n % 8));
    writeFileSync(file, bytes);
  },
  (file, n) => appendFileSync(file, Buffer.alloc(1 + n * 1_000, n)),
  (file) => writeFileSync(file, '{"k":"signal:1","v":{"wrong":"schema"}}\n[1]\nnull\n"x"\n'),
  (file) => truncateSync(file, 2 * 1024 ** 3),
  (file, n) => writeFileSync(file, Buffer.alloc(100_000, n % 256)),
  (file) => writeFileSync(file, '{"k":"__proto__","v":{"polluted":true}}\n'.repeat(10_000)),
];

async function damaged(n: number): Promise<string | null> {
  return inFolder(async (dir) => {
    const before = await written(dir);
    const file = join(dir, 'journal.jsonl');
    DAMAGES[n % DAMAGES.length]?.(file, n);
    const { values, persistent, told } = await reopened(dir);
    if (!persistent) return 'the folder is not written any more';
    // A cut between two lines, and another whole file in its place, look like what was never more: only what is there can be wrong.
    const isCut = [0, 6].includes(n % DAMAGES.length);
    const missing = [...before.keys()].filter((key) => !values.has(key));
    if (missing.length > 0 && told.length === 0 && !isCut) return `${missing.length} values are lost without a word`;
    for (const [key, value] of values) {
      const was = JSON.stringify(before.get(key));
      const isForeign = was === undefined || JSON.stringify(value).includes('"wrong"');
      if (!isForeign && JSON.stringify(value) !== was) return `${key} has changed without a word`;
    }
    return null;
  });
}

async function planted(n: number): Promise<string | null> {
  return inFolder(async (dir) => {
    const victim = `${dir}.victim`;
    writeFileSync(victim, 'precious');
    mkdirSync(dir, { mode: 0o777 });
    for (const name of ['journal.jsonl', 'journal.jsonl.next', 'journal.jsonl.damaged', 'lock.db', 'lock.db-journal']) {
      symlinkSync(n % 2 === 0 ? victim : '/dev/zero', join(dir, name));
    }
    const isForeign = n % 4 < 2;
    if (isForeign) chownSync(dir, STRANGER, STRANGER);
    const journal = await openJournal(dir);
    for (let put = 0; put < 100; put += 1) journal.put(`key ${put}`, 'x'.repeat(100));
    const { persistent } = journal;
    await journal.close();
    if (readFileSync(victim, 'utf8') !== 'precious') return 'a file behind a planted link was written';
    return persistent === isForeign
      ? `${isForeign ? 'a foreign' : 'our own'} folder: persistent is ${persistent}`
      : null;
  });
}

/** State folder: kills, damage, planted files, deletion. */
export const faults: readonly Fault[] = [
  {
    name: 'SIGKILL at a random moment while the state is written',
    needs: [],
    tries: { short: 4, full: 120 },
    attempt: (n) => inFolder(async (dir) => losesNothing(dir, await killed(dir, (n * 7_919) % 60_000))),
  },
  {
    name: 'SIGKILL again and again on one state folder',
    needs: [],
    tries: { short: 1, full: 5 },
    attempt: (n) =>
      inFolder(async (dir) => {
        for (let round = 0; round < 4; round += 1) {
          const failure = await losesNothing(dir, await killed(dir, 2_000 + (((n + round) * 997) % 20_000)));
          if (failure !== null) return `round ${round}: ${failure}`;
        }
        return null;
      }),
  },
  { name: 'a damaged state file', needs: [], tries: { short: 21, full: 420 }, attempt: damaged },
  { name: 'a planted state folder', needs: ['linux', 'root'], tries: { short: 4, full: 40 }, attempt: planted },
  {
    name: 'the state folder is deleted while it is written',
    needs: [],
    tries: { short: 2, full: 20 },
    attempt: (n) =>
      inFolder(async (dir) => {
        const told: string[] = [];
        const journal = await openJournal(dir, (text) => told.push(text));
        for (let put = 0; put < n + 3; put += 1) journal.put(`key ${put}`, put);
        removeTree(n % 2 === 0 ? dir : join(dir, 'journal.jsonl'));
        const until = performance.now() + 1_000;
        while (told.length === 0 && performance.now() < until) {
          await new Promise((resolved) => {
            setTimeout(resolved, 50);
          });
        }
        await journal.close();
        if (told.length === 0) return 'not noticed within a second';
        const { values } = await reopened(dir);
        return values.size === n + 3 ? null : `${values.size} of ${n + 3} values are there`;
      }),
  },
];
