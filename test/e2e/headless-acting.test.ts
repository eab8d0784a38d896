import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { wsCkptInPath } from '../helpers/ws-ckpt-in-path.ts';
import { say, WS_ID } from '../helpers/ws-ckpt-stand-in.ts';

test('a snapshot holds the workspace as it was', async () => {
  const world = await headlessWorld();
  const headless = await world.armed();
  writeFileSync(join(world.workspace, 'notes.txt'), 'two\n');
  await world.failedCall('process crashed');
  const { snapshot } = await headless.line({ fate: 'checkpointed' });
  writeFileSync(join(world.workspace, 'notes.txt'), 'three\n');
  await headless.end('SIGTERM');
  const [store = ''] = readdirSync(join(world.stateDir, 'git'));
  const dir = join(world.stateDir, 'git', store);
  const show = ['--git-dir', dir, 'show', `refs/sightline/snapshots/${snapshot}:workspace/notes.txt`];
  expect(execFileSync('git', show, { encoding: 'utf8' })).toBe('two\n');
});

test('signals inside the window coalesce into one checkpoint when it closes', async () => {
  const world = await headlessWorld();
  const headless = await world.armed(['--debounce', '2']);
  await world.failedCall('process crashed', { call_id: 'a' });
  const first = await headless.line({ fate: 'checkpointed' });
  await world.failedCall('maximum context length', { call_id: 'b' });
  await world.failedCall('process crashed', { call_id: 'c' });
  await world.failedCall('process crashed', { call_id: 'd' });
  const trailing = await headless.line(({ fate, seq }) => fate === 'checkpointed' && seq > first.seq);
  await headless.line({ fate: 'coalesced', settled: true });
  await headless.end('SIGTERM');
  const waited = headless.all({ fate: 'coalesced', settled: false });
  expect(waited).toHaveLength(3);
  expect(waited.every(({ into }) => into === null)).toBe(true);
  // Named after the earliest of the highest severity.
  expect(trailing['snapshot']).toMatch(/-agent_crash/);
  expect(trailing['signal_id']).toBe(waited[1]?.['signal_id']);
  const into = headless.all({ fate: 'coalesced', settled: true });
  expect(into.map((fate) => fate['into'])).toEqual([trailing['snapshot'], trailing['snapshot']]);
  const gap = Date.parse(trailing['at']) - Date.parse(first['at']);
  expect(gap).toBeGreaterThanOrEqual(2_000);
  expect(headless.all({ phase: 'ended', outcome: 'created' })).toHaveLength(2);
});

test('without trailing they are settled at once, into the checkpoint that opened the window', async () => {
  const world = await headlessWorld();
  const headless = await world.armed(['--debounce', '60', '--no-trailing']);
  await world.failedCall('process crashed', { call_id: 'a' });
  const { snapshot } = await headless.line({ fate: 'checkpointed' });
  await world.failedCall('process crashed', { call_id: 'b' });
  await headless.line({ fate: 'coalesced', settled: true, into: snapshot });
  expect(headless.all({ fate: 'coalesced', settled: false })).toEqual([]);
});

test('mode hold announces, waits for the grace, then fires for all that joined', async () => {
  const world = await headlessWorld();
  const args = ['--mode', 'hold', '--grace', '1', '--workspace', world.workspace, '--checkpointer', 'git'];
  const headless = world.start(args);
  await headless.line({ kind: 'started', mode: 'hold' });
  await world.failedCall('process crashed', { call_id: 'a' });
  const held = await headless.line({ phase: 'held' });
  await world.failedCall('process crashed', { call_id: 'b' });
  const fired = await headless.line({ phase: 'started' });
  await headless.line({ fate: 'coalesced', settled: true });
  await headless.end('SIGTERM');
  expect(Date.parse(fired['at']) - Date.parse(held['at'])).toBeGreaterThanOrEqual(1_000);
  expect(headless.all({ fate: 'checkpointed' })).toMatchObject([{ signal_id: held['trigger'] }]);
});

test('in observe a signal is disarmed, and nothing is made', async () => {
  const world = await headlessWorld();
  const headless = world.start(['--workspace', world.workspace, '--checkpointer', 'git']);
  await headless.line({ kind: 'started', mode: 'observe' });
  await world.failedCall('process crashed');
  const fate = await headless.line({ kind: 'fate' });
  expect(fate).toMatchObject({ fate: 'disarmed', settled: true, workspace: world.workspace });
  expect(fate['reason']).toContain('would have checkpointed');
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'checkpoint' })).toEqual([]);
});

test('an agent without a workspace gets no_workspace', async () => {
  const world = await headlessWorld();
  const config = join(tempDir(), 'config.json');
  writeFileSync(config, JSON.stringify({ workspaces: { agents: { Claude: world.workspace } }, checkpointer: 'git' }));
  const headless = world.start(['--arm', '--config', config]);
  await headless.line({ kind: 'started' });
  await world.failedCall('process crashed', { agent_name: 'Nobody' });
  expect(await headless.line({ kind: 'fate' })).toMatchObject({ fate: 'no_workspace', workspace: null });
  await world.failedCall('process crashed', { call_id: 'mine' });
  expect(await headless.line({ fate: 'checkpointed' })).toMatchObject({ workspace: world.workspace });
});

test('policy: flagged types are said and left alone, ignored ones too', async () => {
  const world = await headlessWorld();
  const config = join(tempDir(), 'config.json');
  writeFileSync(config, JSON.stringify({ policy: { types: { token_limit: 'ignore' } } }));
  const headless = await world.armed(['--config', config]);
  await world.writer.interruption({ interruption_type: 'llm_error' });
  await world.writer.interruption({ interruption_type: 'token_limit' });
  await headless.line({ kind: 'fate', fate: 'flagged', signal: 'llm_error' });
  await headless.line({ kind: 'fate', fate: 'ignored', signal: 'token_limit' });
});

test('a crash that was an end on purpose is downgraded, and the rule is named', async () => {
  const world = await headlessWorld();
  const headless = await world.armed();
  const detail = JSON.stringify({ exit_code: 0, signal: 15, core_dump: false });
  await world.writer.interruption({ interruption_type: 'agent_crash', severity: 'critical', detail });
  const fate = await headless.line({ kind: 'fate' });
  expect(fate).toMatchObject({ fate: 'flagged', signal: 'agent_crash' });
  expect(fate['reason']).toMatch(/^downgraded: /);
});

// ---------------------------------------------------------------- ws-ckpt

test('auto takes ws-ckpt where it manages the workspace, and calls it as the rule book says', async () => {
  const world = await headlessWorld();
  const { env, ...standIn } = wsCkptInPath();
  const headless = world.start(['--arm', '--workspace', standIn.workspace], { env });
  const started = await headless.line({ kind: 'started' });
  expect(started['workspaces']).toMatchObject([
    { workspace: standIn.workspace, checkpointer: { name: 'ws-ckpt', version: '0.3.2', available: true } },
  ]);
  await world.failedCall('process crashed', { call_id: 'x' });
  const { snapshot, signal_id } = await headless.line({ fate: 'checkpointed' });
  const [argv = []] = standIn.calls('checkpoint');
  expect(argv.slice(0, 4)).toEqual([
    'checkpoint',
    `--workspace=${WS_ID}`,
    `--id=${snapshot}`,
    '--message=reactive: agent_crash (conv=c0ffee00c0ffee00c0ffee00c0ffee00)',
  ]);
  const metadata: unknown = JSON.parse(String(argv[4]).replace('--metadata=', ''));
  expect(metadata).toMatchObject({
    auto: true,
    type: 'reactive',
    tool: 'sightline',
    version: started['version'],
    signal: 'agent_crash',
    signal_id,
    agent: 'Claude',
    pid: 4242,
    host: started.host,
    call_id: 'x',
  });
  expect(standIn.cwdOf('checkpoint', 1).startsWith(standIn.workspace)).toBe(false);
});

test('a failing checkpointer: exit code and stderr are told, back-off, and the third failure opens the breaker', async () => {
  const world = await headlessWorld();
  const { env, ...standIn } = wsCkptInPath();
  standIn.answer('checkpoint', say('', '\u001b[31mError [InternalError]: btrfs snapshot failed\u001b[0m', 1));
  const headless = world.start(['--arm', '--workspace', standIn.workspace], { env });
  await headless.line({ kind: 'started' });
  for (const n of [1, 2, 3]) {
    await world.failedCall('process crashed', { call_id: `x${n}` });
    await until(() => headless.all({ fate: 'failed' }).length === n, 15_000);
  }
  await world.failedCall('process crashed', { call_id: 'x4' });
  const open = await headless.line({ fate: 'breaker_open' });
  expect(open['reason']).toContain('3 failures in a row');
  const [ended] = headless.all({ phase: 'ended' });
  expect(ended).toMatchObject({ outcome: 'failed', exit_code: 1 });
  expect(ended?.['stderr']).toBe('Error [InternalError]: btrfs snapshot failed');
  expect(headless.all({ fate: 'failed' })[0]?.['reason']).toContain('btrfs snapshot failed');
});

test('a checkpointer that goes away makes signals unavailable, with the remedy', async () => {
  const world = await headlessWorld();
  const { env, ...standIn } = wsCkptInPath();
  const headless = world.start(['--arm', '--workspace', standIn.workspace], { env });
  await headless.line({ kind: 'started' });
  standIn.answer('checkpoint', say('', "✗ Daemon is not running.\n  Start it with 'systemctl start ws-ckpt'.\n", 1));
  standIn.answer('status', say('', "✗ Daemon is not running.\n  Start it with 'systemctl start ws-ckpt'.\n", 1));
  await world.failedCall('process crashed', { call_id: 'a' });
  const fate = await headless.line({ kind: 'fate', settled: true });
  expect(fate).toMatchObject({ fate: 'unavailable' });
  expect(fate['reason']).toContain('systemctl start ws-ckpt');
});

test('ws-ckpt asked for but missing, or not managing the workspace: armed headless ends with 2 and says why', async () => {
  const world = await headlessWorld();
  const args = ['--arm', '--workspace', world.workspace, '--checkpointer', 'ws-ckpt'];
  const missing = world.start(args, { env: { PATH: '/nonexistent' } });
  expect(await missing.end()).toMatchObject({ code: 2 });
  expect(missing.text()).toBe('');
  expect(missing.errors()).toContain('ws-ckpt');
  expect(missing.errors()).toContain('cannot arm');

  const { env } = wsCkptInPath();
  const unmanaged = world.start(args, { env });
  expect(await unmanaged.end()).toMatchObject({ code: 2 });
  expect(unmanaged.errors()).toContain(`ws-ckpt init --workspace=${world.workspace}`);
  // Observing is allowed: the fate says what is missing only when it would act.
  const observing = world.start(['--workspace', world.workspace, '--checkpointer', 'ws-ckpt'], { env });
  const started = await observing.line({ kind: 'started' });
  expect(started['workspaces']).toMatchObject([{ checkpointer: { name: 'ws-ckpt', available: false } }]);
});

test('--arm without a workspace is a usage error', async () => {
  const world = await headlessWorld();
  const headless = world.start(['--arm']);
  expect(await headless.end()).toMatchObject({ code: 2 });
  expect(headless.text()).toBe('');
  expect(headless.errors()).toContain('there is no workspace');
});
