/**
 * JSONL through the whole engine, and beside it the bare loop: read, split, `JSON.parse`. Each run is a process of its
 * own, in turns, so that neither lives on the other's warm code or heap.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSightline } from '../../../src/engine/embed.ts';
import { median, report, stopwatch, type Took } from '../measure.ts';
import { lineOf } from './lines.ts';

const SIZES = [
  { bytes: 1_024, lines: 200_000, target: 0.6 },
  { bytes: 16 * 1_024, lines: 20_000, target: 0.75 },
  { bytes: 200 * 1_024, lines: 1_500, target: 1 },
] as const;
const TURNS = 5;
const CHUNK_BYTES = 1024 * 1024;

const [, , arm, file = ''] = process.argv;
if (arm === 'bare') process.stdout.write(JSON.stringify(bare(file)));
else if (arm === 'whole') process.stdout.write(JSON.stringify(await throughEngine(file)));
else compare();

function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  try {
    for (const size of SIZES) compareAt(join(folder, `${size.bytes}.jsonl`), size);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compareAt(feed: string, { bytes, lines, target }: (typeof SIZES)[number]): void {
  write(feed, bytes, lines);
  const took = { bare: [] as Took[], whole: [] as Took[] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const one of turn % 2 === 0 ? (['bare', 'whole'] as const) : (['whole', 'bare'] as const)) {
      const told = execFileSync(process.execPath, [process.argv[1] ?? '', one, feed], { encoding: 'utf8' });
      took[one].push(JSON.parse(told) as Took);
    }
  }
  for (const part of ['wall', 'cpu'] as const) {
    const [value, floor] = [took.whole, took.bare].map((all) => lines / median(all.map((one) => one[part])));
    report({
      name: `JSONL to the model, ${bytes / 1_024} KB lines, ${part}`,
      value: value ?? Number.NaN,
      unit: 'lines/ms',
      floor: floor ?? Number.NaN,
      target: part === 'wall' ? `≥ ${target} × read, split, parse` : 'a ratio',
      ok: part === 'cpu' || (value ?? 0) >= target * (floor ?? Infinity),
    });
  }
  rmSync(feed);
}

function write(feed: string, bytes: number, lines: number): void {
  const block = Math.max(1, Math.floor(CHUNK_BYTES / bytes));
  for (let first = 0; first < lines; first += block) {
    const count = Math.min(block, lines - first);
    appendFileSync(feed, Array.from({ length: count }, (_, at) => `${lineOf(first + at, bytes)}\n`).join(''));
  }
}

/** What the bare loop takes; the sum keeps what it parses from being left out. */
function bare(path: string): Took {
  const took = stopwatch();
  const descriptor = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let calls = 0;
  for (let bytes = readSync(descriptor, chunk); bytes > 0; bytes = readSync(descriptor, chunk)) {
    const joined = rest.length === 0 ? chunk.subarray(0, bytes) : Buffer.concat([rest, chunk.subarray(0, bytes)]);
    let at = 0;
    for (let end = joined.indexOf(10); end !== -1; end = joined.indexOf(10, at)) {
      const line = JSON.parse(joined.toString('utf8', at, end)) as { readonly LLMCall?: unknown };
      if (line.LLMCall !== undefined) calls += 1;
      at = end + 1;
    }
    rest = Buffer.from(joined.subarray(at));
  }
  closeSync(descriptor);
  if (calls === 0) throw new Error('no line was read');
  return took();
}

/** What it takes from opening the file to its end, with all that it says in the model and judged by the core. */
async function throughEngine(path: string): Promise<Took> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-state-'));
  const engine = await openSightline({ source: [`jsonl:${path}`], stateDir: folder, checkpointer: 'none' });
  const time = stopwatch();
  await engine.start();
  const took = time();
  engine.commit();
  const { calls } = engine.store.getState().model.fleet.totals;
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
  if (calls === 0) throw new Error('no call was counted');
  return took;
}
