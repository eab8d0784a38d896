/** Issue 13, part 5: the stream of a conversation tells what its records say. */
import { expect, test } from 'vitest';
import type { Feed } from '../../../src/core/feed.ts';
import type { SessionFacts } from '../../../src/core/sessions.ts';
import type { Story, StoryCall, ToolStep } from '../../../src/core/story.ts';
import { makeContent } from '../../helpers/call-content.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf as pictureOfWorld } from '../../helpers/picture.tsx';
import { sheetText } from '../../helpers/sheet.ts';
import { NOON, ScreenWorld, settle } from '../../helpers/view.ts';

const WIDE = { columns: 120, rows: 34 };
const NARROW = { columns: 80, rows: 24 };
const AT = NOON - 600_000;

test.each([WIDE, NARROW])(
  'a conversation with sub-agents, retries, a compaction and an open tool looks as agreed at $columns×$rows',
  async (size) => {
    const person = await refund(size);
    await person.press('enter');
    await expect(`${pictureOf(person, size)}\n`).toMatchFileSnapshot(
      `../../golden/views/story-${size.columns}x${size.rows}.txt`,
    );
  },
);

test('tools are told with their argument and how they ended, answers by their first words', async () => {
  const person = await refund();
  await person.press('enter');
  const text = pictureOf(person, WIDE);
  for (const words of [
    '▌ user: the refund test is still red on CI',
    '● Grep "refundable", 14 matches',
    '● Edit refund/service.ts +12 −4',
    '● Bash npm test refund → exit 1, 16 s',
    '● answer: "The queue retries a refund twice …"',
    '≡ compacted by the agent: 171k → 31.2k tokens',
    '✗ attempt 2 of 10 failed: 529 Overloaded',
    '+ sub-agent haiku-4-5, 2 calls, 1 failed: find every caller',
    '… Bash npm test, open 3 min',
  ]) {
    expect(text).toContain(words);
  }
});

test('a sub-agent opens and closes in place, and Enter goes to its calls', async () => {
  const person = await refund();
  await person.press('enter');
  await selectRow(person, 'agent sub');
  await person.press('+');
  expect(pictureOf(person, WIDE)).toContain('- sub-agent haiku-4-5');
  expect(pictureOf(person, WIDE)).toContain('●   answer');
  await person.press('-');
  expect(pictureOf(person, WIDE)).not.toContain('●   answer');
  await person.press('enter');
  expect(person.session.context().selected.conversation?.conversationId).toBe('sub');
  expect(person.view().focus).toBe('calls');
});

test('is read once while nothing changes, and again when its records go on', async () => {
  let read = 0;
  const person = await refund(WIDE, async () => {
    read += 1;
    return { ok: true, value: STORY };
  });
  await person.world.wait(2_000);
  await person.press('enter');
  const before = read;
  await person.press('j', 'k', 'j', 'k');
  expect(read).toBe(before);
  await person.world.wait(2_000);
  person.world.session('main', { ...FACTS, lastAt: NOON + 1 });
  await person.press('k');
  expect(read).toBe(before + 1);
});

test('the files that its tools wrote are counted with the calls, and listed with each call', async () => {
  const person = await refund();
  person.world.content = Promise.resolve({ ok: true, value: makeContent({ callId: 'call-5' }) });
  await person.press('enter');
  expect(pictureOf(person, WIDE)).toContain('2 files written');
  await person.press('enter');
  const text = sheetText(person);
  expect(text).toContain('Files written by the tools of this session: 2, last first');
  expect(text).toMatch(/  refund\/service\.ts +edited ×3 +\+12 −4 +13:53:12/u);
  expect(text).toMatch(/  \/elsewhere\/notes\.md +written/u);
});

test('a conversation that a filter hides says that it is outside', async () => {
  const person = await refund();
  await person.press('/', ...Array.from('agent:nobody'), 'enter');
  expect(pictureOf(person, WIDE)).toContain('the selected conversation is outside');
});

test('Enter on a prompt, or on another row between the calls, opens the call that follows it', async () => {
  const person = await refund();
  await person.press('enter', 'g', 'enter');
  expect(person.view().detail?.call.callId).toBe('call-1');
  await person.press('escape', 'G', 'enter');
  expect(person.view().detail?.call.callId).toBe('call-5');
});

test('[ and ] lead to the conversations beside it', async () => {
  const person = await refund();
  await person.press('+', 'enter', ']');
  expect(person.session.context().selected.conversation?.conversationId).toBe('sub');
  await person.press(']');
  expect(person.toast()).toContain('no next conversation');
  await person.press('[');
  expect(person.session.context().selected.conversation?.conversationId).toBe('main');
});

test('a conversation that waits for a person says so; one that is not told of stands as before', async () => {
  const person = await refund();
  person.world.session('main', { ...FACTS, state: 'waiting' });
  await person.press('enter');
  expect(pictureOf(person, WIDE)).toContain('◇ Bash npm test, waiting 3 min');
  const silent = await refund(WIDE, async () => ({ ok: false, reason: { code: 'row_gone' } }));
  await silent.press('enter');
  expect(pictureOf(silent, WIDE)).toContain('… Bash, open 3 min');
  expect(pictureOf(silent, WIDE)).not.toContain('answer: "');
});

// ---------------------------------------------------------------- the scene

const FACTS: Partial<SessionFacts> = {
  title: 'fix the refund CI test',
  cwd: '/work',
  open: { type: 'tool', name: 'Bash', since: NOON - 180_000 },
  lastAt: NOON,
};

function tool(name: string, argument: string, facts: Partial<ToolStep> = {}): ToolStep {
  return { name, argument, startedAt: AT, endedAt: AT, outcome: null, ...facts };
}

function call(facts: Partial<StoryCall>): StoryCall {
  return { tools: [], answer: null, answerWords: 0, ...facts };
}

const OUTCOME = { failed: false, exitCode: null, matches: null, added: null, removed: null };

const STORY: Story = {
  calls: new Map([
    ['c1', call({ tools: [tool('Grep', '"refundable"', { outcome: { ...OUTCOME, matches: 14 } })] })],
    ['c2', call({ tools: [tool('Edit', 'refund/service.ts', { outcome: { ...OUTCOME, added: 12, removed: 4 } })] })],
    [
      'c3',
      call({
        tools: [
          tool('Bash', 'npm test refund', { endedAt: AT + 16_000, outcome: { ...OUTCOME, failed: true, exitCode: 1 } }),
        ],
      }),
    ],
    ['c4', call({ answer: 'The queue retries a refund twice', answerWords: 40 })],
    ['c5', call({ tools: [tool('Bash', 'npm test', { endedAt: null })] })],
  ]),
  marks: [
    { type: 'prompt', at: AT - 1_000, text: 'the refund test is still red on CI, do not touch the fixture' },
    { type: 'compaction', at: AT + 150_000, cause: 'auto', before: 171_000, after: 31_200, tookMs: 18_000 },
    { type: 'retry', at: AT + 160_000, attempt: 1, of: 10, text: '529 Overloaded' },
    { type: 'retry', at: AT + 161_000, attempt: 2, of: 10, text: '529 Overloaded' },
    { type: 'prompt', at: AT + 200_000, text: 'still red, go on' },
  ],
  files: [
    { path: '/work/refund/service.ts', operation: 'edited', times: 3, added: 12, removed: 4, at: AT },
    { path: '/elsewhere/notes.md', operation: 'written', times: 1, added: null, removed: null, at: AT },
  ],
  open: null,
  unreadBytes: 0,
};

type Reader = Person & { readonly world: ScreenWorld };

async function refund(size = WIDE, story: Feed['story'] = async () => ({ ok: true, value: STORY })): Promise<Reader> {
  const world = await ScreenWorld.started('observe', { feed: { story } });
  const said = { agent: 'Claude Code', model: 'claude-opus-4-5', sessionId: 'main' };
  for (const minute of [1, 2, 3, 4]) world.call({ conversationId: 'main', ago: 600_000 - minute * 60_000, ...said });
  world.call({ conversationId: 'main', ago: 180_000, ...said });
  const sub = { agent: 'Claude Code', model: 'claude-haiku-4-5', sessionId: 'main' };
  world.call({ conversationId: 'sub', ago: 470_000, ...sub });
  world.call({ conversationId: 'sub', ago: 460_000, statusCode: 529, error: 'Overloaded', usage: null, ...sub });
  world.session('main', FACTS);
  world.session('sub', { sessionId: 'main', parentId: 'main', title: 'find every caller', startedAt: AT + 125_000 });
  const person = personAt(world, size);
  await settle();
  const ids = person.session.context().listNamed('conversations')?.ids(person.session.context().shown) ?? [];
  const row = ids.find((id) => id.includes('main')) ?? 'main';
  person.session.dispatch({ type: 'list', of: 'conversations', list: { selectedId: row, offset: 0 } });
  await settle();
  return { ...person, world };
}

async function selectRow(person: Reader, id: string): Promise<void> {
  person.session.dispatch({ type: 'list', of: 'calls', list: { selectedId: id, offset: 0 } });
  person.session.dispatch({ type: 'follow', follow: false });
  await settle();
}

function pictureOf(person: Reader, size: { readonly columns: number; readonly rows: number }): string {
  return pictureOfWorld(person.world, { ...size, view: person.view() });
}
