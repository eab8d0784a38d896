import { describe, expect, test } from 'vitest';
import { personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { debouncing, running } from '../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../helpers/view.ts';

/** The conversation of the storm. */
const HERMES = 'b59780476b41';

const SIZE = { columns: 120, rows: 34 };

describe('the view of signals', () => {
  test('tells of the selected one why: rule, settings and timers of that moment', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('4', 'enter');
    const picture = pictureOf(world, { ...SIZE, view: person.view() });
    expect(picture).toMatch(/policy +agent_crash: checkpoint by default/);
    expect(picture).toMatch(/mode +auto at \d\d:\d\d:\d\d, no countdown/);
    expect(picture).toMatch(/debounce +one checkpoint in 30s/);
    expect(picture).toMatch(/window +until \d\d:\d\d:\d\d, 30 s then, opened by auto-/);
  });

  test('e, and Enter, go to the call that caused it; Esc comes back', async () => {
    const world = await running();
    const person = personAt(world);
    await person.press('4', 'e');
    expect(person.view()).toMatchObject({ focus: 'stream', zoomed: true, follow: false });
    const { conversation, call } = person.session.context().selected;
    expect(conversation?.conversationId).toBe(HERMES);
    expect(call?.statusCode).toBeGreaterThanOrEqual(400);
    await person.press('escape');
    expect(person.view()).toMatchObject({ focus: 'signals', zoomed: false });
    await person.press('enter', 'enter');
    expect(person.view()).toMatchObject({ focus: 'stream', zoomed: true });
    await person.press('escape');
    expect(person.view()).toMatchObject({ focus: 'signals', zoomed: true });
  });

  test('where the call is not known its conversation is shown, and that is said', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('4', 'e');
    expect(person.toast()).toContain('not known');
    expect(person.session.context().selected.conversation?.agent).toBe('Cosh');
  });

  test('elsewhere e says where signals are', async () => {
    const person = personAt(await running());
    await person.press('e');
    expect(person.toast()).toContain('4 goes to the signals');
  });

  test('is filtered by fate, and its number is that of the rows', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('4', '/', ...Array.from('fate:checkpointed'), 'enter', 'enter');
    expect(person.session.context().shown.signals.map(({ fate }) => fate?.fate)).toEqual(['checkpointed']);
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/Signals 1 of 2 .*\/fate:checkpointed/);
  });
});

describe('the order of a list', () => {
  test('changes by o, and the title says which it is', async () => {
    const world = await ScreenWorld.started('observe');
    world.call({ conversationId: 'few', agent: 'B' }).call({ conversationId: 'many', agent: 'A', ago: 9_000 });
    world.call({ conversationId: 'many', agent: 'A', ago: 8_000 });
    const person = personAt(world);
    const rows = () => person.session.context().shown.conversations.map(({ conversationId }) => conversationId);
    expect(rows()).toEqual(['few', 'many']);
    await person.press('o');
    expect(rows()).toEqual(['many', 'few']);
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toContain('by calls');
    for (let order = 1; order < 7; order += 1) await person.press('o');
    expect(rows()).toEqual(['few', 'many']);
  });
});
