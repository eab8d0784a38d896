import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS } from '../helpers/terminal.ts';

test('every command can be run by its name', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  screen.press(':');
  await screen.shows(':_');
  for (const letter of 'theme li') screen.press(letter);
  await screen.shows('theme light');
  screen.press(KEYS.enter);
  await screen.hides('Enter runs it');
  screen.press(':');
  await screen.shows(':_');
  for (const letter of 'quit') screen.press(letter);
  await screen.shows(':quit_');
  screen.press(KEYS.enter);
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
});

test('nothing beyond the screen is touched unless it is asked for; what is taken is given back', async () => {
  const world = await screenWorld();
  const plain = await world.open();
  await world.failedCall('process crashed', { call_id: 'a' });
  await plain.shows('agent_crash');
  plain.press('q');
  await plain.ended;
  expect(plain.raw()).not.toMatch(/\u001b\[\?100[06]h|\u001b\]2;|\u001b\]9;/);
  const file = join(world.folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ui: { mouse: true, title: true, notify: true, keys: { quit: 'Q' } } }));
  const screen = await world.open(['--config', file]);
  await screen.shows('Q quit');
  await screen.shows(/▸ ⚑ agent_crash/u);
  await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'second' });
  await screen.shows(/ ⚑ agent_crash ×2 [^]*▸ ⚑ agent_crash +Claude/u);
  screen.press('\u001b[<64;10;9M');
  await screen.shows(/▸ ⚑ agent_crash ×2/u);
  screen.press('Q');
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
  const raw = screen.raw();
  expect(raw).toMatch(/\u001b\[\?1000h\u001b\[\?1006h\u001b\[22;2t\u001b\]2;sightline: /);
  expect(raw).toContain('\u001b]9;agent_crash, agent ');
  expect(raw).toContain('\u001b[?1006l\u001b[?1000l\u001b[23;2t');
});
