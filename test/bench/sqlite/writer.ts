/**
 * What following costs the writer. Three arms in turns (ABC CBA …), each round on databases of its own: the writer alone,
 * with our whole engine attached, and beside a process that touches no file and burns as much of a core as we did, which
 * shows what is mere competition for two cores, and how large the noise is. Once flat out, once at a pace.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { openSightline } from '../../../src/engine/embed.ts';
import { median, percentile, report } from '../measure.ts';
import { type Arm, createDatabases, heard, inserter, startArm, tell } from './rows.ts';

const BLOCKS = 10;
const ROUND_MS = 1_000;
const PACE_MS = 10;
const TARGET = 0.97;
/** A burning process works for its share of each such time, ms. */
const BURN_STEP_MS = 5;
const ARMS = ['alone', 'attached', 'control'] as const;
type Name = (typeof ARMS)[number];

const [, , arm] = process.argv;
if (arm === undefined) await compare();
else if (arm === 'write') await write();
else if (arm === 'follow') await follow();
else await burn();

type Written = { readonly commits: number; readonly p50: number; readonly p99: number };
type Hands = { readonly writer: Arm; readonly follower: Arm; readonly burner: Arm; share: number };

async function compare(): Promise<void> {
  const hands: Hands = {
    writer: startArm('write'),
    follower: startArm('follow'),
    burner: startArm('burn'),
    share: 0.2,
  };
  try {
    const flatOut = await rounds(hands, 0);
    for (const [name, words] of [
      ['attached', 'with us attached'],
      ['control', 'beside as much CPU, no file touched'],
    ] as const) {
      say(`SQLite writer flat out, ${words}`, flatOut, name, rateOf, 'commits/ms', false);
    }
    // What following costs beyond the CPU time that it takes: locks, announced writes.
    const against = { ...flatOut, alone: flatOut.control };
    say('SQLite writer flat out, us against as much CPU', against, 'attached', rateOf, 'commits/ms', false);
    const paced = await rounds(hands, PACE_MS);
    for (const [name, words] of [
      ['attached', 'with us attached'],
      ['control', 'as much CPU'],
    ] as const) {
      say(`SQLite commit at a pace, p50, ${words}`, paced, name, ({ p50 }) => p50, 'ms', true);
      say(`SQLite commit at a pace, p99, ${words}`, paced, name, ({ p99 }) => p99, 'ms', true);
    }
  } finally {
    await Promise.all([hands.writer.end(), hands.follower.end(), hands.burner.end()]);
  }
}

type Rounds = Readonly<Record<Name, readonly Written[]>>;

function rateOf({ commits }: Written): number {
  return commits / ROUND_MS;
}

async function rounds(hands: Hands, paceMs: number): Promise<Rounds> {
  const written: Record<Name, Written[]> = { alone: [], attached: [], control: [] };
  // The first block warms the code up.
  for (let block = -1; block < BLOCKS; block += 1) {
    for (const name of block % 2 === 0 ? ARMS : ARMS.toReversed()) {
      const one = await round(hands, name, paceMs);
      if (block >= 0) written[name].push(one);
    }
  }
  return written;
}

async function round(hands: Hands, name: Name, paceMs: number): Promise<Written> {
  const { writer, follower, burner } = hands;
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  const ask = async (whom: Arm, what: string): Promise<string> => {
    whom.say(what);
    return whom.line();
  };
  try {
    await ask(writer, `open ${folder}`);
    if (name === 'attached') await ask(follower, `attach ${folder}`);
    if (name === 'control') await ask(burner, `burn ${hands.share}`);
    const written = JSON.parse(await ask(writer, `write ${ROUND_MS} ${paceMs}`)) as Written;
    if (name === 'attached') hands.share = Number(await ask(follower, 'detach'));
    if (name === 'control') await ask(burner, 'burn 0');
    await ask(writer, 'close');
    return written;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of an arm's ratios to the round alone of the same block, with the middle half of them beside it. */
function say(
  name: string,
  written: Rounds,
  which: Name,
  of: (one: Written) => number,
  unit: string,
  isCost: boolean,
): void {
  const alone = written.alone.map(of);
  const ratios = written[which].map((one, block) => of(one) / (alone[block] ?? Number.NaN));
  const [low, high] = [percentile(ratios, 0.25), percentile(ratios, 0.75)].map((ratio) => ratio.toFixed(2));
  const floor = median(alone);
  const value = median(ratios) * floor;
  const isOurs = which === 'attached' && !isCost;
  const target = `${isOurs ? `≥ ${TARGET}` : '(for comparison)'}; middle half ${low}–${high}`;
  report({ name, value, unit, floor, target, ok: !isOurs || median(ratios) >= TARGET });
}

async function write(): Promise<void> {
  let db: DatabaseSync | null = null;
  for await (const line of heard()) {
    const [what, first = '', second = ''] = line.split(' ');
    if (what === 'open') db = createDatabases(first);
    if (what === 'close') db?.close();
    const answer = what === 'write' && db !== null ? await writeFor(db, Number(first), Number(second)) : what;
    tell(answer);
  }
}

async function writeFor(db: DatabaseSync, ms: number, paceMs: number): Promise<Written> {
  const insert = inserter(db);
  const took: number[] = [];
  const end = performance.now() + ms;
  for (let n = 0; performance.now() < end; n += 1) {
    const begun = performance.now();
    insert(n, Date.now());
    took.push(performance.now() - begun);
    if (paceMs > 0) await delay(paceMs);
  }
  return { commits: took.length, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

/** Answers a `detach` with the part of a core that it took since it was attached. */
async function follow(): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'sightline-bench-state-'));
  let detach = async (): Promise<number> => 0;
  for await (const line of heard()) {
    const [what, folder = ''] = line.split(' ');
    if (what === 'detach') tell(await detach());
    if (what !== 'attach') continue;
    const engine = await openSightline({ source: [`sqlite:${folder}`], stateDir, checkpointer: 'none', commitMs: 33 });
    await engine.start();
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    detach = async () => {
      const { user, system } = process.cpuUsage(cpu);
      const share = (user + system) / 1_000 / (performance.now() - start);
      await engine.close();
      return share;
    };
    tell('attached');
  }
  rmSync(stateDir, { recursive: true, force: true });
}

async function burn(): Promise<void> {
  let share = 0;
  let isEnded = false;
  const listening = (async () => {
    for await (const line of heard()) {
      share = Number(line.split(' ')[1]);
      tell('burning');
    }
    isEnded = true;
  })();
  while (!isEnded) {
    const until = performance.now() + share * BURN_STEP_MS;
    while (performance.now() < until) continue;
    await delay(Math.max(1, (1 - share) * BURN_STEP_MS));
  }
  await listening;
}
