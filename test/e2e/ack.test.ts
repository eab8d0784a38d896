import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RUNTIME_FOLDERS } from '../../src/effects/lock/runtime-folder.ts';
import { stateSchema } from '../../src/commands/once/schema.ts';
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
