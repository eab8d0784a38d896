import { describe, expect, test } from 'vitest';
import type { ContentAnswer } from '../../../src/core/content.ts';
import type { Call } from '../../../src/core/calls.ts';
import type { SessionState } from '../../../src/core/sessions.ts';
import { factsOf } from '../../../src/ui/views/call/render.ts';
import { themeOf } from '../../../src/ui/render/theme.ts';
import { Page } from '../../../src/ui/widgets/page.ts';
import { makeContent } from '../../helpers/call-content.ts';
import { makeCall } from '../../helpers/feed-events.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { NOON, ScreenWorld } from '../../helpers/view.ts';

const LONG = Array.from({ length: 200 }, (_, line) => `line ${line} of the answer`).join('\n');

async function worldOf(...calls: readonly Partial<Call>[]): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe');
  for (const [at, facts] of calls.entries()) {
    world.call({ conversationId: 'conv', agent: 'Hermes', ago: (calls.length - at) * 1_000, ...facts });
  }
  return world;
}

function tells(world: ScreenWorld, facts: Parameters<typeof makeContent>[0] = {}): ScreenWorld {
  const calls = world.engine.calls('conv');
  const last = calls.at(-1);
  const value = makeContent({ callId: last?.callId ?? null, startNs: last?.startNs ?? 0n, ...facts });
  world.content = Promise.resolve({ ok: true, value });
  return world;
}

async function opened(world: ScreenWorld): Promise<Person> {
  const person = personAt(world);
  await person.press('enter', 'enter');
  return person;
}

describe("a call's detail", () => {
  test('opens by Enter from the conversation and goes back step by step by Esc', async () => {
    const person = await opened(tells(await worldOf({}, {})));
    expect(person.view()).toMatchObject({ focus: 'calls', zoomed: true, overlay: { type: 'detail' } });
    await person.press('escape');
    expect(person.view()).toMatchObject({ focus: 'calls', zoomed: true, overlay: { type: 'none' }, detail: null });
    await person.press('escape');
    expect(person.view()).toMatchObject({ focus: 'conversations', zoomed: false });
  });

  test('tells facts, answer and tools with their results; thinking, request and fields are closed', async () => {
    const world = await worldOf({ model: 'claude-opus', statusCode: 200, finishReason: 'tool_use' });
    const person = await opened(tells(world));
    const text = sheetText(person);
    for (const words of [
      'Call 1 of 1 · Bash npm test',
      'outcome    ok, tool_use, HTTP 200',
      'model      claude-opus',
      'took       2.0 s, first token 0.3 s',
      'tokens in  40.2k',
      '  cached   39.0k ━━━━━━━━━╸ 97 %',
      '  new      1.2k',
      'tokens out 300',
      '── Thinking, 4 words',
      '▸── Tool call 1 of 1: Bash',
      '  $ npm test',
      '  1 failed',
      'Request: 2 messages, newest first',
      'user         make the failing test pass',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).not.toContain('The test expects 4.');
    expect(text).not.toContain('/v1/messages');
  });

  test('sections are gone through by Tab, opened by + and closed by -, and copied by Y', async () => {
    const person = await opened(tells(await worldOf({})));
    await person.press('-');
    expect(person.toast()).toContain('the section is closed');
    await person.press('tab', 'tab');
    expect(sheetText(person)).toContain('▸── Raw fields');
    await person.press('+');
    expect(sheetText(person)).toContain('/v1/messages');
    await person.press('-');
    expect(sheetText(person)).not.toContain('/v1/messages');
    await person.press('tab');
    expect(sheetText(person)).toContain('▸── Thinking, 4 words');
    await person.press('=');
    expect(sheetText(person)).toContain('The test expects 4.');
    await person.press('shift-tab', 'shift-tab', 'Y');
    expect(person.copied.at(-1)).toContain('make the failing test pass');
  });

  test('a search looks into closed sections, too', async () => {
    const person = await opened(tells(await worldOf({})));
    await person.press('/', ...Array.from('expects 4'), 'enter');
    expect(sheetText(person)).toContain('The test expects 4.');
    await person.press('escape');
    expect(sheetText(person)).not.toContain('The test expects 4.');
  });

  test('a long result shows its beginning and how much there is; its exit code and duration stand at the right', async () => {
    const text = Array.from({ length: 44 }, (_, line) => `line ${line}`).join('\n');
    const outcome = { failed: true, exitCode: 1, matches: null, added: null, removed: null };
    const toolRuns = [{ id: 'toolu_1', text, outcome, tookMs: 5_000 }];
    const person = await opened(tells(await worldOf({}), { toolRuns }));
    expect(sheetText(person)).toMatch(/Tool call 1 of 1: Bash ─+ exit 1 after 5\.0 s ──/u);
    expect(sheetText(person)).toContain('line 5');
    expect(sheetText(person)).not.toContain('line 6');
    expect(sheetText(person)).toMatch(/… 38 more lines +\+ open/u);
    await person.press('+', 'G');
    expect(sheetText(person)).toContain('line 43');
  });

  test('a failed call tells its error, and how many failed in a row', async () => {
    const failed = { statusCode: 529, error: 'Overloaded', usage: null };
    const person = await opened(tells(await worldOf({}, failed, failed, failed), { response: [], request: [] }));
    const text = sheetText(person);
    expect(text).toMatch(/outcome +✗ 529/u);
    expect(text).toContain('tokens     not reported');
    expect(text).toContain('row        failure 3 in a row');
    expect(text).toContain('▸── Error');
    expect(text).toContain('  Overloaded');
    expect(text).toContain('(no response)');
  });

  test('says that it is asked for, why it is not to be had, and what was cut', async () => {
    const world = await worldOf({});
    const { promise, resolve } = Promise.withResolvers<ContentAnswer>();
    world.content = promise;
    const person = await opened(world);
    expect(sheetText(person)).toContain('loading content');
    resolve({ ok: false, reason: { code: 'quoted', text: 'its row is gone' } });
    await person.press('down');
    expect(sheetText(person)).toMatch(/not available: .*its row is gone/);
    tells(world, { notes: [{ code: 'messages_left_out', count: 3, maxChars: 262_144 }] });
    await person.press('r', 'g');
    expect(sheetText(person)).toContain('3 messages left out');
  });

  test('an answer that comes late for another call changes nothing', async () => {
    const world = await worldOf({}, {});
    const first = Promise.withResolvers<ContentAnswer>();
    world.content = first.promise;
    const person = await opened(world);
    world.content = Promise.resolve({ ok: false, reason: { code: 'quoted', text: 'the second one' } });
    await person.press('left');
    expect(sheetText(person)).toContain('the second one');
    first.resolve({ ok: false, reason: { code: 'quoted', text: 'the first one' } });
    await person.press('down');
    expect(sheetText(person)).not.toContain('the first one');
  });

  test('scrolls by line, page and end, never beyond', async () => {
    const world = await worldOf({});
    const person = await opened(
      tells(world, {
        response: [{ role: 'assistant', name: null, finishReason: null, parts: [{ type: 'text', text: LONG }] }],
      }),
    );
    expect(sheetText(person)).toContain('outcome');
    await person.press('j');
    expect(sheetText(person)).not.toContain('outcome');
    await person.press('k', 'k', 'k');
    expect(sheetText(person)).toContain('outcome');
    await person.press('G', 'j', 'space');
    await person.press('G', 'j', 'space');
    expect(sheetText(person)).toContain('Raw fields');
    await person.press('k');
    expect(sheetText(person)).not.toContain('Raw fields');
    await person.press('g');
    expect(sheetText(person)).toContain('outcome');
  });

  test('is searched by /, and n and N go from match to match, round and round', async () => {
    const world = await worldOf({});
    const person = await opened(
      tells(world, {
        response: [{ role: 'assistant', name: null, finishReason: null, parts: [{ type: 'text', text: LONG }] }],
      }),
    );
    await person.press('n');
    expect(person.toast()).toContain('no search text');
    await person.press('/', ...Array.from('LINE 10'), 'enter');
    expect(sheetText(person)).toContain('/LINE 10 1 of 11 lines');
    const begin = (): string => sheetText(person).split('\n')[1] ?? '';
    expect(begin()).toContain('line 10 of');
    await person.press('n');
    expect(begin()).toContain('line 100 of');
    await person.press('N', 'N');
    expect(begin()).toContain('line 109 of');
    await person.press('/', 'q', 'q', 'enter');
    expect(sheetText(person)).toContain('/qq not found');
    await person.press('escape');
    expect(person.view().detail?.search.text).toBe('');
    expect(person.view().overlay).toEqual({ type: 'detail' });
  });

  test('a match near the end of the text is passed, too', async () => {
    const text = `${LONG}\nneedle\nmiddle\nneedle`;
    const response = [{ role: 'assistant', name: null, finishReason: null, parts: [{ type: 'text' as const, text }] }];
    const person = await opened(tells(await worldOf({}), { response, request: [] }));
    await person.press('/', ...Array.from('needle'), 'enter');
    expect(sheetText(person)).toContain('1 of 2 lines');
    await person.press('n');
    expect(sheetText(person)).toContain('2 of 2 lines');
    await person.press('n');
    expect(sheetText(person)).toContain('1 of 2 lines');
  });

  test('goes to the calls beside it, and says where there is none', async () => {
    const person = await opened(tells(await worldOf({ callId: 'one' }, { callId: 'two' })));
    expect(sheetText(person)).toContain('Call 2 of 2');
    await person.press('right');
    expect(person.toast()).toContain('no next call');
    await person.press('left');
    expect(sheetText(person)).toContain('Call 1 of 2');
    await person.press('y');
    expect(person.copied).toEqual(['one']);
    await person.press('escape');
    expect(person.session.context().selected.call?.callId).toBe('one');
  });

  test('a tool that its session has open is told as such, and any other as one without a result', async () => {
    const part = { type: 'tool_call' as const, id: 'toolu_9', name: 'Bash', text: '{"command":"make"}' };
    const response = [{ role: 'assistant', name: null, finishReason: null, parts: [part] }];
    const right = async (state: SessionState, name: string): Promise<string | undefined> => {
      const world = tells(await worldOf({}, {}), { response });
      world.session('conv', { state, open: { type: 'tool', name, since: NOON - 90_000 } });
      world.view();
      return /Tool call 1 of 1: Bash ─+ (?<right>.*?) ─/u.exec(sheetText(await opened(world)))?.groups?.['right'];
    };
    expect(await right('waiting', 'Bash')).toMatch(/^waiting since \d\d:\d\d:42$/u);
    expect(await right('busy', 'Bash')).toMatch(/^open since \d\d:\d\d:42$/u);
    expect(await right('busy', 'Edit')).toBe('no result recorded');
    expect(await right('ended', 'Bash')).toBe('no result recorded');
  });

  test.each([
    ['msg_01AbCdEfGhIjKlMnOpQr', 'MnOpQr'],
    ['failed:9c1f22aa-1111-4222-8333-44445555abcd', '55abcd'],
    ['9c1f22aa-1111-4222-8333-444455556666', '9c1f22'],
  ])('of its id it tells what its neighbours have not: %s', async (callId, told) => {
    expect(sheetText(await opened(tells(await worldOf({ callId }))))).toContain(`id         ${told} `);
  });

  test('help lists its own keys, and comes back to it', async () => {
    const person = await opened(tells(await worldOf({})));
    await person.press('?');
    expect(sheetText(person)).toContain('next match');
    await person.press('escape');
    expect(person.view().overlay).toEqual({ type: 'detail' });
  });

  test('what is hostile in it stays text of the right width', async () => {
    const evil = '世界'.repeat(200) + '👩‍👩‍👧'.repeat(40) + 'x'.repeat(500);
    const response = [
      { role: 'assistant', name: null, finishReason: null, parts: [{ type: 'text' as const, text: evil }] },
    ];
    const person = await opened(tells(await worldOf({}), { response }));
    expect(sheetText(person)).toContain('世界');
  });
});

test('the context of a call is marked from the configured share on', () => {
  const usage = { inputTokens: 150_000, outputTokens: 5, cacheReadTokens: 0, cacheCreationTokens: 0 };
  const toneAt = (contextShare: number): string | undefined => {
    const context = { usedTokens: 150_000, windowTokens: 200_000, windowKnown: true };
    const about = {
      context,
      contextShare,
      asked: null,
      failures: 0,
      signal: null,
      files: [],
      openTool: null,
      cwd: null,
    };
    const page = new Page(80);
    factsOf(
      page,
      { call: makeCall({ usage }), about, content: { type: 'loading' } },
      themeOf({ ascii: false, colour: true }).glyphs,
    );
    return page.lines.find(([name]) => name?.text.trim() === 'context')?.at(-1)?.tone;
  };
  expect([0.7, 0.75, 0.85].map(toneAt)).toEqual(['warning', 'warning', 'plain']);
});
