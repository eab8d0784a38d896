import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS } from '../helpers/terminal.ts';

test('an arrow key that arrives in pieces lowers no mode', async () => {
  const world = await screenWorld();
  const screen = await world.armed('hold');
  const before = screen.raw().length;
  for (const [first, rest] of [
    ['\u001b[', 'A'],
    ['\u001b', '[A'],
    ['\u001bO', 'A'],
    ['\u001b[1;2', 'A'],
    ['\u001b[<0;1;1', 'M'],
  ] as const) {
    screen.press(first);
    await delay(60);
    screen.press(rest);
    await delay(60);
  }
  screen.press('?');
  await screen.shows('Keys');
  screen.press(KEYS.escape);
  await screen.hides('Keys');
  expect(screen.text()).toContain(' HOLD 1 h ');
  expect(screen.raw().slice(before)).not.toContain('OBSERVE');
});

test('with a view open the window may shrink to nothing, and come back', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  for (const [key, shown] of [
    ['?', 'Keys'],
    ['P', 'Policy'],
    ['5', 'Checkpoints 0'],
    ['s', 'NO CHECKPOINT FOR'],
  ] as const) {
    screen.press(key);
    await screen.shows(shown);
    for (const columns of [21, 12, 6, 3, 1]) screen.resize(columns, 10);
    screen.resize(59, 20);
    await screen.shows(/needs \d+x\d+/);
    screen.resize(120, 34);
    await screen.hides(/needs \d+x\d+/);
    await screen.shows(shown);
    screen.press(KEYS.escape);
    await screen.hides(shown);
  }
  screen.press(KEYS.ctrlC);
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
});
