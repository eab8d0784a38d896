import { expect, test } from 'vitest';
import { cleanEnvironment } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { openTerminal } from '../helpers/terminal.ts';

test('for a screen reader events come as lines, and keys are typed by their names', async () => {
  const world = await screenWorld();
  const terminal = openTerminal([...world.args, '--mode', 'hold', '--grace', '3600', '--screen-reader']);
  await terminal.shows('type a key and Enter');
  await terminal.shows('first snapshot');
  await terminal.shows('started in mode hold');
  await world.failedCall('process crashed', { call_id: 'a', agent_name: 'Hermes' });
  await terminal.shows(/signal agent_crash, critical, agent Hermes/);
  await terminal.shows('project: checkpoint held for agent_crash of Hermes');
  terminal.press('\r');
  await terminal.shows(/workspace .*project: held, fires in/);
  terminal.press('x\r');
  await terminal.shows(/agent_crash of Hermes: vetoed/);
  terminal.press('s\r');
  await terminal.shows('duration 15 min; reason none; ');
  terminal.press('tab\r');
  await terminal.shows('at duration');
  terminal.press('tab\r');
  await terminal.shows('at reason');
  terminal.press('known trouble\r');
  await terminal.shows('reason known trouble');
  terminal.press('\r');
  await terminal.shows(/silenced until \d\d:\d\d: .* \(known trouble\)/);
  terminal.press('m\r');
  await terminal.shows('mode hold; chosen: hold');
  terminal.press('k\r');
  await terminal.shows('mode hold; chosen: observe');
  terminal.press('\r');
  await terminal.shows(/mode observe/);
  terminal.press('q\r');
  expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
  expect(terminal.raw()).not.toContain('\u001b');
});

test('the keys are told once: the next key is for what lies below them', async () => {
  const world = await screenWorld();
  const terminal = openTerminal([...world.args, '--screen-reader']);
  await terminal.shows('started in mode observe');
  terminal.press('?\r');
  await terminal.shows('Ctrl-Z: to the shell');
  // What has no key of its own is no line without a name.
  expect(terminal.raw()).not.toMatch(/^: /m);
  terminal.press('4\r');
  await terminal.shows('signals: empty');
  expect(terminal.raw().match(/Ctrl-Z: to the shell/g)).toHaveLength(1);
  terminal.press('ctrl-c\r');
  expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
});

test('snapshots, their comparison and what a rollback would do are told, too', async () => {
  const world = await screenWorld();
  const terminal = openTerminal([...world.args, '--mode', 'hold', '--grace', '3600', '--screen-reader']);
  await terminal.shows('started in mode hold');
  await terminal.shows(/first snapshot base-/);
  terminal.press('5\r');
  await terminal.shows(/snapshot 1 of 1, by newest: project, base-/);
  terminal.press('R\r');
  await terminal.shows(/type \d{6} first, escape cancels/);
  terminal.press('escape\r');
  terminal.press('d\r');
  await terminal.shows(/no differences/);
  terminal.press('ctrl-c\r');
  expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
});

test('a terminal that only prints gets lines', async () => {
  const world = await screenWorld();
  const env = { ...cleanEnvironment(), TERM: 'dumb' };
  const terminal = openTerminal(world.args, { env });
  await terminal.shows('started in mode observe');
  await world.failedCall('process crashed', { call_id: 'a' });
  await terminal.shows(/agent_crash of Claude: disarmed/);
  terminal.signal('SIGTERM');
  expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
  expect(terminal.raw()).not.toContain('\u001b');
});
