/** Issue 13, part 2: the newest day is read at the start, older records on demand, and the screen says so. */
import { expect, test } from 'vitest';
import type { OlderPart } from '../../../src/core/feed.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { sheetText } from '../../helpers/sheet.ts';
import { NOON, ScreenWorld } from '../../helpers/view.ts';

const SIZE = { columns: 120, rows: 34 };
const DAY_MS = 86_400_000;
const OLDER = { from: NOON - DAY_MS, files: 312, bytes: 1_200_000_000, reading: 0 };
const PART: OlderPart = { files: 41, bytes: 120_000_000, from: NOON - 8 * DAY_MS };

async function withOlder(): Promise<{ world: ScreenWorld; person: Person; asked: boolean[] }> {
  const asked: boolean[] = [];
  const older = (isStopped: boolean): OlderPart => {
    asked.push(isStopped);
    return PART;
  };
  const world = await ScreenWorld.started('observe', { feed: { older } });
  world.health({ older: OLDER });
  world.view();
  return { world, person: personAt(world, SIZE), asked };
}

function screen(world: ScreenWorld, person: Person): string {
  return pictureOf(world, { ...SIZE, view: person.view() });
}

test('the conversations say since when they are complete, and a key reads the next part', async () => {
  const { world, person, asked } = await withOlder();
  expect(screen(world, person)).toMatch(/no calls yet[\s\S]*312 files \(1.2 GB\) from before Sun 14:03; O reads on/u);
  world.call({ conversationId: 'one', agent: 'one' });
  world.view();
  expect(screen(world, person)).toMatch(/since Sun 14:03, O older/u);
  await person.press('O');
  expect(asked).toEqual([false]);
  expect(person.view().toast?.text).toMatch(/^reading 41 older files \(120 MB\), back to \d+ \w{3}$/u);
});

test('while they are read the key stops that, and the sources say how far it is', async () => {
  const { world, person, asked } = await withOlder();
  world.health({ older: { ...OLDER, reading: 41 } });
  world.call({ conversationId: 'one', agent: 'one' });
  world.view();
  expect(screen(world, person)).toContain('reading older, 41 files left, O stops');
  await person.press('7');
  expect(sheetText(person)).toContain('not read   41 older files of 312 being read; O stops');
  await person.press('O');
  expect(asked).toEqual([true]);
  expect(person.view().toast?.text).toBe('stopped reading older files');
});

test('where all is read, the key says so', async () => {
  const { world, person, asked } = await withOlder();
  world.health({ older: null });
  world.view();
  await person.press('O');
  expect(asked).toEqual([]);
  expect(person.view().toast?.text).toContain('all records are read');
  expect(screen(world, person)).not.toContain('O older');
});
