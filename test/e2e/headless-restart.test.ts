import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headlessWorld, type HeadlessWorld } from '../helpers/headless-world.ts';
import { type Headless, startHeadless } from '../helpers/headless.ts';
import { until } from '../helpers/until.ts';
import { wsCkptInPath } from '../helpers/ws-ckpt-in-path.ts';
import { listOf } from '../helpers/ws-ckpt-stand-in.ts';

/** A second engine on the world's workspace, with a state folder of its own. */
function observing({ folder, stateDir, workspace }: HeadlessWorld): Headless {
  const where = ['--source', `sqlite:${folder}`, '--state-dir', `${stateDir}2`];
  return startHeadless([...where, '--arm', '--workspace', workspace, '--checkpointer', 'git']);
}

function settledFates(...runs: readonly Headless[]): ReadonlyMap<string, readonly string[]> {
  const fates = new Map<string, string[]>();
  for (const run of runs) {
    for (const { signal_id = '', fate = '', repeated } of run.all({ kind: 'fate', settled: true })) {
      // A run that was killed between printing a fate and noting that has it printed again, and says so.
      if (repeated === true && fates.get(signal_id)?.at(-1) === fate) continue;
      fates.set(signal_id, [...(fates.get(signal_id) ?? []), fate]);
    }
  }
  return fates;
}

function signalIds(...runs: readonly Headless[]): readonly string[] {
  return runs.flatMap((run) => run.all({ kind: 'signal' }).map(({ signal_id }) => signal_id ?? ''));
}

test('what a killed run left open is told right after the next `started`, once, without a signal', async () => {
  const world = await headlessWorld();
  const first = await world.armed(['--debounce', '600']);
  await world.failedCall('process crashed', { call_id: 'a' });
  await first.line({ fate: 'checkpointed' });
  await world.failedCall('process crashed', { call_id: 'b' });
  await first.line({ fate: 'coalesced', settled: false });
  await first.end('SIGKILL');

  const second = await world.armed(['--debounce', '600']);
  const told = await second.line({ kind: 'fate', settled: true });
  expect(told).toMatchObject({ seq: 2, fate: 'stopped' });
  // The window is kept: another signal still waits for it.
  await world.failedCall('process crashed', { call_id: 'c' });
  await second.line({ kind: 'fate', fate: 'coalesced', settled: false });
  expect(await second.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(second.all({ kind: 'signal' })).toHaveLength(1);
  const third = await world.armed(['--debounce', '600']);
  await third.end('SIGTERM');
  expect(third.lines.map(({ kind }) => kind)).toEqual(['started', 'stopped']);

  const fates = settledFates(first, second, third);
  expect([...fates.values()]).toEqual([['checkpointed'], ['stopped'], ['stopped']]);
  expect(new Set(signalIds(first, second, third))).toEqual(new Set(fates.keys()));
});

test('a checkpoint that was running when we were killed is looked up', async () => {
  const world = await headlessWorld();
  const standIn = wsCkptInPath();
  standIn.answer('checkpoint', 'sleep 30');
  const args = ['--arm', '--workspace', standIn.workspace, '--timeout', '20'];
  const first = world.start(args, { env: standIn.env });
  await first.line({ kind: 'started' });
  await world.failedCall('process crashed', { call_id: 'a' });
  const started = await first.line({ phase: 'started' });
  await until(() => existsSync(join(standIn.dir, 'called.checkpoint.1/argv')));
  await first.end('SIGKILL');
  const metadata: unknown = JSON.parse(
    String(standIn.calls('checkpoint')[0]?.find((arg) => arg.startsWith('--metadata='))).slice('--metadata='.length),
  );
  standIn.answer('list', listOf(started.snapshot ?? '', metadata));
  standIn.answer('checkpoint', 'exit 9');

  const second = world.start(args, { env: standIn.env });
  const told = await second.line({ kind: 'fate' });
  expect(told).toMatchObject({ seq: 2, settled: true, fate: 'checkpointed', snapshot: started['snapshot'] });
  expect(told['signal_id']).toBe(first.all({ kind: 'signal' })[0]?.['signal_id']);
  await second.end('SIGTERM');
});

test('the state is for us alone, and no lock stays behind', async () => {
  const world = await headlessWorld();
  const first = await world.armed();
  await world.failedCall('process crashed');
  await first.line({ fate: 'checkpointed' });
  expect(statSync(world.stateDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(world.stateDir, 'journal.jsonl')).mode & 0o777).toBe(0o600);
  await first.end('SIGKILL');
  const second = await world.armed();
  await second.line({ kind: 'started' });
  expect(second.errors()).not.toContain('acts here');
  expect(second.errors()).not.toContain('in use');
});

test('news of the time between two runs are live while they are young, and known ones keep their fate', async () => {
  const world = await headlessWorld();
  const first = await world.armed(['--debounce', '0']);
  await world.failedCall('process crashed', { call_id: 'a' });
  await first.line({ fate: 'checkpointed' });
  await first.end('SIGTERM');
  await world.failedCall('process crashed', { call_id: 'between' });
  const old = BigInt(Date.now() - 11 * 60_000) * 1_000_000n;
  const times = { start_timestamp_ns: old - 1_000_000_000n, end_timestamp_ns: old };
  await world.failedCall('process crashed', { call_id: 'long ago', ...times });
  const second = await world.armed(['--debounce', '0']);
  const fate = await second.line({ kind: 'fate', settled: true });
  expect(fate).toMatchObject({ fate: 'checkpointed' });
  expect(second.all({ kind: 'signal' })).toMatchObject([{ call_id: 'between', historical: false }]);
  expect(second.lines[0]?.['sources']).toMatchObject([{ historical_signals: 1 }]);
  await second.end('SIGTERM');
  expect(settledFates(first, second).size).toBe(2);
});

test('a killed run repeats nothing: each signal has one settled fate over all runs', async () => {
  const world = await headlessWorld();
  const runs: Headless[] = [];
  for (let round = 0; round < 3; round += 1) {
    const run = await world.armed(['--debounce', '1']);
    runs.push(run);
    for (let n = 0; n < 4; n += 1) {
      await world.failedCall('process crashed', { call_id: `${round}-${n}`, conversation_id: `c${n}-${round}` });
    }
    await until(() => run.all({ kind: 'signal' }).length >= 3, 20_000);
    await run.end('SIGKILL');
  }
  const last = await world.armed(['--debounce', '1']);
  runs.push(last);
  const ids = (): ReadonlySet<string> => new Set(signalIds(...runs));
  await until(() => ids().size === 12 && settledFates(...runs).size === 12, 20_000);
  await last.end('SIGTERM');
  for (const fates of settledFates(...runs).values()) expect(fates).toHaveLength(1);
  expect(signalIds(...runs)).toHaveLength(12);
});

test('a torn or garbled journal is survived, and what is whole of it is kept', async () => {
  const world = await headlessWorld();
  const first = await world.armed(['--debounce', '600']);
  await world.failedCall('process crashed', { call_id: 'a' });
  await first.line({ fate: 'checkpointed' });
  await first.end('SIGKILL');
  const journal = join(world.stateDir, 'journal.jsonl');
  writeFileSync(journal, `\u0000\u0001garbage\n${readFileSync(journal, 'utf8')}`);
  appendFileSync(journal, '{"k":"signal:torn","v":{"sig');
  const second = await world.armed(['--debounce', '600']);
  expect(second.errors()).toContain('2 unreadable lines');
  await world.failedCall('process crashed', { call_id: 'b' });
  await second.line({ fate: 'coalesced', settled: false });
  await second.end('SIGTERM');
  expect(settledFates(first, second).size).toBe(2);
});

test('a state directory that cannot be used does not stop us from acting', async () => {
  const world = await headlessWorld();
  writeFileSync(world.stateDir, 'a file');
  const headless = world.start([
    '--arm',
    '--workspace',
    world.workspace,
    '--checkpointer',
    'command',
    '--config',
    config(),
  ]);
  await headless.line({ kind: 'started' });
  expect(headless.errors()).toContain('nothing is kept over a restart');
  await world.failedCall('process crashed');
  await headless.line({ fate: 'checkpointed' });

  function config(): string {
    const file = join(world.workspace, 'config.json');
    writeFileSync(file, JSON.stringify({ command: ['true'] }));
    return file;
  }
});

test('a second engine observes, names the first, and takes over 30 s after that is killed', async () => {
  const world = await headlessWorld();
  const first = await world.armed();
  const second = observing(world);
  await second.line({ kind: 'started', mode: 'auto' });
  await world.failedCall('process crashed', { call_id: 'a' });
  const observed = await second.line({ kind: 'fate' });
  expect(observed).toMatchObject({ fate: 'observer', settled: true });
  expect(observed['reason']).toContain(`pid ${first.child.pid}`);
  await first.line({ fate: 'checkpointed' });
  await first.end('SIGKILL');
  const killedAt = Date.now();
  await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'other' });
  const waiting = await second.line({ fate: 'coalesced', settled: false });
  expect(waiting['reason']).toContain('the owner is gone');
  const takeover = await second.line({ kind: 'operator', action: 'takeover' }, 45_000);
  expect(takeover).toMatchObject({ target: world.workspace });
  expect(Date.now() - killedAt).toBeGreaterThan(29_000);
  await second.line({ kind: 'fate', fate: 'checkpointed', signal_id: waiting['signal_id'] });
}, 60_000);

test('a service that is killed and restarts gets its workspace back from the one that observes', async () => {
  const world = await headlessWorld();
  const first = await world.armed();
  const second = observing(world);
  await second.line({ kind: 'started' });
  await first.end('SIGKILL');
  await world.failedCall('process crashed', { call_id: 'a' });
  const { signal_id } = await second.line({ fate: 'coalesced', settled: false });
  const again = await world.armed();
  const settled = await second.line({ signal_id, settled: true });
  expect(settled).toMatchObject({ fate: 'observer' });
  expect(settled['reason']).toContain(`pid ${again.child.pid}`);
});

test('with the state directory of the first, it settles nothing of the living, and keeps its own once that is gone', async () => {
  const world = await headlessWorld();
  const first = await world.armed(['--debounce', '600']);
  await world.failedCall('process crashed', { call_id: 'a' });
  await first.line({ fate: 'checkpointed' });
  await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'other' });
  const waiting = await first.line({ fate: 'coalesced', settled: false });
  const second = await world.armed(['--debounce', '0']);
  expect(second.errors()).toContain('is in use by');
  expect(second.all({ fate: 'stopped' })).toEqual([]);
  await first.end('SIGKILL');
  await until(() => second.errors().includes('is free'), 10_000);
  await world.failedCall('process crashed', { call_id: 'c', conversation_id: 'third' });
  // The one that waited in the first may wait here too.
  const { signal_id } = await second.line({ kind: 'signal', call_id: 'c' });
  await second.line({ signal_id, fate: 'coalesced', settled: false });
  await second.end('SIGTERM');
  expect(second.all({ signal_id, fate: 'stopped' })).toHaveLength(1);
  const third = await world.armed();
  await third.end('SIGTERM');
  expect(third.all({ signal_id })).toEqual([]);
  expect(third.all({ kind: 'signal' })).toEqual([]);
  expect(settledFates(second, third).get(waiting.signal_id ?? '')).toHaveLength(1);
});
