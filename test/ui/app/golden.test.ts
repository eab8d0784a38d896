import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../src/ui/render/width.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { STORIES } from '../../helpers/screen-stories.ts';

const SIZES = [
  { columns: 120, rows: 34 },
  { columns: 100, rows: 30 },
  { columns: 80, rows: 24 },
];

describe.each(Object.entries(STORIES))('the screen of %s', (name, tell) => {
  it.each(SIZES)('looks as agreed at $columns×$rows', async ({ columns, rows }) => {
    const picture = pictureOf(await tell(), { columns, rows });
    const lines = picture.split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/${name}-${columns}x${rows}.txt`);
  });
});
