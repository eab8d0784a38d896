import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { PROGRAM } from '../helpers/program.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const STEPS_MS = [HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS, 61_000, -61_000, 1_500, -1_500] as const;

const DEBOUNCE_MS = 2_000;
/** How much later than its time a checkpoint may come on a busy machine, ms. */
const SLACK_MS = 10_000;

/** After this the program has read what its clock is set to, ms. */
const NOTICED_MS = 200;

const PRELOAD = resolve(import.meta.dirname, '../fixtures/shift-clock.mjs');
const OVERFLOW = 'prompt is too long: 9 tokens > 8 maximum';

/** A fate as it was printed, with when it came by the monotonic clock, ms. */
type Fate = { readonly fate: string; readonly snapshot: string | null; readonly mono: number };

/** Folders and clock of one attempt; `engine` starts the armed program in them. */
class World {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-fault-')));
  readonly shiftFile = join(this.dir, 'shift');
  #calls = 0;

  constructor() {
    mkdirSync(join(this.dir, 'ws'));
    writeFileSync(join(this.dir, 'feed.jsonl'), '');
    this.setClock(0);
  }

  setClock(shiftMs: number): void {
    writeFileSync(this.shiftFile, String(shiftMs));
  }

  async engine(config: unknown, args: readonly string[]): Promise<Engine> {
    writeFileSync(join(this.dir, 'config.json'), JSON.stringify(config));
    const engine = new Engine(this, args);
    await engine.started();
    return engine;
  }

  /** A context overflow, after a change of the workspace. */
  signal(): void {
    this.#calls += 1;
    writeFileSync(join(this.dir, 'ws/file'), String(this.#calls));
    const line = callLineOf({ id: `call-${this.#calls}-0123456789`, status: 400, error: OVERFLOW });
    appendFileSync(join(this.dir, 'feed.jsonl'), `${line}\n`);
  }

  snapshots(): readonly string[] {
    const stores = join(this.dir, 'state/git');
    return readdirSync(stores).flatMap((store) => readdirSync(join(stores, store, 'refs/sightline/snapshots')));
  }
}

class Engine {
  readonly fates: Fate[] = [];
  readonly #child: ChildProcess;
  #text = '';
  #isStarted = false;

  constructor({ dir, shiftFile }: World, args: readonly string[]) {
    const files = [
      '--source',
      `jsonl:${dir}/feed.jsonl`,
      '--state-dir',
      `${dir}/state`,
      '--config',
      `${dir}/config.json`,
    ];
    const acting = ['--workspace', `${dir}/ws`, '--checkpointer', 'git', '--arm', ...args];
    this.#child = spawn(process.execPath, ['--import', PRELOAD, PROGRAM, 'headless', ...files, ...acting], {
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, AGENTSIGHT_CONFIG: `${dir}/none.json`, SHIFT_FILE: shiftFile },
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: '/',
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#read(chunk));
  }

  async started(): Promise<void> {
    await until(() => this.#isStarted, 30_000);
  }

  /** Waits until so many signals are settled as this. */
  async settled(fate: string, count: number): Promise<void> {
    await until(() => this.fates.filter((one) => one.fate === fate).length >= count, DEBOUNCE_MS + SLACK_MS);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill();
    await until(() => this.#child.exitCode !== null, 15_000).catch(() => this.#child.kill('SIGKILL'));
  }

  #read(chunk: string): void {
    const lines = (this.#text + chunk).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      const { kind, settled, fate, snapshot } = JSON.parse(line) as Record<string, unknown>;
      if (kind === 'started') this.#isStarted = true;
      if (kind !== 'fate' || settled !== true) continue;
      const made = typeof snapshot === 'string' ? snapshot : null;
      this.fates.push({ fate: String(fate), snapshot: made, mono: performance.now() });
    }
  }
}

const windows: Fault = {
  name: 'wall clock set inside a debounce window',
  needs: [],
  tries: { short: 2, full: 16 },
  attempt: async (n) => {
    const world = new World();
    // Each step with a trailing shot and without.
    const isTrailing = (n + Math.floor(n / STEPS_MS.length)) % 2 === 0;
    const debounce = ['--debounce', String(DEBOUNCE_MS / 1_000)];
    const engine = await world.engine({}, isTrailing ? debounce : [...debounce, '--no-trailing']);
    try {
      world.signal();
      await engine.settled('checkpointed', 1);
      world.setClock(STEPS_MS[n % STEPS_MS.length] ?? 0);
      await delay(isTrailing ? NOTICED_MS : DEBOUNCE_MS + NOTICED_MS);
      world.signal();
      // By the shot that closes the window, or at once after it: an hour back must not keep it for an hour.
      await engine.settled('checkpointed', 2);
      const [first, second] = engine.fates.filter(({ fate }) => fate === 'checkpointed').map(({ mono }) => mono);
      const apart = (second ?? 0) - (first ?? 0);
      return apart < DEBOUNCE_MS - 100 ? `two automatic checkpoints ${Math.round(apart)} ms apart` : null;
    } finally {
      await engine.end();
      removeTree(world.dir);
    }
  },
};

const retention: Fault = {
  name: 'snapshots dated ahead while retention makes room',
  needs: [],
  tries: { short: 1, full: 8 },
  attempt: async () => {
    const world = new World();
    const config = { git: { keep: 2 } };
    const args = ['--debounce', '0.1'];
    const run = async (count: number): Promise<string> => {
      const engine = await world.engine(config, args);
      try {
        for (let made = 1; made <= count; made += 1) {
          world.signal();
          await engine.settled('checkpointed', made);
        }
        return engine.fates.findLast(({ snapshot }) => snapshot !== null)?.snapshot ?? '';
      } finally {
        await engine.end();
      }
    };
    try {
      world.setClock(DAY_MS);
      await run(2);
      world.setClock(0);
      const made = await run(1);
      return world.snapshots().includes(made) ? null : `the snapshot ${made} that a fate has named is gone`;
    } finally {
      removeTree(world.dir);
    }
  },
};

export const faults: readonly Fault[] = [windows, retention];
