import { describe, expect, test } from 'vitest';
import { footerHints } from '../../../src/ui/app/footer.ts';
import { commandsFor } from '../../../src/ui/app/palette/commands.ts';
import { mount } from '../../helpers/mount.ts';
import { personAt } from '../../helpers/person.ts';
import { calm, work } from '../../helpers/screen-stories.ts';
import { ASCII_THEME } from '../../helpers/picture.tsx';
import { sheetText } from '../../helpers/sheet.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld, WORKSPACE } from '../../helpers/view.ts';

function letters(text: string): readonly string[] {
  return Array.from(text);
}

async function open(typed: string) {
  const world = await calm();
  const person = personAt(world);
  await person.press(':', ...letters(typed));
  return { world, person };
}

describe('the palette', () => {
  test('runs the command that some letters name', async () => {
    const { world, person } = await open('chk');
    await person.press('enter');
    expect(world.requests).toMatchObject([{ workspace: WORKSPACE }]);
    expect(person.view().overlay.type).toBe('none');
  });

  test('names in its footer what Enter would run, and what that would do', async () => {
    const { person } = await open('chk');
    const { hints } = footerHints(person.session.context(), ASCII_THEME);
    expect(hints[0]).toMatchObject({ label: 'run checkpoint ws' });
  });

  test('opens what a command opens, and closes by Esc', async () => {
    const { person } = await open('help');
    await person.press('enter');
    expect(person.view().overlay.type).toBe('help');
    await person.press('escape', ':', 'escape');
    expect(person.view().overlay.type).toBe('none');
  });

  test('stays open and says why where a command can not be run now', async () => {
    const { person } = await open('veto');
    await person.press('enter');
    expect(person.toast()).toContain('no checkpoint is held');
    expect(person.view().overlay.type).toBe('palette');
    await person.press(...letters('xyz'), 'enter');
    expect(person.toast()).toBe('no command is called like that');
  });

  test.each([
    ['roll back', { overlay: { type: 'checkpoints' } }],
    ['copy URI', { overlay: { type: 'sources' } }],
    ['resolve', { focus: 'signals', overlay: { type: 'none' } }],
  ])('finds "%s" of another view, and goes there', async (typed, where) => {
    const { person } = await open(typed);
    await person.press('enter');
    expect(person.view()).toMatchObject(where);
  });

  test('finds agents and what conversations were asked, and selects them in their view', async () => {
    const world = await calm();
    const person = personAt(world);
    const { conversationId, agent } = world.view().model.conversations.at(-1) ?? { conversationId: '', agent: '' };
    await person.press('7', ':', ...letters(agent), 'enter');
    expect(person.view()).toMatchObject({ focus: 'agents', overlay: { type: 'none' } });
    expect(person.session.context().selected.agent?.name).toBe(agent);
    await person.press(':', ...letters(conversationId), 'enter');
    expect(person.view().focus).toBe('conversations');
    expect(person.session.context().selected.conversation?.conversationId).toBe(conversationId);
  });

  test('knows every key of the panes by name, and the modes, silences and themes', async () => {
    const { person } = await open('');
    const names = commandsFor('', person.session.context()).map(({ label }) => label);
    expect(new Set(names).size).toBe(names.length);
    for (const name of ['checkpoint', 'filter', 'agents', 'mode hold', 'silence 1 h', 'theme light', 'quit']) {
      expect(names).toContain(name);
    }
  });

  test('goes to a mode by name: up behind a question, down at once', async () => {
    const world = work(await ScreenWorld.started('observe'));
    const person = personAt(world);
    await person.press(':', ...letters('mode auto'), 'enter');
    expect(person.view().overlay).toMatchObject({
      type: 'confirm',
      question: expect.stringContaining('Raise to AUTO in ws?'),
    });
    await person.press('y');
    await until(() => world.view().mode === 'auto');
    await person.press(':', ...letters('mode observe'), 'enter');
    await until(() => world.view().mode === 'observe');
  });

  test('silences the selection for a preset, at once', async () => {
    const { world, person } = await open('silence 1 h');
    await person.press('enter');
    expect(world.view().silences).toMatchObject([{ matcher: { conversation: expect.any(String) } }]);
  });

  test('lets nothing act with --read-only', async () => {
    const world = work(await ScreenWorld.started('observe', { config: { readOnly: true } }));
    const person = personAt(world);
    await person.press(':', ...letters('checkpoint'), 'enter');
    expect(person.toast()).toContain('read-only');
    expect(world.requests).toEqual([]);
  });

  test('runs nothing that came in one go', async () => {
    const { world, person } = await open('');
    await person.chunk('checkpoint\r');
    expect(world.requests).toEqual([]);
    expect(person.view().overlay).toMatchObject({ type: 'palette', query: 'checkpoint' });
  });

  test('moves by the arrows and stops at its ends', async () => {
    const { person } = await open('mode ');
    await person.press('up', 'down', 'down');
    expect(person.view().overlay).toMatchObject({ index: 2 });
    await person.press(...Array<string>(200).fill('down'));
    const { length } = commandsFor('mode ', person.session.context());
    expect(person.view().overlay).toMatchObject({ index: length - 1 });
  });
});

test('the palette shows the key of each command and what it would do, and fits every terminal', async () => {
  const app = mount(await calm(), { columns: 80, rows: 24 });
  app.send(':');
  await app.shows(/:_/);
  for (const letter of 'checkp') app.send(letter);
  await app.shows(/c +checkpoint +take a checkpoint now/);
  app.send('\u007f');
  await app.shows(':check_');
  app.resize(60, 15);
  await app.shows('Enter runs it');
  expect(app.text().split('\n')).toHaveLength(15);
});

test('a theme chosen in the palette is drawn at once', async () => {
  const { person } = await open('theme light');
  await person.press('enter');
  expect(person.view().variant).toBe('light');
});

describe('over a view', () => {
  async function over(...keys: string[]) {
    const world = await calm();
    const person = personAt(world);
    person.session.dispatch({ type: 'log', text: 'said' });
    await person.press(...keys, ':');
    const labels = () => commandsFor('', person.session.context()).map(({ label }) => label);
    return { world, person, labels };
  }

  test.for([
    ['policy', ['P'], 'undo'],
    ['checkpoints', ['5'], 'roll back'],
    ['detail', ['enter', 'enter'], 'next match'],
    ['log', ['L'], 'next page'],
    ['help', ['?'], 'checkpoint'],
  ] as const)(
    '%s it opens, lists its commands before those of everywhere, and Esc goes back',
    async ([, keys, own]) => {
      const { person, labels } = await over(...keys);
      expect(person.view().overlay.type).toBe('palette');
      expect(labels()).toEqual(expect.arrayContaining([own, 'mode hold', 'freeze', 'quit']));
      expect(new Set(labels()).size).toBe(labels().length);
      await person.press('escape');
      expect(person.view().overlay.type).not.toBe('palette');
    },
  );

  test('a command of the view acts on what is selected there', async () => {
    const { world, person } = await over('P', 'j');
    await person.press(...letters('change'), 'enter');
    expect(world.view().policy[1]?.from).toBe('session');
    expect(person.view().overlay.type).toBe('policy');
  });

  test('a command of everywhere leaves the view as it is, unless it is about the panes', async () => {
    const { person } = await over('P');
    await person.press(...letters('theme light'), 'enter');
    expect(person.view()).toMatchObject({ variant: 'light', overlay: { type: 'policy' } });
    await person.press(':', ...letters('signals'), 'enter');
    expect(person.view()).toMatchObject({ focus: 'signals', overlay: { type: 'none' } });
  });

  test('where text is typed a : is text', async () => {
    const { person } = await over('/');
    expect(person.view()).toMatchObject({ overlay: { type: 'none' }, filters: { conversations: ':' } });
  });

  test('a call that is left by it can be opened again', async () => {
    const { person } = await over('enter', 'enter');
    await person.press(...letters('policy'), 'enter', 'escape', 'enter');
    expect(person.view().overlay.type).toBe('detail');
  });
});

test('? over a view lists its keys, and goes back to where one was', async () => {
  const world = await calm();
  const person = personAt(world);
  await person.press('P', 'j', '?');
  expect(sheetText(person)).toContain('next action (this session)');
  await person.press('escape');
  expect(person.session.context().selected.rule?.name).toBe(world.view().policy[1]?.name);
  expect(person.view().overlay.type).toBe('policy');
});
