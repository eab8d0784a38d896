import { describe, expect, test } from 'vitest';
import { workspacesInOrder } from '../../../src/ui/views/workspaces/rows.ts';
import { personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { calm, debouncing, work } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';
import { shownCalls } from '../../../src/ui/views/calls/view.ts';
import { RULES } from '../../../src/ui/views/policy/list.ts';
import { SILENCES } from '../../../src/ui/views/silences/list.ts';

const SIZE = { columns: 120, rows: 34 };
const NARROW = { columns: 80, rows: 24 };

/** Four calls of one conversation: their ids say what is special about them. */
async function calls(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe');
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheCreationTokens: 0 };
  const of = { conversationId: 'one', agent: 'A', usage };
  world.call({ ...of, callId: 'oldest', ago: 9_000, took: 100 });
  world.call({ ...of, callId: 'slow', ago: 8_000, took: 8_000 });
  world.call({ ...of, callId: 'bad', ago: 7_000, took: 200, statusCode: 500, error: 'no' });
  return world.call({ ...of, callId: 'dear', ago: 6_000, took: 300, usage: { ...usage, inputTokens: 9_000 } });
}

describe('the calls', () => {
  test('stand in other orders too, which are not followed and say so', async () => {
    const world = await calls();
    const person = personAt(world);
    const ids = () => shownCalls(person.session.context().shown).map(({ callId }) => callId);
    const picture = () => pictureOf(world, { ...SIZE, view: person.view() });
    await person.press('enter');
    expect(picture()).toMatch(/ follow ─/);
    await person.press('o');
    expect(ids()).toEqual(['dear', 'bad', 'slow', 'oldest']);
    await person.press('o');
    expect(ids()[0]).toBe('slow');
    expect(picture()).toContain('by slowest, not followed');
    const narrow = {
      columns: 100,
      rows: 30,
      view: { ...person.view(), filters: { ...person.view().filters, calls: 'stop' } },
    };
    expect(pictureOf(world, narrow)).toContain('/stop by slowest, not followed');
    expect(person.session.context().selected.call?.callId).toBe('slow');
    await person.press('o');
    expect(ids()[0]).toBe('dear');
    await person.press('o');
    expect(ids()).toEqual(['bad', 'dear', 'slow', 'oldest']);
    world.call({ conversationId: 'one', agent: 'A', callId: 'later' });
    world.view();
    expect(person.session.context().selected.call?.callId).toBe('bad');
    await person.press('G');
    expect(person.session.context().selected.call?.callId).toBe('oldest');
  });

  test('are followed again as soon as they stand in the order of time', async () => {
    const world = await calls();
    const person = personAt(world);
    await person.press('enter', 'k', 'o', 'j', 'o', 'o', 'o', 'o');
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/ follow ─/);
    expect(person.session.context().selected.call?.callId).toBe('dear');
  });
});

describe('the silences', () => {
  async function three() {
    const world = work(await ScreenWorld.started('auto'));
    for (const [agent, minutes] of [
      ['Late', 30],
      ['Soon', 10],
      ['Between', 20],
    ] as const) {
      world.engine.intents.silence({ matcher: { agent }, durationMs: minutes * 60_000, reason: null });
      await world.wait(1);
    }
    const person = personAt(world);
    await person.press('S');
    const names = () => SILENCES.rows(person.session.context().shown).map(({ matcher }) => matcher.agent);
    return { person, names };
  }

  test('that end soonest come first; o orders them, and the title says how', async () => {
    const { person, names } = await three();
    expect(names()).toEqual(['Soon', 'Between', 'Late']);
    await person.press('o', 'o');
    expect(names()).toEqual(['Between', 'Soon', 'Late']);
    expect(sheetText(person)).toContain('by newest');
  });

  test('are filtered; the number of the title is that of the rows, and keys mean what is shown', async () => {
    const { person, names } = await three();
    await person.press('/', ...Array.from('late'));
    expect(sheetText(person)).toMatch(/Silences 1 of 3 .*\/late_/);
    await person.press('enter', 'u');
    // What was selected is not among them: nothing is, until a key moves.
    expect(person.toast()).toBe('no silence is selected');
    await person.press('j', 'u');
    expect(names()).toEqual([]);
    expect(sheetText(person)).toContain('nothing matches /late');
    await person.press('escape');
    expect(sheetText(person)).toMatch(/Silences 2 /);
    await person.press('escape');
    expect(sheetText(person)).toBe('');
  });
});

describe('the policy', () => {
  test('is filtered and ordered like every list', async () => {
    const person = personAt(await calm());
    await person.press('P', '/', ...Array.from('severity:critical'), 'enter');
    expect(sheetText(person)).toMatch(/Policy 4 of \d+ .*\/severity:critical/);
    await person.press('o');
    expect(RULES.rows(person.session.context().shown)[0]?.name).toBe('agent_crash');
    expect(sheetText(person)).toContain('/severity:critical by name');
    await person.press('enter');
    expect(sheetText(person)).toMatch(/1 changed for this session/);
  });
});

describe('an active filter', () => {
  const view = async (world: ScreenWorld, ...keys: string[]) => {
    const person = personAt(world, NARROW);
    await person.press('/', ...Array.from('herm'), 'enter', ...keys);
    return pictureOf(world, { ...NARROW, view: person.view() });
  };

  test('stands in the border of its list', async () => {
    expect(await view(await calm())).toMatch(/\/herm in conversations[^]*Conversations 1 of 3/);
    const person = personAt(await calm());
    await person.press('/', ...Array.from('herm'), 'enter');
    const wide = { columns: 120, rows: 34 };
    expect(pictureOf(await calm(), { ...wide, view: person.view() })).toMatch(/Conversations 1 of 3 .*\/herm/);
  });

  test('is seen at 80 columns from every other tab, and the tab says how many rows are left', async () => {
    const picture = await view(await calm(), '4');
    expect(picture).toContain('/herm in conversations');
    expect(picture).toContain('2 Conversations 1 of 3');
  });

  test('is seen over what takes the place of the panes', async () => {
    for (const key of ['P', '5']) expect(await view(await calm(), key)).toContain('/herm in conversations');
  });

  test('of each list stays until it is dropped there; where none is, Esc drops the others', async () => {
    const person = personAt(await calm());
    await person.press('/', 'x', 'enter', '4', '/', 'y', 'enter', '3');
    expect(person.view().filters).toMatchObject({ conversations: 'x', signals: 'y' });
    await person.press('1', 'tab', 'tab', 'escape');
    expect(person.view()).toMatchObject({ focus: 'signals', filters: { conversations: 'x', signals: '' } });
    await person.press('escape');
    expect(person.view().filters).toMatchObject({ conversations: '' });
  });
});

test('the numbers in the titles are those of the rows that a filter leaves', async () => {
  const world = await debouncing();
  const person = personAt(world);
  await person.press('4', '/', ...Array.from('fate:checkpointed'), 'enter');
  const picture = pictureOf(world, { ...SIZE, view: person.view() });
  expect(picture).toContain('Signals 1 of 2');
  expect(picture).not.toContain('(1 open)');
});

test('of workspaces in the same state the one that acts soonest comes first', async () => {
  const world = await ScreenWorld.started('auto');
  const [one] = world.view().workspaces;
  const debouncingAt = (path: string, endsAt: number, waiting: readonly string[]) => ({
    ...(one as NonNullable<typeof one>),
    path,
    waiting,
    windowEndsAt: endsAt,
    status: { state: 'debouncing', endsAt, reason: { code: 'inside_window', snapshot: null } } as const,
  });
  const workspaces = [
    debouncingAt('/quiet', world.now + 1_000, []),
    debouncingAt('/later', world.now + 9_000, ['b']),
    debouncingAt('/sooner', world.now + 5_000, ['a']),
  ];
  const order = workspacesInOrder({ ...world.view(), workspaces }).map(({ path }) => path);
  expect(order).toEqual(['/sooner', '/later', '/quiet']);
});
