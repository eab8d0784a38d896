import { expect, test } from 'vitest';
import { sheetOf } from '../../../src/ui/app/views.ts';
import { widthOf } from '../../../src/ui/render/width.ts';
import type { Theme } from '../../../src/ui/render/theme.ts';
import type { Size } from '../../../src/ui/render/frame.ts';
import { personAt } from '../../helpers/person.ts';
import { ASCII_THEME, THEME } from '../../helpers/picture.tsx';
import { work } from '../../helpers/screen-stories.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const OCCUPANT = { pid: 4711, name: 'vim', cwd: null, files: [], fileCount: 2, writes: true, isOurs: false };
const SIZES: readonly Size[] = [
  { columns: 120, rows: 34 },
  { columns: 80, rows: 24 },
];
const VIEWS = [
  ['list', ['5', 'j', 'v', 'k']],
  ['rollback', ['5', 'R', 'm', 'a']],
  ['help', ['5', '?']],
] as const;

async function drawn(keys: readonly string[], size: Size, theme: Theme): Promise<readonly string[]> {
  const processes = { occupants: [OCCUPANT], unreadable: 0, complete: true };
  const world = work(await ScreenWorld.started('observe', { processes }));
  world.snapshots = SNAPSHOTS;
  const person = personAt(world, size);
  for (const key of keys) await person.press(key);
  const sheet = sheetOf(person.session.context(), size, theme);
  return (sheet?.lines ?? []).map((line) => line.map(({ text }) => text).join(''));
}

test.each(VIEWS.flatMap(([name, keys]) => SIZES.map((size) => ({ name, keys, ...size }))))(
  'the $name looks as agreed at $columns×$rows',
  async ({ name, keys, columns, rows }) => {
    const lines = await drawn(keys, { columns, rows }, THEME);
    expect(lines.length).toBeLessThanOrEqual(rows);
    const widths = new Set(lines.map(widthOf));
    expect(widths.size).toBe(1);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `../../golden/checkpoints/${name}-${columns}x${rows}.txt`,
    );
  },
);

test.each(VIEWS)('the %s has frames and signs in ASCII where nothing else is to be had', async (_, keys) => {
  const lines = await drawn(keys, { columns: 120, rows: 34 }, ASCII_THEME);
  for (const line of lines) expect(line.replaceAll('日本語', '')).toMatch(/^[ -~]*$/);
});
