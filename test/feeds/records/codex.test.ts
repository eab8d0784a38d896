import { describe, expect, test } from 'vitest';
import { createBook } from '../../../src/feeds/records/book.ts';
import { CODEX } from '../../../src/feeds/records/codex/index.ts';
import { lineView } from '../../helpers/line-view.ts';
import { type RecordWorld, recordWorld } from '../../helpers/record-files.ts';

const A = '01a00000-0000-7000-8000-00000000000a';
const B = '01a00000-0000-7000-8000-00000000000b';
const C = '01a00000-0000-7000-8000-00000000000c';

describe('which counts are calls', () => {
  test('X1: a count is a call if the total differs from the one before, and costs the difference', () => {
    const world = thread(A, [count([100, 10], [100, 10]), count([250, 30], [150, 20])]);
    expect(world.tokens()).toEqual(['100 10', '150 20']);
  });

  test('X1: equal totals are no call, whatever `last` says', () => {
    const world = thread(A, [count([100, 10], [100, 10]), count([100, 10], [100, 10]), count([100, 10], [0, 0], 900)]);
    expect(world.tokens()).toEqual(['100 10']);
    expect(world.uncounted).toEqual(['codex_repeated', 'codex_repeated']);
  });

  test('X1: a difference above `last` holds calls whose count was lost: its tokens are right', () => {
    const world = thread(A, [count([100, 10], [100, 10]), count([400, 50], [150, 20])]);
    expect(world.tokens()).toEqual(['100 10', '300 40']);
  });

  test('X1: a difference in nothing but the total is no call', () => {
    const world = thread(A, [count([100, 10], [100, 10]), count([100, 10], [0, 0], 0, 500)]);
    expect(world.tokens()).toEqual(['100 10']);
  });

  test('X2: when a part falls the totals were replaced: the call is `last`', () => {
    const world = thread(A, [count([500, 50], [500, 50]), count([120, 60], [120, 60])]);
    expect(world.tokens()).toEqual(['500 50', '120 60']);
  });

  test('X2: an exceeded window zeroes the totals: no call of its own, and the context is full', () => {
    const world = thread(A, [count([500, 50], [500, 50]), count([0, 0], [0, 0], 0, 1_000)]);
    expect(world.tokens()).toEqual(['500 50']);
    expect(world.session(A)?.context).toMatchObject({ usedTokens: 1_000, windowTokens: 1_000, windowKnown: true });
    world.add(pathOf(A), ended({ message: 'ran out of room', codex_error_info: 'context_window_exceeded' }));
    world.add(pathOf(A), count([80, 8], [80, 8], 88, 1_088));
    expect(world.tokens()).toEqual(['500 50', '- -', '80 8']);
  });

  test('X3: totals go on over a resume in the same file', () => {
    const world = thread(A, [count([100, 10], [100, 10]), meta(A), count([300, 30], [200, 20])]);
    expect(world.tokens()).toEqual(['100 10', '200 20']);
  });

  test('X3: the first count of a thread with a parent counts as its `last`, of any other as its total', () => {
    const lost = thread(A, [count([900, 90], [100, 10])]);
    expect(lost.tokens()).toEqual(['900 90']);
    const child = recordWorld(CODEX, {
      [pathOf(B)]: [meta(B, { forked_from_id: A, history_base: { thread_id: A } }), count([900, 90], [100, 10])],
    });
    expect(child.tokens()).toEqual(['100 10']);
  });

  test('X6: the cache is part of the input, and the reasoning of the output', () => {
    const counts = { input_tokens: 100, cached_input_tokens: 60, cache_write_input_tokens: 5, output_tokens: 40 };
    const vector = { ...counts, reasoning_output_tokens: 30, total_tokens: 140 };
    const world = thread(A, [tokenCount({ total_token_usage: vector, last_token_usage: vector })]);
    expect(world.calls()[0]?.usage).toEqual({
      inputTokens: 100,
      outputTokens: 40,
      cacheReadTokens: 60,
      cacheCreationTokens: 5,
    });
  });

  test('X6: the context is what the last count says, also as an estimate after a compaction', () => {
    const world = thread(A, [count([500, 50], [500, 50], 550), compacted(), count([500, 50], [0, 0], 90)]);
    expect(world.session(A)).toMatchObject({ compactions: 1, context: { usedTokens: 90, windowTokens: 1_000 } });
  });
});

describe('copied history', () => {
  const parent = [meta(A), started(100), count([100, 10], [100, 10]), count([300, 30], [200, 20])];

  test('X4: own work begins with the first turn that started after the thread was born', () => {
    const world = recordWorld(CODEX, {
      [pathOf(B)]: [
        meta(B, { forked_from_id: A }, 500),
        meta(A),
        ...parent.slice(1),
        started(500),
        count([600, 70], [300, 40]),
      ],
    });
    expect(world.tokens(B)).toEqual(['300 40']);
    expect(world.uncounted).toEqual(['codex_copied', 'codex_copied']);
  });

  test('X4: own work begins at the ordinal that the file names', () => {
    const copied = [
      { ...started(900), ordinal: 1 },
      { ...count([100, 10], [100, 10]), ordinal: 2 },
    ];
    const own = [
      { ...started(900), ordinal: 3 },
      { ...count([250, 30], [150, 20]), ordinal: 4 },
    ];
    const named = meta(B, { parent_thread_id: A, subagent_history_start_ordinal: 3 }, 500);
    const world = recordWorld(CODEX, { [pathOf(B)]: [{ ...named, ordinal: 0 }, ...copied, ...own] });
    expect(world.tokens(B)).toEqual(['150 20']);
  });

  test('X4: with a base of history nothing is copied', () => {
    const world = recordWorld(CODEX, {
      [pathOf(B)]: [meta(B, { forked_from_id: A, history_base: { thread_id: A } }, 500), count([400, 40], [100, 10])],
    });
    expect(world.tokens(B)).toEqual(['100 10']);
  });

  test('X4: copied counts before the first turn are taken back once it says that they are', () => {
    const world = recordWorld(CODEX, {
      [pathOf(B)]: [meta(B, { forked_from_id: A }, 500), count([300, 30], [200, 20])],
    });
    expect(world.tokens(B)).toEqual(['200 20']);
    world.add(pathOf(B), started(500), count([400, 45], [100, 15]));
    expect(world.tokens(B)).toEqual(['100 15']);
  });

  test.each(['parent first', 'child first'])(
    'X4: a count that an older thread of the family has is a copy, in whatever order they are read (%s)',
    (order) => {
      const child = [meta(B, { forked_from_id: A }, 500), ...parent.slice(2), count([450, 55], [150, 25])];
      const files: readonly [string, readonly unknown[]][] = [
        [pathOf(A), parent],
        [pathOf(B), child],
      ];
      const world = recordWorld(CODEX);
      for (const [path, records] of order === 'parent first' ? files : files.toReversed()) {
        world.add(path, ...records);
        world.calls();
      }
      expect(world.tokens(A)).toEqual(['100 10', '200 20']);
      expect(world.tokens(B)).toEqual(['150 25']);
    },
  );

  test('X4: forks are of one family through a parent that is gone; the older one owns what both hold', () => {
    const copied = [count([100, 10], [100, 10])];
    const world = recordWorld(CODEX, {
      [pathOf(C)]: [meta(C, { forked_from_id: A }, 600), ...copied, count([250, 25], [150, 15])],
      [pathOf(B)]: [meta(B, { forked_from_id: A }, 500), ...copied],
    });
    expect(world.tokens(B)).toEqual(['100 10']);
    expect(world.tokens(C)).toEqual(['150 15']);
  });

  test('X4: equal first calls of different families are two calls', () => {
    const world = recordWorld(CODEX, {
      [pathOf(A)]: [meta(A), count([100, 10], [100, 10])],
      [pathOf(B)]: [meta(B, {}, 500), count([100, 10], [100, 10])],
    });
    expect(world.calls()).toHaveLength(2);
  });

  test('X4: copied errors and compactions are not counted', () => {
    const failed = ended({ message: 'at capacity', codex_error_info: 'server_overloaded' });
    const world = recordWorld(CODEX, {
      [pathOf(B)]: [meta(B, { forked_from_id: A }, 500), meta(A), started(100), failed, compacted(), started(500)],
    });
    expect(world.calls()).toEqual([]);
    expect(world.session(B)?.compactions).toBe(0);
  });

  test('X5: two files of one thread are one: the longer', () => {
    const records = [meta(A), count([100, 10], [100, 10]), count([300, 30], [200, 20])];
    const world = recordWorld(CODEX, {
      [`archived_sessions/${nameOf(A)}`]: records.slice(0, 2),
      [pathOf(A)]: records,
      [`${pathOf(A)}.zst`]: records,
    });
    expect(world.tokens()).toEqual(['100 10', '200 20']);
  });
});

describe('failures', () => {
  test.each([
    ['usage_limit_exceeded', null, 'quota_reached'],
    ['server_overloaded', null, 'service_unavailable'],
    ['context_window_exceeded', null, 'context_overflow'],
    ['unauthorized', null, 'auth_error'],
    [{ response_stream_disconnected: { http_status_code: null } }, null, 'network_timeout'],
    [{ response_too_many_failed_attempts: { http_status_code: 502 } }, 502, null],
    ['bad_request', null, null],
    [{ brand_new: 7 }, null, null],
  ])('a turn that ends with %j is a failed call', (info, statusCode, errorClass) => {
    const world = thread(A, [started(100), ended({ message: 'text', codex_error_info: info })]);
    const [call] = world.calls();
    expect(call).toMatchObject({ statusCode, error: 'text', usage: null });
    expect(call?.recorded).toMatchObject({ failed: true, errorClass });
  });

  test.each(['thread_rollback_failed', { active_turn_not_steerable: {} }])('%j is no failure of a call', (info) => {
    expect(thread(A, [started(100), ended({ message: 'text', codex_error_info: info })]).calls()).toEqual([]);
  });

  test('a limit that was recorded as reached explains a failure without a code', () => {
    const reached = { primary: { used_percent: 100 }, rate_limit_reached_type: 'rate_limit_reached' };
    const world = thread(A, [started(100), tokenCount(null, reached), ended({ message: 'text' })]);
    expect(world.calls()[0]?.recorded?.errorClass).toBe('quota_reached');
  });

  test('a turn that was stopped by hand is no failure', () => {
    expect(thread(A, [started(100), event('turn_aborted', { reason: 'interrupted' })]).calls()).toEqual([]);
  });
});

describe('sessions', () => {
  test('X7: the newest limits of the account', () => {
    const world = thread(A, [
      tokenCount(null, { primary: { used_percent: 3.5, window_minutes: 300, resets_at: 2_000 } }),
    ]);
    expect(world.session(A)?.quota).toEqual([
      { name: 'primary', usedPercent: 3.5, windowMinutes: 300, resetsAt: 2_000_000 },
    ]);
  });

  test('the first meta is the thread; a sub-agent names its parent, a fork its origin', () => {
    const spawned = { subagent: { thread_spawn: { parent_thread_id: A, agent_nickname: 'Ada' } } };
    const world = recordWorld(CODEX, {
      [pathOf(B)]: [meta(B, { source: spawned, session_id: A })],
      [pathOf(C)]: [meta(C, { forked_from_id: A }), meta(A)],
    });
    expect(world.session(B)).toMatchObject({ sessionId: B, parentId: A, forkedFrom: null, title: 'Ada' });
    expect(world.session(C)).toMatchObject({ parentId: null, forkedFrom: A });
  });

  test('the model and the folder hold until the next turn names others', () => {
    const context = (model: string, cwd: string): unknown => record('turn_context', { model, cwd });
    const world = thread(A, [
      context('one', '/work/a'),
      count([100, 10], [100, 10]),
      context('two', '/work/b'),
      count([200, 20], [100, 10]),
    ]);
    expect(world.calls().map(({ model }) => model)).toEqual(['one', 'two']);
    expect(world.session(A)?.cwd).toBe('/work/b');
  });

  test('a tool without an end, and a turn without one, are open work', () => {
    const world = thread(A, [started(100), item('function_call', { name: 'exec', arguments: '{}' })]);
    expect(world.session(A)?.open).toMatchObject({ type: 'tool', name: 'exec' });
    world.add(pathOf(A), item('function_call_output', { output: 'ok' }));
    expect(world.session(A)?.open).toMatchObject({ type: 'call' });
    world.add(pathOf(A), ended(null));
    expect(world.session(A)?.open).toBeNull();
  });

  test('five equal tools with equal results in a row are a loop; the order of arguments is no difference', () => {
    const step = (index: number): readonly unknown[] => [
      item('function_call', {
        call_id: `c${index}`,
        name: 'poll',
        arguments: index % 2 ? '{"a":1,"b":2}' : '{"b":2, "a":1}',
      }),
      item('function_call_output', { call_id: `c${index}`, output: 'same' }),
    ];
    const world = thread(A, [1, 2, 3, 4, 5].flatMap(step));
    expect(world.interruptions()).toMatchObject([{ type: 'dead_loop', conversationId: A, recorded: true }]);
  });
});

describe('liberal reading', () => {
  test('counts unknown kinds by version and reads on', () => {
    const world = thread(A, [
      record('quantum_state', { spin: 'up' }),
      event('entangled', {}),
      count([100, 10], [100, 10]),
    ]);
    expect(world.unknown).toEqual(['quantum_state 0.158.0', 'event_msg/entangled 0.158.0']);
    expect(world.tokens()).toEqual(['100 10']);
  });

  test('reads on where fields have other types', () => {
    const odd = [
      7,
      null,
      [],
      'text',
      { type: 7 },
      { type: 'event_msg' },
      record('event_msg', 'x'),
      event('token_count', { info: [] }),
    ];
    const wrong = tokenCount({ total_token_usage: { input_tokens: '12', output_tokens: -4, total_tokens: {} } });
    expect(thread(A, [...odd, wrong, count([100, 10], [100, 10])]).tokens()).toEqual(['12 0', '88 10']);
  });

  test('passes over what was said, unless the line holds a second record', () => {
    const store = CODEX.store();
    const name = store.type === 'files' ? store.identify(pathOf(A).split('/')) : null;
    if (store.type !== 'files' || name === null) throw new Error('no rollout');
    const sink = createBook({ agent: 'Codex', copies: null, unknown: () => {}, malformed: () => {} }).add(name).sink;
    const decoder = store.decoder(name, sink);
    const place = { offset: 0, index: 0 };
    const said = JSON.stringify(
      item('message', { call_id: undefined, role: 'assistant', content: [{ text: '}{"timestamp":"' }] }),
    );
    const fast = (line: string): boolean | undefined => decoder.fast?.(lineView(Buffer.from(line)));
    expect(fast(said)).toBe(false);
    decoder.record(meta(A), place);
    expect(fast(said)).toBe(true);
    expect(fast(JSON.stringify(event('agent_message', { message: 'x' })))).toBe(true);
    expect(fast(JSON.stringify(item('function_call', {})))).toBe(false);
    expect(fast(JSON.stringify(count([1, 1], [1, 1])))).toBe(false);
    expect(fast(`${said.slice(0, -9)}${JSON.stringify(count([1, 1], [1, 1]))}`)).toBe(false);
  });

  test('knows a thread by its file where the first record is lost', () => {
    const world = recordWorld(CODEX, { [pathOf(A)]: [count([100, 10], [100, 10])] });
    expect(world.calls()[0]?.conversationId).toBe(A);
  });

  test.each([
    ['sessions/2026/09/04/other.jsonl', false],
    ['archived_sessions/rollout-2026-09-05T23-41-45-01a073f3-12a8-7bd2-bc28-3e07ced48a75.jsonl', true],
    ['sessions/2026/09/05/rollout-2026-09-05T19-41-44-01a07317-56b4-7507-9cb5-0efc7468d86d.jsonl.zst', true],
    ['log/rollout-2026-09-05T19-41-44-01a07317-56b4-7507-9cb5-0efc7468d86d.jsonl', false],
  ])('%s is a rollout: %s', (path, is) => {
    const store = CODEX.store();
    expect(store.type === 'files' && store.identify(path.split('/')) !== null).toBe(is);
  });
});

function thread(id: string, records: readonly unknown[]): RecordWorld {
  return recordWorld(CODEX, { [pathOf(id)]: [meta(id), ...records] });
}

function pathOf(id: string): string {
  return `sessions/2026/09/04/${nameOf(id)}`;
}

function nameOf(id: string): string {
  return `rollout-2026-09-04T09-41-40-${id}.jsonl`;
}

let seconds = 1_000;

function record(type: string, payload: unknown) {
  seconds += 1;
  return { timestamp: new Date(seconds * 1_000).toISOString(), type, payload };
}

function event(type: string, fields: object) {
  return record('event_msg', { type, ...fields });
}

function item(type: string, fields: object) {
  return record('response_item', { type, call_id: 'c', ...fields });
}

function meta(id: string, fields: object = {}, birth = 1) {
  const timestamp = new Date(birth * 1_000).toISOString();
  return record('session_meta', { id, timestamp, cwd: '/work/a', cli_version: '0.158.0', ...fields });
}

function started(at: number) {
  return event('task_started', { turn_id: `t${at}`, started_at: at, model_context_window: 1_000 });
}

function ended(error: unknown) {
  return event('task_complete', { turn_id: 't', error });
}

function compacted() {
  return record('compacted', { message: '' });
}

function tokenCount(info: object | null, limits: object | null = null) {
  return event('token_count', { info, rate_limits: limits });
}

/** Totals and last as [input, output]; `lastTotal` and `total` where they are no sums. */
function count(total: readonly [number, number], last: readonly [number, number], lastTotal = 0, sum = 0) {
  const vector = ([input, output]: readonly [number, number], all: number): object => ({
    input_tokens: input,
    cached_input_tokens: 0,
    output_tokens: output,
    reasoning_output_tokens: 0,
    total_tokens: all || input + output,
  });
  return tokenCount({
    total_token_usage: vector(total, sum),
    last_token_usage: vector(last, lastTotal),
    model_context_window: 1_000,
  });
}
