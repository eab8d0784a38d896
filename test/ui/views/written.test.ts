/** Issue 18, part 9: the files that a conversation wrote, as its records tell. */
import { expect, test } from 'vitest';
import type { Story, WrittenFile } from '../../../src/core/story.ts';
import { VIEWS } from '../../../src/ui/app/views.ts';
import type { Size } from '../../../src/ui/render/frame.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { sheetText } from '../../helpers/sheet.ts';
import { NOON, ScreenWorld, settle, WORKSPACE } from '../../helpers/view.ts';

const WIDE = { columns: 120, rows: 34 };
const NARROW = { columns: 80, rows: 24 };

const FILES: readonly WrittenFile[] = [
  { path: `${WORKSPACE}/refund/service.ts`, operation: 'edited', times: 3, added: 12, removed: 4, at: NOON - 60_000 },
  { path: 'refund/new\u001b[31m.ts', operation: 'written', times: 1, added: 52, removed: 0, at: NOON - 120_000 },
  { path: '/elsewhere/notes.md', operation: 'written', times: 1, added: null, removed: null, at: null },
  { path: `${WORKSPACE}/old.ts`, operation: 'deleted', times: 1, added: 0, removed: 9, at: NOON - 300_000 },
];

type Reader = Person & { readonly screen: () => string };

async function writer(files: readonly WrittenFile[] = FILES, size: Size = WIDE): Promise<Reader> {
  const story: Story = { calls: new Map(), marks: [], files, open: null, unreadBytes: 0 };
  const world = await ScreenWorld.started('observe', { feed: { story: async () => ({ ok: true, value: story }) } });
  world.call({ conversationId: 'main', agent: 'Claude Code', userQuery: 'fix the refund test' });
  world.session('main', { sessionId: 'main', cwd: WORKSPACE });
  const person = personAt(world, size);
  await settle();
  await person.press('enter');
  await settle();
  return { ...person, screen: () => pictureOf(world, { ...size, view: person.view() }) };
}

test.each([WIDE, NARROW])('are listed, the last written first, as agreed at $columns×$rows', async (size) => {
  const person = await writer(FILES, size);
  await person.press('F', 'j');
  await expect(`${sheetText(person, size)}\n`).toMatchFileSnapshot(
    `../../golden/views/written-${size.columns}x${size.rows}.txt`,
  );
});

test('are counted in the first line of the calls, with the lines that are known, and named in the last line', async () => {
  const person = await writer();
  expect(person.screen()).toContain('4 files written +64 −13');
  expect(person.screen()).toContain('F 4 files');
});

test('E, and Enter, open one in the editor by the folder that its tool worked in; none that was deleted', async () => {
  const person = await writer();
  await person.press('F', 'E', 'j', 'enter', 'j', 'E', '!');
  expect(person.lent.map(({ file, workspace }) => [workspace, file])).toEqual([
    [WORKSPACE, `${WORKSPACE}/refund/service.ts`],
    [WORKSPACE, `${WORKSPACE}/refund/new\u001b[31m.ts`],
    [WORKSPACE, '/elsewhere/notes.md'],
    [WORKSPACE, null],
  ]);
  await person.press('G', 'E');
  expect(person.toast()).toBe('it was deleted');
  await person.press('y');
  expect(person.copied).toEqual([`${WORKSPACE}/old.ts`]);
  await person.press('escape');
  expect(person.view().overlay.type).toBe('none');
  expect(person.view().focus).toBe('calls');
});

test('can be filtered and put in another order', async () => {
  const person = await writer();
  const ids = (): readonly string[] => {
    const context = person.session.context();
    return context.list.ids(context.shown);
  };
  await person.press('F', 'o', 'o');
  expect(ids()[0]).toContain('new');
  await person.press('/', ...Array.from('type:deleted'), 'enter');
  expect(ids()).toEqual([`${WORKSPACE}/old.ts`]);
});

test('say so where there are none', async () => {
  const person = await writer([]);
  await person.press('F');
  expect(person.toast()).toBe('its tools wrote no file');
  expect(person.screen()).not.toContain('files written');
});

test('a screen reader hears how many there are, and what is known of the selected one', async () => {
  const person = await writer();
  await person.press('F');
  const context = person.session.context();
  expect(VIEWS.written.describe(context)).toEqual([
    `4 files written +64 -13; file 1 of 4: ${WORKSPACE}/refund/service.ts, edited, 12 lines added, 4 removed; E opens it in an editor, escape goes back`,
  ]);
});
