/** Issue 18, part 6: sub-agents stand under their parent in the list of conversations. */
import { expect, test } from 'vitest';
import { loadPricer } from '../../../src/effects/prices.ts';
import { troubles } from '../../../src/ui/ladder/ladder.ts';
import type { Size } from '../../../src/ui/render/frame.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { NOON, ScreenWorld, settle } from '../../helpers/view.ts';

const WIDE = { columns: 120, rows: 34 };
const NARROW = { columns: 80, rows: 24 };

const tokens = (inputTokens: number) => ({
  inputTokens,
  outputTokens: 0,
  cacheReadTokens: null,
  cacheCreationTokens: null,
});

type Reader = Person & { readonly world: ScreenWorld; readonly screen: () => readonly string[] };

/** A session that began three sub-agents, one of which began another; one that began none; and one whose parent is gone. */
async function family(size: Size = WIDE): Promise<Reader> {
  const world = await ScreenWorld.started('observe', { pricer: loadPricer() });
  const said = {
    agent: 'Claude Code',
    model: 'claude-sonnet-4-5',
    provider: 'anthropic',
    sessionId: 'main',
    took: 1_000,
  };
  const call = (conversationId: string, ago: number, facts: Parameters<ScreenWorld['call']>[0] = {}): void => {
    // $0.30 each.
    world.call({
      ...said,
      conversationId,
      ago,
      usage: tokens(100_000),
      userQuery: `asked of ${conversationId}`,
      ...facts,
    });
  };
  call('other', 20_000, { agent: 'Codex', sessionId: 'other' });
  call('main', 300_000);
  call('main', 290_000);
  call('explore', 250_000);
  call('review', 200_000);
  call('review', 190_000, { statusCode: 529, error: 'Overloaded', usage: null });
  call('grep', 180_000);
  call('tests', 10_000);
  call('orphan', 400_000);
  world.session('main', { sessionId: 'main', title: 'fix the refund test' });
  const sub = { sessionId: 'main', parentId: 'main' };
  world.session('explore', { ...sub, title: 'find every caller' });
  world.session('review', { ...sub, title: 'review the queue' });
  world.session('grep', { ...sub, parentId: 'review', title: 'grep the queue' });
  world.session('tests', { ...sub, title: 'run the suite' });
  world.session('orphan', { ...sub, parentId: 'gone', title: 'its parent is gone' });
  const person = personAt(world, size);
  await settle();
  const screen = (): readonly string[] => pictureOf(world, { ...size, view: person.view() }).split('\n');
  await select(person, 'main');
  return { ...person, world, screen };
}

async function select(person: Person, id: string): Promise<void> {
  person.session.dispatch({ type: 'list', of: 'conversations', list: { selectedId: id, offset: 0 } });
  await settle();
}

function rowWith(person: Reader, text: string): string {
  return person.screen().find((line) => line.includes(text)) ?? expect.fail(`no row with ${text}`);
}

function ids(person: Person): readonly string[] {
  const context = person.session.context();
  return context.list.ids(context.shown);
}

test.each([WIDE, NARROW])('open, sub-agents look as agreed at $columns×$rows', async (size) => {
  const person = await family(size);
  await person.press('2', '+', 'j', 'j', '+');
  await expect(`${person.screen().join('\n')}\n`).toMatchFileSnapshot(
    `../../golden/views/sub-agents-${size.columns}x${size.rows}.txt`,
  );
});

test('closed they are in the row of their parent, which counts and costs as much as all of them', async () => {
  const person = await family(NARROW);
  // The most recent of a family tells where it stands, and since when.
  expect(ids(person)).toEqual(['main', 'other', 'orphan']);
  expect(rowWith(person, 'asked of main')).toMatch(/● active +Claude Code +\+ asked of main +\$1\.80 +10 s/u);
  await person.press('+');
  expect(ids(person)).toEqual(['main', 'explore', 'review', 'tests', 'other', 'orphan']);
  expect(rowWith(person, 'asked of main')).toMatch(/○ idle +Claude Code +- asked of main +\$0\.60 +4 min/u);
  expect(rowWith(person, 'review the queue')).toMatch(/\+ {3}review the queue +\$0\.60 +3 min/u);
  expect(rowWith(person, 'Conversations')).toContain('2 Conversations 7');
});

test('the last line names how many a closed row holds; - on one of them closes it and selects the parent', async () => {
  const person = await family();
  expect(person.screen().at(-1)).toContain('+ 4 sub-agents');
  await person.press('+', 'j', 'j');
  expect(person.screen().at(-1)).toContain('+ 1 sub-agent');
  await person.press('+', 'j');
  expect(person.session.context().selected.conversation?.conversationId).toBe('grep');
  await person.press('-');
  expect(person.session.context().selected.conversation?.conversationId).toBe('review');
  expect(ids(person)).not.toContain('grep');
  await person.press('k', '-');
  expect(ids(person)).toEqual(['main', 'other', 'orphan']);
});

test('a closed row shows the worst trouble of all below it, an open one its own', async () => {
  const person = await family(NARROW);
  const crash = { type: 'agent_crash', severity: 'critical', agent: 'Claude Code' } as const;
  person.world.interruption({ ...crash, conversationId: 'grep' });
  person.world.engine.commit();
  await settle();
  expect(rowWith(person, 'asked of main')).toContain('⚑ agent_crash');
  expect(troubles(person.world.view(), person.world.now).map(({ conversationId }) => conversationId)).toEqual(['grep']);
  await person.press('+');
  expect(rowWith(person, 'asked of main')).toContain('○ idle');
  expect(rowWith(person, 'review the queue')).toContain('⚑ agent_crash');
  await person.press('n');
  expect(person.session.context().selected.conversation?.conversationId).toBe('review');
  await person.press('+');
  expect(rowWith(person, 'review the queue')).toContain('○ idle');
  expect(rowWith(person, 'grep the queue')).toContain('⚑ agent_crash');
});

test('the same signal of several below is one row with their number', async () => {
  const person = await family();
  for (const conversationId of ['explore', 'review'])
    person.world.interruption({ type: 'rate_limit', severity: 'high', agent: 'Claude Code', conversationId });
  person.world.engine.commit();
  await settle();
  expect(rowWith(person, 'asked of main')).toContain('▲ rate_limit ×2');
  expect(rowWith(person, '2 in trouble')).toContain('Conversations 7');
});

test('a filter finds sub-agents of closed rows; what is not counted twice is left', async () => {
  const person = await family();
  await person.press('/', ...Array.from('suite'), 'enter');
  expect(ids(person)).toEqual(['tests']);
  expect(rowWith(person, 'Conversations')).toContain('Conversations 1 of 7');
  await person.press('escape', '/', ...Array.from('agent:claude'), 'enter');
  expect(rowWith(person, 'Conversations')).toContain('Conversations 6 of 7');
});

test('in another order a family stays together, by what all of it comes to', async () => {
  const person = await family(NARROW);
  await person.press('+', 'o');
  expect(ids(person)).toEqual(['main', 'explore', 'review', 'tests', 'other', 'orphan']);
  // The oldest of them has most calls by now, but for the family.
  for (let n = 0; n < 3; n += 1)
    person.world.call({ conversationId: 'orphan', agent: 'Claude Code', sessionId: 'main', ago: 500_000 + n });
  person.world.engine.commit();
  await settle();
  expect(ids(person)).toEqual(['main', 'explore', 'review', 'tests', 'orphan', 'other']);
});

test('a sub-agent stays selected while calls come in and its parent moves; its parent is open for it', async () => {
  const person = await family();
  await select(person, 'grep');
  expect(ids(person)).toContain('grep');
  person.world.call({ conversationId: 'other', agent: 'Codex', sessionId: 'other' });
  person.world.engine.commit();
  await settle();
  expect(ids(person)[0]).toBe('other');
  expect(person.session.context().selected.conversation?.conversationId).toBe('grep');
  await select(person, 'other');
  expect(ids(person)).toEqual(['other', 'main', 'orphan']);
});

test('a conversation with its calls counts its sub-agents, and its context alone', async () => {
  const person = await family();
  const context = { usedTokens: 100_000, windowTokens: 200_000, windowKnown: true };
  person.world.session('main', { sessionId: 'main', title: 'fix', context });
  person.world.session('explore', {
    sessionId: 'main',
    parentId: 'main',
    context: { ...context, usedTokens: 190_000 },
  });
  person.world.engine.commit();
  await person.press('enter');
  const line = rowWith(person, 'calls, 1 failed');
  expect(line).toContain('7 calls, 1 failed   context ━━━━━───── 50 %   in 600k');
  expect(line).toContain('$1.80');
  expect(rowWith(person, 'sub-agent sonnet-4-5, 3 calls, 1 failed')).toMatch(/200k +0 .*\$0\.60/u);
});

test('a screen reader hears what is below, and what of it is wrong', async () => {
  const person = await family();
  const said = (): string => person.session.context().pane.describe(person.session.context());
  expect(said()).toContain(
    'conversations, 1 of 3: Claude Code, conversation main, 7 calls, 1 failed, last call 10 s ago, 4 sub-agents included',
  );
  person.world.interruption({ type: 'dead_loop', severity: 'critical', agent: 'Claude Code', conversationId: 'tests' });
  person.world.engine.commit();
  await settle();
  expect(said()).toContain('Claude Code, dead_loop, conversation main');
  await person.press('+', 'j');
  expect(said()).toContain('conversations, 2 of 6: Claude Code, sub-agent explore, 1 call');
  expect(NOON).toBe(person.world.now);
});
