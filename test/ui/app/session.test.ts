import { describe, expect, test } from 'vitest';
import type { StoreApi } from 'zustand/vanilla';
import type { EngineView } from '../../../src/engine/types.ts';
import { mount } from '../../helpers/mount.ts';
import { calm, held, work } from '../../helpers/screen-stories.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld, WORKSPACE } from '../../helpers/view.ts';

test('it shows what the engine knows, and what it learns', async () => {
  const world = await calm();
  const app = mount(world);
  await app.shows('OpenClaw');
  world.call({ agent: 'Newcomer', conversationId: 'new' });
  world.engine.commit();
  await app.shows('Newcomer');
});

test('keys arrive in the order in which they were pressed, however close', async () => {
  const world = await calm();
  const app = mount(world);
  await app.shows('OpenClaw');
  app.send('\u001b[B');
  app.send('\u001b[B');
  app.send('\u001b[A');
  app.send('\r');
  await app.hides('Agents');
  app.send('q');
  await until(() => app.asked.length > 0);
  expect(app.asked).toEqual(['quit']);
});

test('a key acts on the engine and is answered on the screen', async () => {
  const world = await calm();
  const app = mount(world);
  await app.shows('c checkpoint ws');
  app.send('c');
  await app.shows(/RUNNING {2}\d+ s/);
  expect(world.requests).toMatchObject([{ workspace: WORKSPACE }]);
  app.send('c');
  await app.shows('refused: a manual one is running');
});

describe('over the panes', () => {
  test('help is one page in columns; on a narrow screen Tab goes to the signs', async () => {
    const app = mount(await held(), { rows: 34 });
    app.send('?');
    await app.shows('veto the held checkpoint');
    for (const text of [
      'Move',
      'Views',
      'Program',
      'Act',
      'Lists and texts',
      'Signs',
      'critical signal',
      'to the shell',
    ])
      expect(app.text()).toContain(text);
    app.resize(80, 24);
    await app.shows('page 1 of');
    app.send('\t');
    await app.shows('page 2 of');
    app.send('k');
    await app.shows('page 1 of');
    app.send('\u001b');
    await app.hides('Keys');
    await app.shows('Automation');
  });

  test('a question shows what a yes would do', async () => {
    const world = work(await ScreenWorld.started('observe'));
    const app = mount(world);
    app.send('m');
    await app.shows(/ws +\/srv\/ws +ws-ckpt 0\.3\.2 +Cosh, Hermes, \+1/u);
    app.send('j');
    await app.shows(/\(•\) HOLD/u);
    app.send('\r');
    await app.shows(/Raise to HOLD in ws\?.*y raise {2}n keep OBSERVE/u);
    app.send('y');
    await app.hides('Raise to HOLD');
    world.engine.commit();
    await app.shows('HOLD 10');
  });

  test('the form of a silence and the list of silences', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const app = mount(world);
    app.send('s');
    await app.shows('(•) conversation of Hermes');
    app.send('\r');
    await app.hides('Enter silence until');
    app.send('S');
    await app.shows(/▸ conversation \w+ +15 min left +held back 0 +by operator/);
  });
});

test('marked pastes arrive as pastes', async () => {
  const world = await calm();
  const app = mount(world);
  await app.shows('OpenClaw');
  app.send('\u001b[200~c\u001b[201~');
  await app.shows('pasted text triggers nothing');
  expect(world.requests).toEqual([]);
});

test('a resize flows at once, and below the least size one line is left', async () => {
  const app = mount(await calm());
  await app.shows('Agents');
  app.resize(80, 24);
  await app.shows('▸2 Conversations 3');
  app.resize(50, 10);
  await app.shows('needs 60x15');
  expect(app.text().trim().split('\n')).toHaveLength(1);
  app.resize(200, 50);
  await app.shows('Automation');
});

test.for([
  [1, 1],
  [7, 2],
  [59, 15],
  [60, 14],
  [60, 15],
  [300, 100],
] as const)('at %i×%i every line fits', async ([columns, rows]) => {
  const app = mount(await held(), { columns, rows });
  await app.shows(/\S/);
  for (const key of ['?', '\u001b', 's', '\u001b', 'L', '\u001b']) {
    app.send(key);
    await app.shows(/\S/);
  }
  expect(
    app
      .text()
      .split('\n')
      .every((line) => line.length <= columns),
  ).toBe(true);
});

test('the log keeps what was said, long lines in full', async () => {
  const world = await calm();
  const app = mount(world);
  app.send('L');
  await app.shows('no message yet');
  app.screen.log(`first ${'word '.repeat(60)}last`);
  app.send('L');
  await app.shows(/14:03:12 +first word[^]* last/);
});

test('what the front end says stands on the screen', async () => {
  const world = await calm();
  const { screen, shows, hides } = mount(world);
  screen.log('a line for people');
  await shows('a line for people');
  screen.toast('for a moment', 'info');
  await shows('for a moment');
  screen.tick(world.now + 10_000);
  await hides('for a moment');
  screen.caption('now: a storm');
  await shows('now: a storm');
  screen.leaving('waiting for a checkpoint');
  await shows('waiting for a checkpoint');
});

test('a frame in which one row changed costs a small part of a whole one', async () => {
  const world = await calm();
  const app = mount(world, { columns: 200, rows: 60 });
  await app.shows('OpenClaw');
  const whole = app.written();
  app.screen.toast('one row', 'info');
  await app.shows('one row');
  expect(app.written() - whole).toBeLessThan(whole / 10);
});

test('a mistake while drawing closes the screen and is told', async () => {
  const world = await calm();
  const app = mount(world);
  await app.shows('OpenClaw');
  const broken = { ...world.view(), workspaces: null as unknown as [] };
  (world.engine.store as StoreApi<EngineView>).setState(broken, true);
  await expect(app.screen.closed).rejects.toThrow();
});
