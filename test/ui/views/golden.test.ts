import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../src/ui/render/width.ts';
import { makeContent } from '../../helpers/call-content.ts';
import { personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { debouncing } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';

const SIZES = [
  { columns: 120, rows: 34 },
  { columns: 80, rows: 24 },
];

/** The keys that lead to each view. */
const WAYS = {
  conversation: ['enter'],
  call: ['enter', 'enter'],
  signals: ['4', 'enter'],
  agents: ['3'],
  agent: ['3', 'enter'],
  automation: ['6'],
  mode: ['m'],
  policy: ['P'],
  silences: ['S'],
} as const;

describe.each(Object.entries(WAYS))('the view of %s', (name, keys) => {
  it.each(SIZES)('looks as agreed at $columns×$rows', async ({ columns, rows }) => {
    const world = await debouncing();
    world.content = Promise.resolve({ ok: true, value: makeContent({ startNs: await newest(world) }) });
    const person = personAt(world, { columns, rows });
    await person.press(...keys);
    const over = sheetText(person, { columns, rows });
    const picture = over === '' ? pictureOf(world, { columns, rows, view: person.view() }) : over;
    const lines = picture.split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/views/${name}-${columns}x${rows}.txt`);
  });
});

async function newest(world: Awaited<ReturnType<typeof debouncing>>): Promise<bigint> {
  const person = personAt(world);
  await person.press('enter');
  return person.session.context().selected.call?.startNs ?? 0n;
}
