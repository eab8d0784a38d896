/**
 * Agents' own records: a history through the whole engine beside the bare loop (read, split, `JSON.parse`) and, where the
 * variable CCUSAGE names its program, beside that; the start on the history; a record that is appended to one of many files.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSightline } from '../../../src/engine/embed.ts';
import { openEngine } from '../../../src/engine/wire.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { Engine } from '../../../src/engine/types.ts';
import { pause, percentile, report } from '../measure.ts';
import { writeHistory } from './tree.ts';

/** Bytes of the history; RECORDS_MB gives another size. */
const BYTES = Number(process.env['RECORDS_MB'] ?? 300) * 1_000_000;
const FILES = 20_000;
const FOLDERS = 400;
const APPENDED = 200;
const IDLE_MS = 10_000;

const [, , arm, root = ''] = process.argv;
if (arm === 'bare') bare(root);
else if (arm === 'once') await once(root);
else await compare();

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  try {
    const history = join(folder, 'history');
    writeHistory(history, BYTES);
    compareOnce(history);
    await measureStart(folder, history);
    await measureLive(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compareOnce(history: string): void {
  const value = timeOf(process.execPath, [process.argv[1] ?? '', 'once', history]);
  const floor = timeOf(process.execPath, [process.argv[1] ?? '', 'bare', history]);
  const name = `once over ${BYTES / 1_000_000} MB of Claude's records`;
  report({ name, value, unit: 's', floor, target: 'beside read, split, parse', ok: true });
  const other = process.env['CCUSAGE'];
  if (other === undefined) return;
  const env = { ...process.env, CLAUDE_CONFIG_DIR: history };
  const usage = timeOf(other, ['claude', 'session', '--offline', '--json'], env);
  report({ name: `${name}, beside ccusage`, value, unit: 's', floor: usage, target: '≤ 1.0 ×', ok: value <= usage });
}

function timeOf(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stderr}`);
  return (performance.now() - startedAt) / 1_000;
}

function bare(history: string): void {
  let sum = 0;
  for (const name of readdirSync(history, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    for (const line of readFileSync(join(history, name), 'utf8').split('\n')) {
      if (line !== '') sum += Object.keys(JSON.parse(line) as object).length;
    }
  }
  if (sum === 0) throw new Error('nothing was read');
}

async function once(history: string): Promise<void> {
  const config = loadConfig({ source: [`claude:${history}`], stateDir: join(history, '..', 'state-once') }, false);
  const engine = await openEngine(config, { evict: false, takeOver: false, commitMs: null }, () => undefined);
  await engine.start();
  engine.commit();
  if (engine.store.getState().model.fleet.totals.calls === 0) throw new Error('nothing was read');
  await engine.close();
}

async function measureStart(folder: string, history: string): Promise<void> {
  const startedAt = performance.now();
  const engine = await open(folder, history);
  const value = performance.now() - startedAt;
  report({ name: 'start, newest 24 h complete', value, unit: 'ms', target: '≤ 3000 ms', ok: value <= 3_000 });
  await engine.close();
}

async function measureLive(folder: string): Promise<void> {
  const many = join(folder, 'many');
  writeMany(many);
  const engine = await open(folder, many);
  await pause(5_000);
  const before = process.cpuUsage();
  await pause(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  const idle = ((user + system) / 1_000 / IDLE_MS) * 100;
  report({ name: `idle, ${FILES} files`, value: idle, unit: '% core', target: '≤ 0.5 %', ok: idle <= 0.5 });
  const took: number[] = [];
  for (let call = 0; call < APPENDED; call += 1) {
    took.push(await appendOne(engine, many, call));
    await pause(20 + Math.random() * 60);
  }
  await engine.close();
  const [p50, p99] = [percentile(took, 0.5), percentile(took, 0.99)];
  report({
    name: `appended record → model, ${FILES} files, p50`,
    value: p50,
    unit: 'ms',
    target: '≤ 20 ms',
    ok: p50 <= 20,
  });
  report({
    name: `appended record → model, ${FILES} files, p99`,
    value: p99,
    unit: 'ms',
    target: '≤ 150 ms',
    ok: p99 <= 150,
  });
}

async function open(folder: string, records: string): Promise<Engine> {
  const engine = await openSightline({
    source: [`claude:${records}`],
    stateDir: mkdtempSync(join(folder, 'state-')),
    commitMs: 0,
  });
  await engine.start();
  return engine;
}

function writeMany(many: string): void {
  const longAgo = Date.now() / 1_000 - 30 * 86_400;
  for (let file = 0; file < FILES; file += 1) {
    const folder = folderOf(many, file);
    if (file < FOLDERS) mkdirSync(folder, { recursive: true });
    const path = join(folder, `old-${file}.jsonl`);
    writeFileSync(path, '{"type":"summary","summary":"x"}\n');
    utimesSync(path, longAgo, longAgo);
  }
}

function folderOf(many: string, file: number): string {
  return join(many, 'projects', `-p${file % FOLDERS}`);
}

async function appendOne(engine: Engine, many: string, call: number): Promise<number> {
  const callsOf = (): number => engine.store.getState().model.fleet.totals.calls;
  const known = callsOf();
  const seen = new Promise<void>((resolve) => {
    const end = engine.store.subscribe(() => {
      if (callsOf() <= known) return;
      end();
      resolve();
    });
  });
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${Date.now()}_${call}_bench`, model: 'm', stop_reason: 'end_turn', usage };
  const row = { type: 'assistant', message, uuid: `${call}-${Date.now()}`, timestamp: new Date() };
  const startedAt = performance.now();
  appendFileSync(join(folderOf(many, call), `new-${call % 40}.jsonl`), `${JSON.stringify(row)}\n`);
  await seen;
  return performance.now() - startedAt;
}
