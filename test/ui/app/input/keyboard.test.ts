import { describe, expect, test } from 'vitest';
import { keyNames } from '../../../../src/ui/app/input/keyboard.ts';
import { NO_KEY, personAt } from '../../../helpers/person.ts';
import { held, work } from '../../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../../helpers/view.ts';
import { CONVERSATIONS } from '../../../../src/ui/views/conversations/view.ts';

describe('what Ink read becomes names of keys', () => {
  const rows = [
    ['a', {}, ['a']],
    ['', { upArrow: true }, ['up']],
    ['', { tab: true }, ['tab']],
    ['', { tab: true, shift: true }, ['shift-tab']],
    ['', { return: true }, ['enter']],
    ['\n', {}, ['enter']],
    [' ', {}, ['space']],
    ['d', { ctrl: true }, ['ctrl-d']],
    ['c', { meta: true }, ['alt-c']],
    ['jj\r', {}, ['j', 'j', 'enter']],
    ['守', {}, ['守']],
  ] as const;

  test.for(rows)('%j %j', ([input, key, names]) => {
    expect(keyNames(input, { ...NO_KEY, ...key })).toEqual(names);
  });
});

describe('several keys read in one go', () => {
  test('move, when they only move', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const person = personAt(world);
    await person.chunk('jj');
    expect(person.session.context().selected.conversation?.conversationId).toBe(
      CONVERSATIONS.rows(person.session.context().shown)[2]?.conversation.conversationId,
    );
  });

  test('act never: the acting ones are left out, and it is said', async () => {
    const world = await held();
    const person = personAt(world);
    await person.chunk('jx');
    expect(world.view().workspaces[0]?.hold).not.toBeNull();
    expect(person.toast()).toContain('ignored "x"');
    await person.chunk('fq');
    expect(world.requests).toEqual([]);
    expect(person.asked.quit).toBe(0);
  });

  test('trigger nothing at all when they look like text', async () => {
    const world = await held();
    const person = personAt(world);
    const before = person.view();
    await person.chunk('save the file\r');
    expect({ ...person.view(), toast: null }).toEqual(before);
    expect(person.toast()).toContain('ignored "save the fileEnter"');
  });

  test('do not answer a question or send a form', async () => {
    const world = work(await ScreenWorld.started('observe'));
    const person = personAt(world);
    await person.press('m', 'j', 'enter');
    await person.chunk('yy');
    expect(world.view().mode).toBe('observe');
    await person.press('n', 's', 'tab', 'tab');
    await person.chunk('why not\r');
    expect(world.view().silences).toEqual([]);
    await person.press('enter');
    expect(world.view().silences).toMatchObject([{ reason: 'why not' }]);
  });

  test('are the text of a filter behind a /', async () => {
    const person = personAt(work(await ScreenWorld.started('auto')));
    await person.chunk('/Hermes');
    expect(person.view()).toMatchObject({ filters: { conversations: 'Hermes' }, editing: 'conversations' });
  });

  test('leave by Ctrl-C all the same', async () => {
    const person = personAt(await ScreenWorld.started('auto'));
    await person.chunk('x\u0003');
    expect(person.asked.quit).toBe(1);
  });

  test('that Ink splits into several presses of one turn are still one go', async () => {
    const world = await held();
    const person = personAt(world);
    person.session.typed('', { ...NO_KEY, downArrow: true });
    person.session.typed('x', NO_KEY);
    await person.press();
    expect(world.view().workspaces[0]?.hold).not.toBeNull();
    expect(person.toast()).toContain('ignored "x"');
  });
});

describe('pasted text', () => {
  test('triggers nothing over the panes, on a question, or in a choice', async () => {
    const world = await held();
    const person = personAt(world);
    await person.paste('x');
    expect(person.toast()).toContain('pasted text triggers nothing');
    await person.press('m', 'j', 'enter');
    await person.paste('y');
    await person.press('n', 's');
    await person.paste('\r');
    expect(world.view()).toMatchObject({ mode: 'hold', silences: [] });
    expect(world.view().workspaces[0]?.hold).not.toBeNull();
  });

  test('is inserted where text is typed, as one clean line', async () => {
    const person = personAt(await ScreenWorld.started('auto'));
    await person.press('/');
    await person.paste('two\nlines \u001b[31mred\u202e');
    expect(person.view().filters.conversations).toBe('two lines red');
  });
});

describe('a key that does nothing says why', () => {
  test.for([
    ['Q', 'Q does nothing here; ? shows the keys'],
    ['alt-c', 'alt-c does nothing here; ? shows the keys'],
    ['escape', 'nothing to go back to and no filter; q quits'],
    ['j', 'no rows: conversations are empty'],
    ['y', 'no row with an id is selected'],
    ['enter', 'nothing is selected'],
  ] as const)('%s', async ([key, why]) => {
    const person = personAt(await ScreenWorld.started('auto'));
    await person.press(key);
    expect(person.toast()).toBe(why);
  });

  test('for a moment', async () => {
    const world = await ScreenWorld.started('auto');
    const person = personAt(world);
    await person.press('Q');
    await world.wait(5_000);
    person.session.dispatch({ type: 'tick', now: world.now });
    expect(person.toast()).toBe('');
  });
});

describe('Escape and a letter that comes right behind it, as the halves of an Alt key do on a slow line', () => {
  const escape = { ...NO_KEY, escape: true };

  test('never act', async () => {
    const world = await ScreenWorld.started('auto');
    const person = personAt(world);
    person.session.typed('', escape);
    await Promise.resolve();
    await person.chunk('c');
    expect(world.requests).toHaveLength(0);
    expect(person.toast()).toMatch(/^ignored c, it came right behind Esc/);
    await person.chunk('c');
    expect(world.requests).toHaveLength(1);
  });

  test('move and open as ever, and act a moment later', async () => {
    const world = await ScreenWorld.started('auto');
    const person = personAt(world);
    person.session.typed('', escape);
    await Promise.resolve();
    await person.chunk('?');
    expect(person.view().overlay.type).toBe('help');
    person.session.typed('', escape);
    await Promise.resolve();
    await world.wait(300);
    await person.chunk('c');
    expect(world.requests).toHaveLength(1);
  });
});
