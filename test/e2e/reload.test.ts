import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS, openTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

/** A configuration file beside the world, and how an editor saves it. */
function configOf(world: { readonly folder: string }) {
  const folder = join(world.folder, '..', 'etc');
  mkdirSync(folder);
  const path = join(folder, 'config.json');
  const save = (content: unknown): void => {
    writeFileSync(`${path}~`, typeof content === 'string' ? content : JSON.stringify(content));
    renameSync(`${path}~`, path);
  };
  return { path, save };
}

const CRASH = { interruption_type: 'agent_crash', severity: 'critical' };

test('a changed configuration holds at once; a bad one changes nothing, and says so', async () => {
  const world = await headlessWorld();
  const { path, save } = configOf(world);
  save({ policy: { types: { agent_crash: 'flag' } } });
  const headless = world.start(['--config', path]);
  await headless.line({ kind: 'started' });
  await world.writer.interruption({ ...CRASH, conversation_id: 'c1' });
  await headless.line({ kind: 'fate', fate: 'flagged' });

  save({ policy: { types: { agent_crash: 'ignore' } }, debounce: 7 });
  expect(await headless.line({ kind: 'operator', action: 'reload' })).toMatchObject({
    target: path,
    reason: 'debounce 7 s (was 30 s), policy.types',
  });
  await world.writer.interruption({ ...CRASH, conversation_id: 'c2' });
  await headless.line({ kind: 'fate', fate: 'ignored' });

  save({ policy: { types: { agent_crash: 'explode' } } });
  await until(() => headless.errors().includes('the configuration is unchanged'), 30_000);
  expect(headless.errors()).toContain(`${path}: policy.types.agent_crash: expected checkpoint, flag or ignore`);
  await world.writer.interruption({ ...CRASH, conversation_id: 'c3' });
  await until(() => headless.all({ kind: 'fate', fate: 'ignored' }).length === 2, 30_000);
});

test('what cannot change while it runs is named; an option of the command line stays above the file', async () => {
  const world = await headlessWorld();
  const { path, save } = configOf(world);
  save({});
  const headless = world.start(['--config', path, '--debounce', '5']);
  await headless.line({ kind: 'started' });
  save({ debounce: 99, host: 'other', state_dir: '/elsewhere', ui: { theme: 'light' } });
  await until(() => headless.errors().includes('apply after a restart'), 30_000);
  expect(headless.errors()).toContain(`${path}: host other (was `);
  expect(headless.all({ kind: 'operator' })).toEqual([]);
});

test('SIGHUP reads it again, and says so even if nothing has changed; a file that is gone changes nothing', async () => {
  const world = await headlessWorld();
  const { path, save } = configOf(world);
  save({ timeout: 3 });
  const headless = world.start(['--config', path]);
  await headless.line({ kind: 'started' });
  headless.child.kill('SIGHUP');
  await until(() => headless.errors().includes(`nothing in ${path} has changed`), 30_000);
  renameSync(path, `${path}.old`);
  await until(
    () => headless.errors().includes(`no configuration file ${path}: the configuration is unchanged`),
    30_000,
  );
  expect(headless.all({ kind: 'operator' })).toEqual([]);
  save({ timeout: 4 });
  await headless.line({ kind: 'operator', action: 'reload', reason: 'timeout 4 s (was 3 s)' });
  expect(await headless.end('SIGTERM')).toMatchObject({ code: 0 });
});

test('on the screen: keys and rules change under the eyes, and a bad file is said there', async () => {
  const world = await screenWorld();
  const { path, save } = configOf(world);
  save({});
  const screen = await world.open(['--config', path]);
  await screen.shows('q quit');
  save({ policy: { types: { agent_crash: 'ignore' } }, ui: { theme: 'light', keys: { quit: 'Q' } } });
  await screen.shows('Q quit');
  screen.press('L');
  await screen.shows('reloaded ');
  save({ ui: { keys: { quit: 's' } } });
  await screen.shows('the configuration is unchanged: ui.keys.quit: ');
  screen.press(KEYS.escape);
  await screen.hides('Esc closes');
  await world.failedCall('process crashed', { call_id: 'a' });
  await screen.shows('ignored by policy');
  screen.press('Q');
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
});

test('in a terminal, SIGHUP is its hang-up and ends headless', async () => {
  const world = await headlessWorld();
  const args = ['headless', '--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir];
  const terminal = openTerminal(args);
  await terminal.shows('"kind":"started"');
  terminal.signal('SIGHUP');
  expect(await terminal.ended).toMatchObject({ exitCode: 0 });
  expect(terminal.raw()).toContain('"reason":"SIGHUP"');
});

test('in a terminal with a debug log, the screen stays clean', async () => {
  const world = await screenWorld();
  const file = join(world.folder, '..', 'log');
  const screen = await world.open(['--debug', '--log-file', file]);
  await world.failedCall('process crashed', { call_id: 'a' });
  await screen.shows('agent_crash');
  screen.press('q');
  await screen.ended;
  expect(screen.raw()).not.toContain(': received ');
  expect(readFileSync(file, 'utf8')).toMatch(/debug sqlite:\S+: received \d+ events?/u);
  expect(readFileSync(file, 'utf8')).toMatch(/info {2}signal agent_crash, critical/u);
});
