import { describe, expect, test } from 'vitest';
import { type Person, personAt } from '../../../helpers/person.ts';
import { work } from '../../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../../helpers/view.ts';
import { CONVERSATIONS } from '../../../../src/ui/views/conversations/view.ts';

async function many(count: number): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('auto');
  for (let n = 0; n < count; n += 1) world.call({ conversationId: `conv-${n}`, agent: `agent-${n}`, ago: n * 1_000 });
  return world;
}

const selected = ({ session }: Person) => session.context().selected;

describe('the selection', () => {
  test('starts at the top and moves by row, page and end, without leaving the list', async () => {
    const person = personAt(await many(60));
    expect(selected(person).conversation?.conversationId).toBe('conv-0');
    await person.press('k', 'up');
    expect(selected(person).conversation?.conversationId).toBe('conv-0');
    await person.press('j', 'down');
    expect(selected(person).conversation?.conversationId).toBe('conv-2');
    await person.press('G', 'j');
    expect(selected(person).conversation?.conversationId).toBe('conv-59');
    await person.press('g');
    expect(selected(person).conversation?.conversationId).toBe('conv-0');
    await person.press('pagedown');
    const page = Number(selected(person).conversation?.conversationId.slice(5));
    expect(page).toBeGreaterThan(4);
    await person.press('ctrl-u');
    expect(selected(person).conversation?.conversationId).toBe('conv-0');
  });

  test('stays with its row when rows change places, and falls back when it vanishes', async () => {
    const world = await many(5);
    const person = personAt(world);
    await person.press('j', 'j');
    world.call({ conversationId: 'conv-4' });
    world.engine.commit();
    expect(selected(person).conversation?.conversationId).toBe('conv-2');
    await person.press('/', 'n', 'o', 'n', 'e', 'enter');
    expect(selected(person).conversation).toBeNull();
    await person.press('escape');
    expect(selected(person).conversation?.conversationId).toBe('conv-2');
  });

  test('is kept for each pane', async () => {
    const person = personAt(await many(5));
    await person.press('j', '3', 'j', 'j', '1');
    expect(selected(person).conversation?.conversationId).toBe('conv-1');
    expect(selected(person).agent?.name).toBe('agent-2');
  });
});

describe('the calls', () => {
  test('follow the newest until they are scrolled, and again from their end on', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const person = personAt(world);
    const newest = () => world.engine.calls(selected(person).conversation?.conversationId ?? null).at(-1)?.callId;
    await person.press('enter');
    expect(person.view().follow).toBe(true);
    expect(selected(person).call?.callId).toBe(newest());
    await person.press('k');
    expect(person.view().follow).toBe(false);
    const held = selected(person).call?.callId;
    const { conversation } = selected(person);
    world.call({ conversationId: conversation?.conversationId ?? null, agent: conversation?.agent ?? '' });
    world.engine.commit();
    expect(selected(person).call?.callId).toBe(held);
    await person.press('G');
    expect(person.view().follow).toBe(true);
    expect(selected(person).call?.callId).toBe(newest());
  });

  test('of another conversation start at its newest call', async () => {
    const person = personAt(await many(3));
    await person.press('enter', 'k', '1', 'j');
    expect(person.view().follow).toBe(true);
  });
});

test('Tab, arrows and numbers move the focus round and round', async () => {
  const person = personAt(await many(1));
  const visited: string[] = [];
  for (const key of ['tab', 'right', 'l', 'tab', 'tab', 'shift-tab', '3', 'h']) {
    await person.press(key);
    visited.push(person.view().focus);
  }
  expect(visited).toEqual([
    'agents',
    'signals',
    'workspaces',
    'calls',
    'conversations',
    'calls',
    'agents',
    'conversations',
  ]);
});

test('Enter opens the calls of a conversation over the whole screen, Esc comes back', async () => {
  const person = personAt(await many(3));
  await person.press('enter');
  expect(person.view()).toMatchObject({ focus: 'calls', zoomed: true });
  await person.press('escape');
  expect(person.view()).toMatchObject({ focus: 'conversations', zoomed: false });
  await person.press('3', 'enter');
  expect(person.view()).toMatchObject({ focus: 'agents', zoomed: true, panel: true });
  await person.press('enter');
  expect(person.view()).toMatchObject({
    focus: 'conversations',
    zoomed: true,
    filters: { conversations: expect.stringContaining('agent:"agent-') },
  });
  // One step back for each step that led there, with what narrowed the list on the way.
  await person.press('escape');
  expect(person.view()).toMatchObject({ focus: 'agents', zoomed: true, panel: true, filters: {} });
  await person.press('escape');
  expect(person.view()).toMatchObject({ focus: 'agents', zoomed: true, panel: false });
  await person.press('escape');
  expect(person.view()).toMatchObject({ zoomed: false });
});

test('space keeps the moment, and keys act on what is true now', async () => {
  const world = await many(2);
  const person = personAt(world);
  await person.press('space');
  world.call({ conversationId: 'late', agent: 'late' });
  world.engine.commit();
  expect(CONVERSATIONS.rows(person.session.context().shown)).toHaveLength(2);
  await person.press('c');
  expect(world.requests).toHaveLength(1);
  await person.press('space');
  expect(CONVERSATIONS.rows(person.session.context().shown)).toHaveLength(3);
});

test('y copies the id of the selected row of the focused pane', async () => {
  const person = personAt(await many(2));
  await person.press('j', 'y', 'enter', 'y', '6', 'y', '3', 'y');
  expect(person.copied).toEqual(['conv-1', 'call-2', '/srv/ws', 'agent-0']);
});
