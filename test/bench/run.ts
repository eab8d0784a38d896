/** `npm run bench`: measures against the floors of the same run, and prints a table. Not part of the tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
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
  'memory.ts',
  'records/records.ts',
  'records/screen.ts',
  'screen/frames.tsx',
  'screen/keys.tsx',
  'screen/program.ts',
] as const;

const wanted = process.argv.slice(2);
const chosen = BENCHES.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
// Inside the project, so that packages which cannot be bundled are found from there.
const cache = resolve(import.meta.dirname, '../../node_modules/.cache');
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, 'bench-'));
let missed = 0;
try {
  for (const name of chosen) {
    const file = await bundle(name);
    const hello = name.includes('program') ? [await bundle('screen/hello.tsx')] : [];
    for await (const line of lines(file, hello)) {
      const measured = JSON.parse(line) as Measured;
      if (!measured.ok) missed += 1;
      process.stdout.write(`${rowOf(measured)}\n`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(missed === 0 ? 'all targets met\n' : `${missed} targets missed\n`);

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
