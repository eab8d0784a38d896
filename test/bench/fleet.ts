/**
 * Measures a fleet against a real nats-server: hosts with 20 agents each in this process, and a console. Prints bytes a call
 * on the broker, the CPU that publishing adds to a host at 20 calls/s, and of a console attach, memory and a frame.
 * `node test/bench/fleet.ts` (nats-server must be installed).
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { loadTriage } from '../../src/commands/triage.ts';
import { systemClock } from '../../src/effects/clock.ts';
import { NO_SECRETS } from '../../src/remote/nats/broker.ts';
import { openFleet } from '../../src/remote/nats/console.ts';
import { loadPricer } from '../../src/effects/prices.ts';
import { publishHost } from '../../src/remote/nats/host.ts';
import { createMerge, type Heard } from '../../src/remote/nats/merge.ts';
import { summaryOf } from '../../src/remote/nats/summary.ts';
import { hostRows } from '../../src/ui/views/hosts/rows.ts';
import { ladderOf } from '../../src/ui/ladder/ladder.ts';
import { freePort } from '../helpers/free-port.ts';
import { ScreenWorld } from '../helpers/view.ts';

const triage = await loadTriage();
const AGENTS = 20;
const SECONDS = 10;
const CALLS_PER_SECOND = 20;
const HISTORY = 3_600;
const FRAMES = 200;
/** Hosts with a patch within a frame of 200 ms: 50 of them send one a second. */
const CHANGED = 10;
const NO_TEXTS: ReadonlyMap<string, string | null> = new Map();
const pricer = loadPricer();
const USAGE = { inputTokens: 20_000, outputTokens: 900, cacheReadTokens: 15_000, cacheCreationTokens: 0 };
const PRICED = { provider: 'anthropic', model: 'claude-sonnet-4-5', usage: USAGE };

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
const port = await freePort();
const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], { stdio: 'ignore' });
const url = `nats://127.0.0.1:${port}`;
await delay(1_000);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

async function world(): Promise<ScreenWorld> {
  const made = await ScreenWorld.started('hold', { pricer });
  for (let at = 0; at < AGENTS; at += 1) made.call({ ...PRICED, agent: `worker-${at}`, conversationId: `c${at}` });
  made.engine.commit();
  return made;
}

function publish(one: ScreenWorld, host: string) {
  const name = { run: `run-${host}`, pid: 1, user: 'root', version: '0.3.0', command: 'headless' };
  const broker = { ...NO_SECRETS, url };
  return publishHost({
    engine: one.engine,
    name,
    host,
    broker,
    content: false,
    clock: systemClock,
    triage,
    talk: () => undefined,
  });
}

/** Calls at a steady rate; resolves to the CPU that they took, ms. */
async function busy(one: ScreenWorld, perSecond = CALLS_PER_SECOND): Promise<number> {
  const before = cpuMs();
  for (let at = 0; at < SECONDS * perSecond; at += 1) {
    one.call({ ...PRICED, agent: `worker-${at % AGENTS}`, conversationId: `c${at % AGENTS}` });
    if (at % perSecond === 0) one.engine.commit();
    await delay(1_000 / perSecond);
  }
  return cpuMs() - before;
}

/** The CPU of a frame, ms: some hosts have changed, and the sum, the ladder and the rows of the hosts are made again. */
async function frameOf(count: number): Promise<number> {
  const merge = createMerge(triage);
  const states = await Promise.all(Array.from({ length: count }, () => world()));
  const views = states.map((one) => {
    const first = summaryOf(one.view(), triage);
    one.call({ ...PRICED, agent: 'worker-1', conversationId: 'c1' });
    return [first, summaryOf(one.view(), triage)] as const;
  });
  const now = Date.now();
  const heard = (at: number, turn: number): Heard => {
    const { view, ...counts } = views[at]?.[turn % 2] ?? summaryOf(states[0]?.view() ?? fail(), triage);
    const facts = { engine: null, isUnseen: false, skewMs: 0, twin: null, asked: NO_TEXTS };
    return { name: `host-${at}`, view, mode: view.mode, ...counts, ...facts, heardAt: now + turn };
  };
  const hosts = states.map((_, at) => heard(at, 0));
  const fleet = { broker: 'nats', lostSince: null, more: 0, hasTexts: false };
  const frame = (turn: number): void => {
    for (let changed = 0; changed < CHANGED; changed += 1) {
      const at = (turn * CHANGED + changed) % count;
      hosts[at] = heard(at, turn);
    }
    const view = merge([...hosts], fleet, { at: now + turn, version: '0.3.0' });
    ladderOf(view, view.at);
    hostRows(view, view.at);
  };
  for (let turn = 0; turn < FRAMES; turn += 1) frame(turn);
  const before = cpuMs();
  for (let turn = 0; turn < FRAMES; turn += 1) frame(FRAMES + turn);
  return (cpuMs() - before) / FRAMES;
}

function fail(): never {
  throw new Error('there is no host');
}

const alone = await busy(await world());
const first = await world();
const published = publish(first, 'host-0');
const tap = await connect({ servers: url });
let bytes = 0;
tap.subscribe('sightline.>', { callback: (_, { data, subject }) => void (bytes += data.length + subject.length) });
await delay(500);
bytes = 0;
const shown = await busy(first);
say(`bytes a call on the broker: ${Math.round(bytes / (SECONDS * CALLS_PER_SECOND))}`);
say(
  `CPU that publishing adds at ${CALLS_PER_SECOND} calls/s: ${(((shown - alone) / SECONDS / 1_000) * 100).toFixed(2)} % of a core`,
);
bytes = 0;
await busy(first, 1);
say(`bytes a call on the broker at 1 call/s, with signs of life: ${Math.round(bytes / SECONDS)}`);
for (const count of [5, 50, 200]) {
  const ms = await frameOf(count);
  say(`a frame over ${count} hosts of which ${Math.min(CHANGED, count)} changed: ${ms.toFixed(2)} ms CPU`);
}
for (let seq = 1; seq <= HISTORY; seq += 1)
  published.event({ seq, kind: 'signal', signal: 'retry_storm', agent: 'Codex' });

const hosts = [published];
for (const count of [5, 50, 200]) {
  while (hosts.length < count) hosts.push(publish(await world(), `host-${hosts.length}`));
  await delay(3_000);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  let events = 0;
  const fleet = openFleet({
    broker: { ...NO_SECRETS, url },
    user: 'ops',
    version: '0.3.0',
    content: false,
    clock: systemClock,
    newId: randomUUID,
    triage,
    talk: () => undefined,
    event: () => void (events += 1),
  });
  await fleet.ready;
  fleet.commit();
  const attach = performance.now() - began;
  const attached = fleet.store.getState().fleet?.hosts.filter(({ started }) => started).length ?? 0;
  while (events < HISTORY && performance.now() - began < 20_000) await delay(20);
  const past = performance.now() - began;
  const before = cpuMs();
  for (let at = 0; at < FRAMES; at += 1) {
    fleet.commit();
    const view = fleet.store.getState();
    ladderOf(view, view.at);
    hostRows(view, view.at);
  }
  const frame = (cpuMs() - before) / FRAMES;
  const rows = fleet.store.getState().model.conversations.length;
  globalThis.gc?.();
  const memory = (process.memoryUsage().heapUsed - heap) / 1024 / 1024;
  say(
    `${count} hosts × ${AGENTS} agents: ${attached} hosts after ${Math.round(attach)} ms, ${events} events of an hour after ` +
      `${Math.round(past)} ms; frame ${frame.toFixed(2)} ms CPU over ${rows} rows; console ${memory.toFixed(1)} MB`,
  );
  await fleet.close();
}
await Promise.all(hosts.map((host) => host.close()));
await tap.close();
server.kill('SIGKILL');
rmSync(folder, { recursive: true, force: true });
process.exit();
