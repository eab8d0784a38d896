/**
 * `npm run bench`: measures against the floors of the same run, and prints a table, with the machine it was made on and the
 * minutes that each part took. A part that fails is told, and the others go on. Not part of the tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { Measured } from './measure.ts';

/** What is measured, each in a process of its own. */
const BENCHES = [
  'jsonl/ingest.ts',
  'jsonl/live.ts',
  'sqlite/ingest.ts',
  'sqlite/history.ts',
  'sqlite/latency.ts',
  'sqlite/writer.ts',
  'growth.ts',
  'remote/console.ts',
  'peers/peers.ts',
  'memory.ts',
  'records/records.ts',
  'records/screen.ts',
  'screen/frames.tsx',
  'screen/keys.tsx',
  'screen/program.ts',
] as const;

/** Load of a machine that does nothing else, at the start. */
const QUIET_LOAD = 0.5;

const wanted = process.argv.slice(2);
const chosen = BENCHES.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
// Inside the project, so that packages which cannot be bundled are found from there.
const cache = resolve(import.meta.dirname, '../../node_modules/.cache');
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, 'bench-'));
// The prices are looked for beside a bundle, as beside the built program.
await cp(resolve(import.meta.dirname, '../../src/share'), join(folder, 'share'), { recursive: true });
let missed = 0;
const broken: string[] = [];
const minutes: string[] = [];
const start = performance.now();
process.stdout.write(`${machine()}\n`);
try {
  for (const name of chosen) {
    const begun = performance.now();
    try {
      await measure(name);
    } catch (error) {
      broken.push(name);
      process.stdout.write(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    minutes.push(`${name} ${minutesSince(begun)}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(missed === 0 ? 'all targets met' : `${missed} targets missed`);
if (broken.length > 0) process.stdout.write(`, not measured: ${broken.join(', ')}`);
process.stdout.write(`; ${minutesSince(start)} min (${minutes.join(', ')})\n`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function measure(name: (typeof BENCHES)[number]): Promise<void> {
  const file = await bundle(name);
  const hello = name.includes('program') ? [await bundle('screen/hello.tsx')] : [];
  for await (const line of lines(file, hello)) {
    const measured = JSON.parse(line) as Measured;
    if (!measured.ok) missed += 1;
    process.stdout.write(`${rowOf(measured)}\n`);
  }
}

function minutesSince(begun: number): string {
  return ((performance.now() - begun) / 60_000).toFixed(1);
}

/** What it is measured on: absolute figures are worth nothing without it, and ratios little on a busy machine. */
function machine(): string {
  const [load = 0] = loadavg();
  const quiet = load <= QUIET_LOAD ? '' : ': not quiet, trust the ratios alone';
  const [cpu] = cpus();
  return `${new Date().toISOString()}  node ${process.versions.node}  ${cpus().length} × ${cpu?.model ?? 'CPU'}  load ${load.toFixed(2)}${quiet}`;
}

async function bundle(name: string): Promise<string> {
  const outdir = join(folder, name.replaceAll('/', '-'));
  await build({
    entryPoints: [join(import.meta.dirname, name)],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.15',
    external: ['react-devtools-core', '@lydell/node-pty'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return join(outdir, `${basename(name, extname(name))}.mjs`);
}

async function* lines(file: string, args: readonly string[]): AsyncGenerator<string> {
  const env = { ...process.env, NODE_ENV: 'production', FORCE_COLOR: '1', NODE_NO_WARNINGS: '1' };
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const exited = once(child, 'exit');
  yield* createInterface({ input: child.stdout });
  const [code] = await exited;
  if (code !== 0) throw new Error(`${file} ended with ${String(code)}`);
}

function rowOf({ name, value, unit, floor, target, ok }: Measured): string {
  const ratio = floor === undefined || floor === 0 ? '' : ` (${(value / floor).toFixed(2)} × ${floor.toFixed(2)})`;
  return `${ok ? 'ok    ' : 'MISSED'}  ${name.padEnd(44)} ${`${value.toFixed(2)} ${unit}`.padStart(12)}${ratio.padEnd(20)} ${target}`;
}
