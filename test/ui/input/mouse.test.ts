import { describe, expect, test } from 'vitest';
import { mouseOf } from '../../../src/ui/input/mouse.ts';
import { mount } from '../../helpers/mount.ts';
import { calm } from '../../helpers/screen-stories.ts';

test('only what a terminal in SGR mode says of the mouse is the mouse', () => {
  expect(mouseOf('[<0;1;1M')).toEqual({ type: 'click', x: 0, y: 0 });
  expect(mouseOf('[<64;10;5M')).toEqual({ type: 'wheel up', x: 9, y: 4 });
  expect(mouseOf('[<65;10;5M')).toEqual({ type: 'wheel down', x: 9, y: 4 });
  for (const other of ['[<0;1;1m', '[<2;1;1M', '[<32;1;1M']) expect(mouseOf(other)).toBe(null);
  for (const text of ['c', '[<', '[<0;1M', '<0;1;1M']) expect(mouseOf(text)).toBe(null);
});

describe('on the screen', () => {
  async function mouse() {
    const world = await calm();
    const app = mount(world);
    await app.shows('OpenClaw');
    return app;
  }

  test('a click focuses the pane and selects the row under it', async () => {
    const app = await mouse();
    const rows = app.text().split('\n');
    const row = rows.findIndex((line) => line.includes('● OpenClaw'));
    app.screen.pointed(`[<0;10;${row + 1}M`);
    app.screen.pointed(`[<0;10;${row + 1}m`);
    await app.shows(/▸● OpenClaw +91aa/);
    await app.shows('[2] OpenClaw 91aa03f2c7de');
  });

  test('the wheel moves in the pane under it', async () => {
    const app = await mouse();
    app.screen.pointed('[<65;10;5M');
    await app.shows(/▸○ Cosh +0c77/);
    app.screen.pointed('[<64;10;5M');
    await app.shows(/▸● Hermes +b597/);
  });

  test('over the panes the wheel turns pages and a click does nothing', async () => {
    const app = await mouse();
    app.resize(100, 20);
    app.send('?');
    await app.shows('page 1 of');
    app.screen.pointed('[<65;10;5M');
    await app.shows('page 2 of');
    app.screen.pointed('[<0;10;5M');
    app.screen.pointed('[<64;10;5M');
    await app.shows('page 1 of');
  });
});
