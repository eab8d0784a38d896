/** Issue 13, part 5: `?TEXT` in the filter of the conversations searches what was said, on demand. */
import { expect, test } from 'vitest';
import type { Feed } from '../../../src/core/feed.ts';
import type { TextSearch } from '../../../src/core/story.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { NOON, ScreenWorld, settle } from '../../helpers/view.ts';

const SIZE = { columns: 120, rows: 34 };

type Asked = { readonly search: TextSearch; readonly signal: AbortSignal; readonly end: () => void };

async function searching(): Promise<{ world: ScreenWorld; person: Person; asked: Asked[] }> {
  const asked: Asked[] = [];
  const search: Feed['search'] = async (one, signal) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    asked.push({ search: one, signal, end: () => resolve(undefined) });
    signal.addEventListener('abort', () => resolve(undefined));
    return promise;
  };
  const world = await ScreenWorld.started('observe', { feed: { search } });
  for (const name of ['one', 'two', 'three'])
    world.call({ conversationId: name, agent: name, userQuery: `task ${name}` });
  const person = personAt(world, SIZE);
  return { world, person, asked };
}

function screen(world: ScreenWorld, person: Person): string {
  return pictureOf(world, { ...SIZE, view: person.view() });
}

test('searches once the text is kept, narrows the list to what is found, and shows the words around it', async () => {
  const { world, person, asked } = await searching();
  await person.press('/', ...Array.from('?refund'));
  expect(asked).toEqual([]);
  expect(screen(world, person)).toContain('task one');
  await person.press('enter');
  const [{ search, end } = expect.fail('nothing was asked')] = asked;
  expect(search.text).toBe('refund');
  expect(search.since).toBe(NOON - 7 * 86_400_000);
  expect(screen(world, person)).toContain('searching, 0 %');
  search.hit({ conversationId: 'two', at: NOON, part: 'answer', excerpt: 'the refund queue retries' });
  search.hit({ conversationId: 'two', at: NOON, part: 'tool', excerpt: 'grep refund' });
  search.hit({ conversationId: 'old', at: NOON, part: 'tool', excerpt: 'refund' });
  await world.wait(300);
  search.progress({ doneBytes: 50, ofBytes: 100 });
  await settle();
  expect(screen(world, person)).toContain('2: the refund queue retries');
  expect(screen(world, person)).toContain('searching, 50 %');
  expect(screen(world, person)).not.toContain('task one');
  end();
  await settle();
  expect(screen(world, person)).toContain('found in 2 conversations, 1 not loaded (records_since)');
  await person.press('j', 'enter');
  expect(person.session.context().selected.conversation?.conversationId).toBe('two');
});

test('Esc, and another text, cancel it', async () => {
  const { world, person, asked } = await searching();
  await person.press('/', ...Array.from('?refund'), 'enter');
  await person.press('escape');
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(screen(world, person)).toContain('task one');
  await person.press('/', ...Array.from('?queue'), 'enter');
  await person.press('/', 's', 'enter');
  expect(asked.map(({ search, signal }) => [search.text, signal.aborted])).toEqual([
    ['refund', true],
    ['queue', true],
    ['queues', false],
  ]);
});

test('on the whole screen Esc ends it first, and then leads back; from what was found it leads back to it', async () => {
  const { world, person, asked } = await searching();
  await person.press('z', '/', ...Array.from('?refund'), 'enter');
  expect(person.view()).toMatchObject({ focus: 'conversations', zoomed: true });
  expect(screen(world, person)).toContain('Esc stops it');
  await person.press('escape');
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(person.view()).toMatchObject({ zoomed: true, filters: {} });
  await person.press('/', ...Array.from('?queue'), 'enter');
  asked[1]?.search.hit({ conversationId: 'two', at: NOON, part: 'answer', excerpt: 'the queue' });
  asked[1]?.end();
  await settle();
  expect(screen(world, person)).toContain('Esc drop search');
  await person.press('j', 'enter');
  expect(person.view().focus).not.toBe('conversations');
  await person.press('escape');
  expect(screen(world, person)).toContain('found in 1 conversation');
  await person.press('escape');
  expect(person.view()).toMatchObject({ focus: 'conversations', zoomed: true, filters: {} });
  await person.press('escape');
  expect(person.view().zoomed).toBe(false);
});

test('a text of one character is not searched, and nothing found is said', async () => {
  const { world, person, asked } = await searching();
  await person.press('/', '?', 'x', 'enter');
  expect(asked).toEqual([]);
  await person.press('/', 'y', 'enter');
  asked[0]?.end();
  await settle();
  expect(screen(world, person)).toContain('nothing said in the last 7 days holds it');
});

test('where older records are read, they are searched too', async () => {
  const { world, person, asked } = await searching();
  const from = NOON - 30 * 86_400_000;
  world.health({ older: { from, files: 1, bytes: 1, reading: 0 } });
  world.view();
  await person.press('/', ...Array.from('?refund'), 'enter');
  expect(asked[0]?.search.since).toBe(from);
  asked[0]?.end();
  await settle();
  expect(screen(world, person)).toMatch(/nothing said since \d+ \w{3} holds it/u);
});

test('where all records are read, it goes back to the oldest conversation', async () => {
  const { world, person, asked } = await searching();
  world.health({ medium: 'claude' });
  const at = NOON - 90 * 86_400_000;
  world.call({ conversationId: 'oldest', startNs: BigInt(at - 1_000) * 1_000_000n, endNs: BigInt(at) * 1_000_000n });
  world.view();
  await person.press('/', ...Array.from('?refund'), 'enter');
  expect(asked[0]?.search.since).toBe(at);
});
