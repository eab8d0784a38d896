import { describe, expect, test } from 'vitest';
import { mouseOf } from '../../../../src/ui/app/input/mouse.ts';
import { mount } from '../../../helpers/mount.ts';
import { SNAPSHOTS } from '../../../helpers/snapshots.ts';
import { debouncing } from '../../../helpers/screen-stories.ts';

test('only what a terminal in SGR mode says of the mouse is the mouse', () => {
  expect(mouseOf('[<0;1;1M')).toEqual({ type: 'click', x: 0, y: 0 });
  expect(mouseOf('[<64;10;5M')).toEqual({ type: 'wheel up', x: 9, y: 4 });
  expect(mouseOf('[<65;10;5M')).toEqual({ type: 'wheel down', x: 9, y: 4 });
  for (const other of ['[<0;1;1m', '[<2;1;1M', '[<32;1;1M']) expect(mouseOf(other)).toBe(null);
  for (const text of ['c', '[<', '[<0;1M', '<0;1;1M']) expect(mouseOf(text)).toBe(null);
});

describe('on the screen', () => {
  async function mouse(columns = 120, rows = 34) {
    const world = await debouncing();
    const app = mount(world, { columns, rows });
    await app.shows('OpenClaw');
    const cellOf = (text: string | RegExp, within = 0) => {
      const lines = app.text().split('\n');
      const y = lines.findIndex((line, at) => at >= within && line.search(text) !== -1);
      return { x: (lines[y] ?? '').search(text) + 1, y: y + 1 };
    };
    const click = (text: string | RegExp, within = 0) => {
      const { x, y } = cellOf(text, within);
      app.screen.pointed(`[<0;${x};${y}M`);
      app.screen.pointed(`[<0;${x};${y}m`);
    };
    const wheel = (text: string | RegExp, to: 'up' | 'down') => {
      const { x, y } = cellOf(text);
      app.screen.pointed(`[<${to === 'up' ? 64 : 65};${x};${y}M`);
    };
    return { world, app, click, wheel };
  }

  test('a click focuses the pane and selects the row under it', async () => {
    const { app, click } = await mouse();
    click(/active +OpenClaw/);
    await app.shows(/▸ ● active +OpenClaw/);
    await app.shows(/OpenClaw · 91aa03/);
  });

  test('a click selects signals by any of their lines, and workspaces, in the overview', async () => {
    const { app, click } = await mouse();
    click(/⚑ retry_storm {2}Hermes/);
    await app.shows(/▸ +\d+ s ⚑ retry_storm/);
    click(/⚑ agent_crash {2}Cosh/);
    await app.shows(/▸ +\d+ s ⚑ agent_crash/);
    click(/✓ checkpointed/);
    await app.shows(/▸ +\d+ s ⚑ retry_storm/);
    click(/│ {2}ws {2}/u);
    app.send('o');
    await app.shows(/\[6\] Automation .* by waiting/);
  });

  test('a click on the title of a pane gives it the focus; two clicks on a row are Enter', async () => {
    const { app, click } = await mouse();
    click(/\[4\] Signals/);
    click(/\[3\] Agents/);
    app.send('o');
    await app.shows(/\[3\] Agents 3 .* by calls/);
    click(/active +OpenClaw +\d+ +\d/);
    click(/active +OpenClaw +\d+ +\d/);
    await app.shows(/last hour: \d+ calls/);
    // The whole screen of one pane is clicked like all panes.
    click(/retry_storm +Hermes +\d+ +\d/);
    await app.shows(/▸ ⚑ retry_storm +Hermes/);
  });

  test('a slow second click is a click', async () => {
    const { world, app, click } = await mouse();
    click(/active +OpenClaw/);
    await world.wait(500);
    click(/active +OpenClaw/);
    await app.shows(/▸ ● active +OpenClaw/);
    await app.shows('Automation');
  });

  test('at 80 columns a click on a tab shows its pane; after a resize it means what is there then', async () => {
    const { app, click } = await mouse(80, 24);
    click(/4 Signals/);
    await app.shows('▸4 Signals');
    click(/⚑ retry_storm/, 3);
    await app.shows(/▸ \d\d:\d\d:\d\d +⚑ retry_storm/);
    app.resize(120, 34);
    await app.shows('[4] ');
    app.send('1');
    await app.shows('[2] ');
    click(/active +OpenClaw/);
    await app.shows(/▸ ● active +OpenClaw/);
  });

  test('the wheel moves in the pane under it, and leaves the focus', async () => {
    const { app, wheel } = await mouse();
    wheel(/active +OpenClaw/, 'down');
    await app.shows(/OpenClaw · 91aa03/);
    wheel(/\[4\] Signals/, 'down');
    app.send('o');
    await app.shows(/\[2\] Conversations .* by calls/);
  });

  test('the lists that lie over the panes are clicked like those of the panes', async () => {
    const { world, app, click, wheel } = await mouse();
    app.send('P');
    await app.shows(/Policy \d+/);
    click(/type +dead_loop/);
    await app.shows(/▸ +type +dead_loop/);
    wheel(/type +dead_loop/, 'up');
    await app.shows(/▸ +type +agent_crash/);
    click(/type +dead_loop/);
    click(/type +dead_loop/);
    await app.shows('a click never acts: press Enter');
    expect(world.view().policy.every(({ from }) => from === 'default')).toBe(true);
    app.send('\u001b');
    await app.hides(/Policy \d+/);
    app.send('S');
    await app.shows('Silences 1');
    click(/conversation 91aa/, 14);
    click(/conversation 91aa/, 14);
    await app.shows('a click never acts: press Enter');
  });

  test('snapshots and sources, too', async () => {
    const { world, app, click } = await mouse();
    world.snapshots = SNAPSHOTS;
    app.send('5');
    await app.shows('Checkpoints 6');
    click(/scheduled +a schedule/);
    await app.shows(/id +cron-1795438800/);
    app.send('\u001b');
    await app.hides('Checkpoints');
    app.send('7');
    await app.shows('Sources 1');
    click(/sqlite:\S+ +live|sqlite:\S+ +ok/);
    await app.shows(/▸ +sqlite:/);
  });

  test('a click ends the typing of a filter, and what it narrows stays', async () => {
    const { app, click } = await mouse();
    app.send('/');
    await app.shows('/_');
    app.send('claw');
    await app.shows('/claw_');
    click(/\[3\] Agents/);
    await app.hides('/claw_');
    app.send('o');
    await app.shows(/\[3\] Agents 3 .* by calls/);
    await app.shows(/Conversations 1 of 3 .*\/claw ─/);
  });

  test('a click selects a command of the palette, two run it, unless it acts', async () => {
    const { app, click } = await mouse();
    app.send(':');
    await app.shows(':_');
    click(/silence: no checkpoint/);
    click(/silence: no checkpoint/);
    await app.shows('a click never acts: press Enter');
    app.send('polic');
    await app.shows(':polic_');
    click(/policy: what a type causes/);
    click(/policy: what a type causes/);
    await app.shows(/Policy \d+/);
  });

  test('the wheel turns pages of help, and a click beside what lies over the panes does nothing', async () => {
    const { app, click } = await mouse(100, 15);
    app.send('?');
    await app.shows('page 1 of');
    app.screen.pointed('[<65;10;5M');
    await app.shows('page 2 of');
    app.screen.pointed('[<64;10;5M');
    await app.shows('page 1 of');
    click(/page 1 of/);
    await app.shows('page 1 of');
  });
});
