import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { runProgram } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS } from '../helpers/terminal.ts';

/** A link to another folder takes the workspace's place; returns that folder. */
function replace(workspace: string): string {
  const other = join(dirname(workspace), 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'key.txt'), 'of somebody else\n');
  renameSync(workspace, `${workspace}.bak`);
  symlinkSync(other, workspace);
  return other;
}

function isLocked(folder: string): boolean {
  const { status } = spawnSync('flock', ['-n', folder, 'true']);
  return status === 1;
}

test('a replaced workspace is unavailable until doctor --repin, which a running engine notices by itself', async () => {
  const world = await headlessWorld();
  const { workspace, stateDir } = world;
  const headless = await world.armed(['--debounce', '1']);
  const other = replace(workspace);
  await world.failedCall('the process crashed', { call_id: 'first-of-the-crashed-calls' });
  const refused = await headless.line({ kind: 'fate', fate: 'unavailable', settled: true });
  expect(refused.reason).toContain(`now leads through a link to ${other}, owner uid`);
  expect(refused.reason).toContain(`(pinned: ${workspace}, owner uid`);
  expect(refused.reason).toContain(`sightline doctor --repin ${workspace} --state-dir ${stateDir}`);
  expect(headless.all({ kind: 'checkpoint' })).toEqual([]);
  expect(readdirSync(join(stateDir, 'git')).length).toBe(1);

  const where = ['--workspace', workspace, '--state-dir', stateDir, '--checkpointer', 'git'];
  const doctor = runProgram(['doctor', ...where, '--source', `sqlite:${world.folder}`, '--repin', workspace]);
  expect(doctor.stdout).toMatch(new RegExp(`^ok +pin ${workspace}: was ${workspace}, .*; is ${other}, `, 'mu'));

  const repin = await headless.line({ kind: 'operator', action: 'repin' });
  expect(repin).toMatchObject({ target: workspace, reason: expect.stringContaining(`is ${other}`) });
  // The lock has gone along.
  if (process.platform === 'linux') expect([other, `${workspace}.bak`].map(isLocked)).toEqual([true, false]);
  await world.failedCall('the process crashed', { call_id: 'second-of-the-crashed-calls' });
  await headless.line({ kind: 'fate', fate: 'checkpointed' });
  expect((await headless.end('SIGTERM')).code).toBe(0);
}, 60_000);

test('a link that appeared while not running: headless starts armed, and each signal is unavailable', async () => {
  const world = await headlessWorld();
  const first = await world.armed();
  await first.end('SIGTERM');
  replace(world.workspace);
  const second = await world.armed();
  await world.failedCall('the process crashed');
  const refused = await second.line({ kind: 'fate', settled: true });
  expect(refused).toMatchObject({ fate: 'unavailable', workspace: world.workspace });
  expect(refused.reason).toContain('leads through a link');
}, 60_000);

test('the key shows the old and the new folder, and pins the new one once its path was typed', async () => {
  const world = await screenWorld();
  const { workspace } = world;
  const screen = await world.armed('auto', [], { columns: 180 });
  const other = replace(workspace);
  await world.failedCall('the process crashed');
  await screen.shows('folder refused');
  screen.press('5');
  await screen.shows('Checkpoints 1');
  screen.press('R');
  await screen.shows('refused: nothing is changed');
  await screen.shows('now leads through a link to');
  screen.press(KEYS.escape);
  await screen.hides('refused: nothing is changed');
  // An acting key right behind Escape may be the rest of an Alt key, and does nothing.
  screen.press('v');
  await screen.shows('marked');
  screen.press('I');
  await screen.shows(`Pin ${workspace} again`);
  await screen.shows(`pinned until now: ${workspace}, owner uid`);
  await screen.shows(`found there now: ${other}, owner uid`);
  screen.press(KEYS.enter);
  await screen.shows(`type ${other} first`);
  screen.press(other);
  await screen.shows('Enter runs it');
  screen.press(KEYS.enter);
  await screen.shows(/pinned again by \S+: was/);
  screen.press(KEYS.escape);
  await screen.shows('Conversations');
  await screen.shows(/ready/);
  screen.press('q');
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
}, 60_000);
