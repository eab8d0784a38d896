import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { GEMINI } from '../../../src/feeds/records/gemini/index.ts';
import { type RecordWorld, recordWorld } from '../../helpers/record-files.ts';

const CHAT = 'tmp/shop/chats/session-2026-09-04T07-35-aaaaaaaa.jsonl';
const SESSION = 'aaaaaaaa-0000-4000-8000-000000000000';

describe('calls', () => {
  test('a message with tokens is a call; one without is none', () => {
    const world = chat(answer('m1', tokens(100, 10)), answer('m2', null), answer('m3', tokens(50, 5)));
    expect(world.tokens()).toEqual(['100 10', '50 5']);
  });

  test('the thoughts are output and the tools are input, so that both make the total', () => {
    const world = chat(answer('m1', { input: 100, output: 10, cached: 70, thoughts: 5, tool: 3, total: 118 }));
    expect(world.calls()[0]?.usage).toEqual({
      inputTokens: 103,
      outputTokens: 15,
      cacheReadTokens: 70,
      cacheCreationTokens: 0,
    });
    expect(world.session(SESSION)?.context?.usedTokens).toBe(100);
  });

  test('G1: the same id again replaces the message; its tokens count once, the last that are there', () => {
    const world = chat(answer('m1', null), answer('m1', tokens(100, 10)), answer('m1', tokens(100, 12)));
    expect(world.tokens()).toEqual(['100 12']);
    expect(world.uncounted).toEqual(['gemini_again']);
  });

  test('G1: what a rewind or a new list of messages dropped was paid', () => {
    const world = chat(answer('m1', tokens(100, 10)), { $rewindTo: 'm1' }, answer('m2', tokens(50, 5)), {
      $set: { messages: [answer('m3', tokens(20, 2)), answer('m2', tokens(50, 5))] },
    });
    expect(world.tokens().toSorted()).toEqual(['100 10', '20 2', '50 5']);
  });

  test('G2: a document and the operations that took it over are one session, and the operations hold', () => {
    const document = { ...metadata(), messages: [answer('m1', tokens(100, 10)), answer('m2', tokens(1, 1))] };
    for (const order of [0, 1]) {
      const files: readonly [string, readonly unknown[]][] = [
        [CHAT, [metadata(), answer('m1', tokens(100, 10)), answer('m2', tokens(50, 5)), answer('m3', tokens(20, 2))]],
        [CHAT.replace('.jsonl', '.json'), [document]],
      ];
      const world = recordWorld(GEMINI);
      for (const [path, records] of order === 0 ? files : files.toReversed()) {
        world.add(path, ...records);
        world.calls();
      }
      expect(world.tokens().toSorted()).toEqual(['100 10', '20 2', '50 5']);
    }
  });
});

describe('failures', () => {
  test.each([
    ['RESOURCE_EXHAUSTED', 429],
    ['UNAVAILABLE', 503],
    ['UNAUTHENTICATED', 401],
    ['PERMISSION_DENIED', 403],
    ['DEADLINE_EXCEEDED', 504],
    ['INTERNAL', 500],
    ['INVALID_ARGUMENT', 400],
    ['toString', null],
    ['A_NEW_ONE', null],
  ])('G3: an API error with the status %s is a failed call with %s', (name, statusCode) => {
    const [call] = chat(message('e1', 'error', { content: `[API Error: no (Status: ${name})]` })).calls();
    expect(call).toMatchObject({ statusCode, usage: null });
    expect(call?.recorded?.failed).toBe(true);
  });

  test("G3: other errors are the program's own", () => {
    expect(chat(message('e1', 'error', { content: 'Unknown command: /foo' })).calls()).toEqual([]);
  });

  test('G4: notes of the program are nothing', () => {
    expect(chat(message('i1', 'info', { content: 'x' }), message('w1', 'warning', { content: 'x' })).calls()).toEqual(
      [],
    );
  });
});

describe('sessions', () => {
  test("the folder is that of the project's root file, before or after the chat", () => {
    for (const order of [0, 1]) {
      const world = recordWorld(GEMINI);
      const steps = [
        (): void => world.add('tmp/shop/.project_root', '/work/shop\n'),
        (): void => world.add(CHAT, metadata()),
      ];
      for (const step of order === 0 ? steps : steps.toReversed()) step();
      expect(world.session(SESSION)?.cwd).toBe('/work/shop');
    }
  });

  test('the folder is what projects.json says for the name, or for its hash', () => {
    const hash = createHash('sha256').update('/work/old').digest('hex');
    const world = recordWorld(GEMINI, {
      [CHAT]: [metadata()],
      [`tmp/${hash}/chats/session-2026-09-04T07-35-bbbbbbbb.jsonl`]: [{ ...metadata('b'), projectHash: hash }],
      'projects.json': [{ projects: { '/work/shop': 'shop', '/work/old': 'old' } }],
    });
    expect(world.session(SESSION)?.cwd).toBe('/work/shop');
    expect(world.session('b')?.cwd).toBe('/work/old');
  });

  test("a sub-agent's chat lies below its parent's, and is a session of its own", () => {
    const world = recordWorld(GEMINI, {
      [CHAT]: [metadata(), answer('m1', tokens(100, 10))],
      [`tmp/shop/chats/${SESSION}/sub.jsonl`]: [
        { ...metadata('sub'), kind: 'subagent', directories: ['/work/sub'] },
        answer('m1', tokens(50, 5)),
      ],
    });
    expect(world.session('sub')).toMatchObject({ sessionId: 'sub', parentId: SESSION, cwd: '/work/sub' });
    expect(world.tokens(SESSION)).toEqual(['100 10']);
    expect(world.tokens('sub')).toEqual(['50 5']);
  });

  test('five equal tools with equal results in a row are a loop, told once though the message comes again', () => {
    const call = { name: 'poll', args: { a: 1 }, result: 'same', status: 'success' };
    const calls = [1, 2, 3, 4, 5].map((index) => ({ id: `c${index}`, ...call }));
    const world = chat(
      ...calls.map((_, index) => answer('m1', tokens(1, 1), { toolCalls: calls.slice(0, index + 1) })),
    );
    expect(world.interruptions()).toMatchObject([{ type: 'dead_loop' }]);
  });
});

describe('liberal reading', () => {
  test('counts unknown types and reads on', () => {
    const world = chat(message('q1', 'quantum', {}), answer('m1', tokens(1, 1)));
    expect(world.unknown).toEqual(['quantum']);
    expect(world.tokens()).toEqual(['1 1']);
  });

  test('reads on where fields have other types', () => {
    const odd = [
      7,
      null,
      [],
      { $set: 7 },
      { $set: { messages: 7 } },
      { $set: { messages: [7] } },
      { id: 3, type: 'gemini' },
    ];
    const world = chat(...odd, answer('m1', { input: 'x', output: -1, cached: {} }), answer('m2', 'x'));
    expect(world.tokens()).toEqual(['0 0']);
  });

  test.each([
    ['tmp/shop/logs.json', false],
    ['tmp/shop/chats/session-2026-09-04T15-21-95d215c8.jsonl.unreadable-1788500000000', false],
    ['tmp/shop/chats/session-2026-09-04T15-21-95d215c8.json', true],
    ['tmp/shop/chats/checkpoint.jsonl', false],
  ])('%s is a chat: %s', (path, is) => {
    const store = GEMINI.store();
    expect(store.type === 'files' && store.identify(path.split('/')) !== null).toBe(is);
  });
});

function chat(...records: readonly unknown[]): RecordWorld {
  return recordWorld(GEMINI, { [CHAT]: [metadata(), ...records] });
}

function metadata(sessionId = SESSION): object {
  return { sessionId, startTime: '2026-09-04T07:35:00.000Z', kind: 'main' };
}

let seconds = 1_000;

function message(id: string, type: string, fields: object): object {
  seconds += 1;
  return { id, timestamp: new Date(seconds * 1_000).toISOString(), type, ...fields };
}

function answer(id: string, said: unknown, fields: object = {}): object {
  return message(id, 'gemini', { content: 'done', model: 'gemini-3-pro', tokens: said, ...fields });
}

function tokens(input: number, output: number): object {
  return { input, output, cached: 0, thoughts: 0, tool: 0, total: input + output };
}
