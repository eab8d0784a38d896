import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment } from '../helpers/program.ts';
import { screenWorld, type ScreenWorld } from '../helpers/screen-world.ts';
import { KEYS } from '../helpers/terminal.ts';

function snapshots({ stateDir }: ScreenWorld): boolean {
  return readdirSync(join(stateDir)).includes('git');
}

test('space freezes the screen, counts what comes in meanwhile, and lets it go on', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ conversation_id: 'early', agent_name: 'Early' });
  await screen.shows('Early');
  screen.press(KEYS.space);
  await screen.shows('FROZEN');
  await world.writer.call({ conversation_id: 'late', agent_name: 'Late' });
  await world.writer.call({ conversation_id: 'late', agent_name: 'Late' });
  await screen.shows(/FROZEN.* 2 new /);
  expect(screen.text()).not.toContain('Late');
  screen.press(KEYS.space);
  await screen.shows('Late');
});

test('/ filters while it is typed; Enter keeps it, Esc drops it', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ conversation_id: 'one', agent_name: 'Hermes' });
  await world.writer.call({ conversation_id: 'two', agent_name: 'Cosh' });
  await screen.shows('Conversations 2');
  screen.press('/');
  await screen.shows('/_');
  screen.press('h');
  screen.press('e');
  screen.press('r');
  await screen.shows('/her_');
  await screen.hides(/Cosh +list the files/);
  screen.press(KEYS.enter);
  await screen.hides('/her_');
  expect(screen.text()).toContain('/her');
  screen.press(KEYS.escape);
  await screen.shows(/Cosh +list the files/);
});

test('the selection moves by row, page and end, and Enter opens the calls of what is selected', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  // A second apart, so that the order by activity is one, however fast they are written.
  const newest = BigInt(Date.now()) * 1_000_000n;
  for (let n = 0; n < 40; n += 1) {
    const end_timestamp_ns = newest - BigInt(40 - n) * 1_000_000_000n;
    await world.writer.call({ conversation_id: `conv-${n}`, user_query: `ask ${n}`, end_timestamp_ns });
  }
  await screen.shows('Conversations 40');
  screen.press('g');
  await screen.shows(/▸ ● active +Claude +ask 39 /);
  screen.press('j');
  await screen.shows(/▸ ● active +Claude +ask 38 /);
  screen.press('G');
  await screen.shows(/▸ ● active +Claude +ask 0 /);
  screen.press('g');
  await screen.shows(/▸ ● active +Claude +ask 39 /);
  screen.press(KEYS.pageDown);
  await screen.hides(/▸ ● active +Claude +ask 39 /);
  screen.press(KEYS.enter);
  await screen.hides('[3] Agents');
  await screen.shows(/▌ user: ask \d+/);
  screen.press(KEYS.escape);
  await screen.shows('[3] Agents');
});

test('pasted text triggers nothing, with and without marks around it', async () => {
  const world = await screenWorld();
  const screen = await world.armed('auto');
  screen.press('\u001b[200~c\rcq\u001b[201~');
  await screen.shows('pasted text triggers nothing');
  screen.press('cq\u0008c');
  await screen.shows(/ignored "cq[^"]+c"/);
  // Each of these keys means something: what acts is left out. One that means nothing makes all of them text.
  screen.press('checkpoint\r');
  await screen.shows('ignored "ccpit"');
  screen.press('checkpoint NOW\r');
  await screen.shows('ignored "checkpoint');
  expect(screen.text()).not.toMatch(/manual-\d{8}/);
  expect(snapshots(world)).toBe(true);
  screen.press('/');
  await screen.shows('/ _');
  screen.press('\u001b[200~two\nlines\u001b[201~');
  await screen.shows('/ two lines_');
});

test('y copies the id of what is selected to the clipboard', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ conversation_id: 'copy-me', agent_name: 'Hermes' });
  await screen.shows(/▸ ● active +Hermes/);
  screen.press('y');
  await screen.shows('copied the conversation id copy-me');
  expect(screen.raw()).toContain(`\u001b]52;c;${Buffer.from('copy-me').toString('base64')}\u0007`);
});

test('a key that does nothing says why', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  screen.press('Q');
  await screen.shows('Q does nothing here; ? shows the keys');
  screen.press('x');
  await screen.shows('no checkpoint is held');
  screen.press('j');
  await screen.shows('no rows: conversations are empty');
});

test('with --read-only nothing acts, and every acting key says so', async () => {
  const world = await screenWorld();
  const screen = await world.open(['--read-only']);
  await world.writer.call({});
  await screen.shows('Claude');
  for (const key of ['c', 's', 'x', 'f', 'm', 't']) {
    screen.press(key);
    await screen.shows('read-only: start without --read-only');
    screen.press('Q');
    await screen.shows('Q does nothing here');
  }
});

test('--ascii draws with ASCII alone, and so does a locale without UTF-8', async () => {
  const world = await screenWorld();
  await world.failedCall('process crashed', { call_id: 'a', agent_name: '守護者 Ünïcode', user_query: '“café” 🚀' });
  const ascii = await world.open(['--ascii']);
  await ascii.shows('agent_crash');
  ascii.press('?');
  await ascii.shows('Enter');
  const plain = await world.open([], { env: { ...cleanEnvironment(), LANG: 'C' } });
  await plain.shows('agent_crash');
  // The escapes that draw the screen are ASCII, too.
  for (const screen of [ascii, plain]) expect(screen.raw()).toMatch(/^[\u0000-\u007f]*$/);
});

test('NO_COLOR is heeded', async () => {
  const world = await screenWorld();
  const screen = await world.open([], { env: { ...cleanEnvironment(), NO_COLOR: '1' } });
  await world.failedCall('process crashed', { call_id: 'a' });
  await screen.shows('agent_crash');
  expect(screen.raw()).not.toMatch(/\u001b\[(?:\d*;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;\d+)*m/);
});
