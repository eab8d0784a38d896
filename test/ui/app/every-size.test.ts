import { expect, it } from 'vitest';
import { widthOf } from '../../../src/ui/render/width.ts';
import { PANES } from '../../../src/ui/app/views.ts';
import { ASCII_THEME, pictureOf } from '../../helpers/picture.tsx';
import { STORIES } from '../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../helpers/view.ts';
import hostile from '../../fixtures/hostile-texts.json' with { type: 'json' };

const SIZES = [
  [60, 15],
  [99, 24],
  [100, 15],
  [140, 15],
  [200, 60],
  [300, 100],
] as const;
const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

function check(picture: string, columns: number, rows: number): void {
  const lines = picture.split('\n');
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(picture).not.toMatch(RAW);
  for (const line of lines) {
    expect(widthOf(line)).toBeLessThanOrEqual(columns);
    // A frame that begins at the left edge ends at the right one, whatever is in it.
    if (/^[│╭╰|+]/u.test(line)) expect(widthOf(line)).toBe(columns);
  }
}

it.each(Object.entries(STORIES))('%s fits every size, each pane alone too', async (_, tell) => {
  const world = await tell();
  for (const [columns, rows] of SIZES) check(pictureOf(world, { columns, rows }), columns, rows);
  for (const [columns, rows] of [
    [60, 15],
    [101, 20],
  ] as const) {
    for (const { name: focus } of PANES)
      check(pictureOf(world, { columns, rows, view: { focus, zoomed: true } }), columns, rows);
  }
});

it.each(Object.entries(STORIES))('%s needs nothing but ASCII where nothing else is to be had', async (name, tell) => {
  const picture = pictureOf(await tell(), { columns: 120, rows: 34, theme: ASCII_THEME });
  check(picture, 120, 34);
  if (name !== 'scripts') expect(picture).toMatch(/^[ -~\n]+$/);
  await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/ascii/${name}-120x34.txt`);
});

it('nothing of a hostile feed reaches the terminal raw, even if it had not been cleaned', async () => {
  const world = await ScreenWorld.started('auto');
  for (const text of hostile) {
    const facts = { agent: text, conversationId: text, model: text, processName: text, userQuery: text };
    world.call({ ...facts, tools: [text], finishReason: text });
    world.call({ ...facts, statusCode: 500, error: text, usage: null });
    world.interruption({ agent: text, conversationId: text, type: text, severity: 'high' });
  }
  world.health({ status: 'degraded', detail: { code: 'quoted', text: hostile.join(' ') } });
  await world.wait(1_000);
  for (const [columns, rows] of SIZES) check(pictureOf(world, { columns, rows }), columns, rows);
  for (const { name: focus } of PANES) check(pictureOf(world, { columns: 80, rows: 24, view: { focus } }), 80, 24);
});
