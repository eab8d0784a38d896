import { describe, expect, test } from 'vitest';
import { footerHints } from '../../../src/ui/app/footer.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { THEME } from '../../helpers/picture.tsx';
import { held } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';

/** The size for which the help is drawn as one page. */
const SIZE = { columns: 120, rows: 34 };

function helpText(person: Person, size = SIZE): string {
  return sheetText(person, size);
}

async function inHelp(...keys: readonly string[]) {
  const world = await held();
  const person = personAt(world, SIZE);
  await person.press(...keys, '?');
  return { world, person };
}

test.for([
  ['the panes'],
  ['the calls', '2', 'enter'],
  ['a call', '2', 'enter', 'enter'],
  ['signals', '4'],
  ['automation', '6'],
  ['checkpoints', '5'],
  ['sources', '7'],
  ['policy', 'P'],
  ['silences', 'S'],
])('the help of %s is one page at 120x34 and cuts no line', async ([, ...keys]) => {
  const { person } = await inHelp(...keys);
  const text = helpText(person);
  expect(text).toContain('Keys');
  expect(text).not.toMatch(/…|page \d/);
});

test('a line without room in its column goes on in the next one', async () => {
  const { person } = await inHelp('5');
  const rows = helpText(person, { columns: 70, rows: 34 }).split('\n');
  const at = rows.findIndex((row) => row.includes('diff to now, or to the'));
  expect(rows[at + 1]).toMatch(/ {10}mark/);
});

describe('/ in the help', () => {
  test('shows the keys whose name, group or effect contains what is typed, and the signs that do', async () => {
    const { person } = await inHelp();
    expect(helpText(person)).toContain('/ find a key');
    await person.press('/', ...'held'.split(''));
    const text = helpText(person);
    expect(text).toContain('/held_  4 lines');
    expect(text).toMatch(/x +veto the held checkpoint/);
    expect(text).toMatch(/held +announced, fires at 0/);
    expect(text).not.toMatch(/silence: no checkpoint|one row/);
    await person.press(...Array<string>(4).fill('backspace'), ...'views sig'.split(''));
    expect(helpText(person)).toMatch(/4 +signals/);
    expect(helpText(person)).toContain('/views sig_  1 line ');
  });

  test('finds a key for which its line had no room', async () => {
    const { person } = await inHelp();
    await person.press('/', ...'home'.split(''));
    expect(helpText(person)).toContain('first, last row');
  });

  test('says that nothing was found', async () => {
    const { person } = await inHelp();
    await person.press('/', ...'xyzzy'.split(''));
    expect(helpText(person)).toContain('/xyzzy_  not found');
  });

  test('types x and q as letters, keeps the search by Enter, and goes back step by step by Esc', async () => {
    const { world, person } = await inHelp();
    await person.press('/', 'x', 'q', 'enter');
    expect(world.view().workspaces[0]?.hold).not.toBeNull();
    expect(person.asked.quit).toBe(0);
    expect(helpText(person)).toContain('/xq  not found');
    await person.press('escape');
    expect(helpText(person)).toContain('one row');
    await person.press('escape');
    expect(person.view().overlay.type).toBe('none');
  });

  test('names its keys in the last line, behind veto and fire', async () => {
    const { person } = await inHelp();
    const labels = footerHints(person.session.context(), THEME).hints.map(({ label }) => label);
    expect(labels.slice(0, 3)).toEqual([expect.stringMatching(/^veto/), expect.stringMatching(/^fire/), 'find a key']);
  });
});
