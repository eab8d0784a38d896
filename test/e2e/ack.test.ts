import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RUNTIME_FOLDERS } from '../../src/effects/lock/runtime-folder.ts';
import { stateSchema } from '../../src/commands/once/schema.ts';
import { commandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE, consoleWorld } from '../helpers/console-world.ts';
import { cleanEnvironment, PROGRAM, runProgram } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS } from '../helpers/terminal.ts';

test('a acknowledges: off the alert line, out of the exit code of once, kept over a restart, taken back by a', async () => {
  const world = await screenWorld();
  const once = (...args: readonly string[]) => {
    const where = ['--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir];
    const { status, stdout } = runProgram(['once', '--json', ...where, ...args]);
    return { status, doc: stateSchema.parse(JSON.parse(stdout)) };
  };
  const screen = await world.open();
  await world.writer.call({ conversation_id: 'one', agent_name: 'Hermes' });
  await world.writer.interruption({
    conversation_id: 'one',
    agent_name: 'Hermes',
    interruption_type: 'dead_loop',
    severity: 'critical',
  });
  await screen.shows(/⚑ dead_loop Hermes/u);
  expect(once().status).toBe(1);
  await screen.shows('a ack dead_loop');
  screen.press('a');
  await screen.shows('SEEN, TAKE IT OFF THE ALERT LINE');
  screen.press(KEYS.tab);
  await screen.shows('▸ until');
  screen.press(KEYS.tab);
  await screen.shows('▸ note');
  screen.press('known loop');
  await screen.shows('known loop_');
  screen.press(KEYS.enter);
  await screen.shows(/acknowledged: dead_loop of Hermes.*known loop/u);
  await screen.shows('nothing wrong');
  await screen.shows(/1 acked/u);
  await screen.shows(/active, acked/u);
  const acked = { by: expect.any(String), at: expect.any(String), until: null, note: 'known loop' };
  expect(once()).toMatchObject({ status: 0, doc: { interruptions: [{ acked }], signals: [{ acked }] } });
  expect(once('--include-acked').status).toBe(1);
  screen.press('q');
  await screen.ended;
  const again = await world.open();
  await again.shows('1 acked');
  await again.shows('a take back ack of dead_loop');
  again.press('a');
  await again.shows('no longer acknowledged: dead_loop of Hermes');
  await again.shows(/⚑ dead_loop Hermes/u);
  expect(once().status).toBe(1);
  again.press('q');
  await again.ended;
});

const IS_ROOT = process.getuid?.() === 0;

test.skipIf(!IS_ROOT || !CAN_ISOLATE)(
  "another user's once says that it cannot see what root acknowledges",
  async () => {
    const world = await consoleWorld();
    await world.engine('observe');
    const place = mkdtempSync(join(tmpdir(), 'sightline-ack-'));
    onTestFinished(() => rmSync(place, { recursive: true }));
    chmodSync(place, 0o755);
    writeFileSync(join(place, 'feed.jsonl'), '');
    const over = `mount --bind "$0" '${RUNTIME_FOLDERS.root}' && exec setpriv --reuid=65534 --clear-groups "$@"`;
    const run = (...args: readonly string[]) => {
      const program = [process.execPath, PROGRAM, 'once', '--source', `jsonl:${join(place, 'feed.jsonl')}`, ...args];
      const env = { ...cleanEnvironment(), HOME: '/nonexistent' };
      return spawnSync('unshare', ['-m', 'sh', '-c', over, world.runtime, ...program], {
        encoding: 'utf8',
        env,
        cwd: '/',
      });
    };
    const { stdout, stderr } = run('--json');
    expect(stateSchema.parse(JSON.parse(stdout)).acks_hidden).toBe('root');
    expect(stderr).toContain('acknowledgements of root cannot be read by this user');
    expect(run().stdout).toContain('what root has acknowledged is not seen by this user');
  },
);

describe.skipIf(!CAN_ISOLATE)('sightline ack', () => {
  test('without an engine it works on the state folder, and covers a history that only once reads', async () => {
    const world = await commandWorld();
    await world.writer.interruption({ interruption_type: 'agent_crash', severity: 'critical', agent_name: 'Hermes' });
    const once = () => world.run(['once', '--json', '--source', `sqlite:${world.folder}`]);
    expect(await once()).toMatchObject({ code: 1 });
    const acked = await world.run(['ack', '--agent', 'Hermes', '--note', 'key rotated', '--json']);
    expect(acked.json()).toMatchObject({
      ok: true,
      outcome: 'acknowledged',
      engine: null,
      acked: { note: 'key rotated' },
    });
    const after = await once();
    expect(after).toMatchObject({ code: 0 });
    expect(after.json()).toMatchObject({ interruptions: [{ acked: { note: 'key rotated', until: null } }] });
    const listed = (await world.run(['ack', '--list', '--json'])).json();
    expect(listed).toMatchObject({
      schema: 'sightline.acks/1',
      acks: [{ older: { agent: 'Hermes' }, note: 'key rotated' }],
    });
    expect((await world.run(['ack', '--list'])).out).toMatch(/ID +SINCE +UNTIL +SIGNALS +AND BEFORE +BY +NOTE/u);
    expect((await world.run(['ack', '--all', '--undo'])).out).toContain('no longer acknowledged');
    expect(await once()).toMatchObject({ code: 1 });
  });

  test('through the engine, by the id of a signal, which notes who asked', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    await world.failedCall('process crashed', { call_id: 'a', conversation_id: 'one', agent_name: 'Hermes' });
    const { signal_id } = await engine.line({ kind: 'signal' });
    const id = String(signal_id);
    const acked = await world.run(['ack', id.slice(0, 12), '--for', '2h', '--json']);
    expect(acked.json()).toMatchObject({ ok: true, engine: { pid: engine.child.pid }, signals: [id] });
    const line = await engine.line({ kind: 'operator', action: 'ack' });
    expect(line).toMatchObject({ signals: [id], acked: { until: expect.any(String) }, by: { claimed: true } });
    expect((await world.run(['signals'])).out).toMatch(/acked by \S+ until \d\d:\d\d/u);
    expect(await world.run(['ack', id])).toMatchObject({ code: 1 });
    expect(await world.run(['ack', id, '--undo'])).toMatchObject({ code: 0 });
    expect(await engine.line({ kind: 'operator', action: 'unack' })).toMatchObject({ signals: [id], acked: null });
  });

  test('says what is acknowledged, or is a usage error', async () => {
    const world = await commandWorld();
    expect(await world.run(['ack'])).toMatchObject({ code: 2, out: '' });
    expect(await world.run(['ack', 'abc', '--all'])).toMatchObject({ code: 2, out: '' });
    const unknown = await world.run(['ack', 'abc', '--json']);
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.json()).toMatchObject({ ok: false, code: 'no_such_signal' });
  });
});
