import type { Done } from '../../src/core/done.ts';
import type { ReadPosition } from '../../src/core/sources.ts';
import type { Quoted } from '../../src/core/result.ts';
import { describe, expect, test } from 'vitest';
import type { CallContent } from '../../src/core/content.ts';
import type { Feed } from '../../src/core/feed.ts';
import type { TextHit } from '../../src/core/story.ts';
import type { Signal } from '../../src/core/signals.ts';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import { type EngineWorld, startedWorld } from '../helpers/engine-world.ts';
import { makeRow } from '../helpers/feed-events.ts';
import { quoted, worded } from '../helpers/reasons.ts';

const CONTENT: CallContent = {
  callId: 'x',
  startNs: 0n,
  endNs: null,
  durationMs: null,
  firstOutputMs: null,
  usage: null,
  error: null,
  request: [],
  response: [],
  toolRuns: [],
  offeredTools: [],
  facts: [],
  notes: [],
};

function heldCall({ engine }: EngineWorld, conversation = 'c') {
  return engine.calls(conversation)[0] ?? expect.fail('no call is held');
}

function lastSignal({ events }: EngineWorld): Signal {
  const said = events.flatMap((event) =>
    event.type === 'notice' && event.notice.type === 'signal' ? [event.notice.signal] : [],
  );
  return said.at(-1) ?? expect.fail('no signal');
}

describe('the content of a call', () => {
  test('is asked of the feed at its record, and is of this very call', async () => {
    const asked: string[] = [];
    const content = async (record: string): Promise<{ ok: true; value: CallContent }> => {
      asked.push(record);
      return { ok: true, value: CONTENT };
    };
    const world = await startedWorld({ feed: { content } });
    world.call({ callId: 'x', conversationId: 'c' });
    expect(await world.engine.queries.content(heldCall(world))).toEqual({ ok: true, value: CONTENT });
    expect(asked).toEqual(['1']);
  });

  test('another call at the same place is not shown for it', async () => {
    const world = await startedWorld({ feed: { content: async () => ({ ok: true, value: CONTENT }) } });
    world.call({ callId: 'y', conversationId: 'c' });
    expect(worded(await world.engine.queries.content(heldCall(world)))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('another call is at its position'),
    });
  });

  test('a source that cannot, a reason of its own, and a call that is let go', async () => {
    const world = await startedWorld();
    world.call({ callId: 'x', conversationId: 'c' });
    const call = heldCall(world);
    expect(worded(await world.engine.queries.content(call))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('sqlite:DIR'),
    });
    expect(worded(await world.engine.queries.content({ ...call, callId: 'z' }))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('no longer held'),
    });
    const gone = await startedWorld({ feed: { content: async () => ({ ok: false, reason: { code: 'row_gone' } }) } });
    gone.call({ callId: 'x', conversationId: 'c' });
    expect(worded(await gone.engine.queries.content(heldCall(gone)))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^test: the row is gone/u),
    });
  });
});

describe('the texts of conversations', () => {
  test('the calls of a story are named as the model names them', async () => {
    const told = { tools: [], answer: 'done', answerWords: 1 };
    const story: Feed['story'] = async () => ({
      ok: true,
      value: { calls: new Map([['1', told]]), marks: [], files: [], open: null, unreadBytes: 0 },
    });
    const world = await startedWorld({ feed: { story } });
    world.call({ callId: 'x', conversationId: 'c' });
    const answer = await world.engine.queries.story('c', new AbortController().signal);
    expect(answer).toMatchObject({ ok: true, value: { calls: new Map([['x', told]]) } });
  });

  test('a search drops what comes again, and ends at its bounds or when it is cancelled', async () => {
    const hits: TextHit[] = [];
    const search: Feed['search'] = async ({ hit }, signal) => {
      for (let at = 0; !signal.aborted; at += 1) {
        const one = { conversationId: `c${at % 100}`, at, part: 'prompt', excerpt: 'refund' } as const;
        hit(one);
        hit(one);
        if (at > 10_000) return;
      }
    };
    const world = await startedWorld({ feed: { search } });
    const asked = { text: 'refund', since: 0, hit: (one: TextHit) => void hits.push(one), progress: () => undefined };
    expect((await world.engine.queries.search(asked, new AbortController().signal)).why).toBe('hits');
    expect(hits).toHaveLength(1_000);
    expect(new Set(hits.map(({ at }) => at)).size).toBe(1_000);
    expect((await world.engine.queries.search(asked, AbortSignal.abort())).why).toBe('cancelled');
  });

  test('sources that cannot be searched are named', async () => {
    const world = await startedWorld();
    const asked = { text: 'x', since: 0, hit: () => undefined, progress: () => undefined };
    const end = await world.engine.queries.search(asked, new AbortController().signal);
    expect(end).toEqual({ why: 'whole', unread: ['test'] });
  });
});

describe('the call of a signal', () => {
  test('is the one that it names', async () => {
    const world = await startedWorld();
    world.crash('a');
    expect(world.engine.queries.callOf(lastSignal(world))).toBe(heldCall(world, 'a'));
  });

  test('of a storm it is the fifth failure', async () => {
    const world = await startedWorld();
    for (let n = 1; n <= 7; n += 1) {
      world.call({ callId: `f${n}`, conversationId: 'c', statusCode: 429, error: 'rate limit' });
      await world.clock.pass(1_000);
    }
    expect(lastSignal(world)).toMatchObject({ type: 'retry_storm', callId: null });
    expect(world.engine.queries.callOf(lastSignal(world))?.callId).toBe('f5');
  });

  test('of a row it is the first of the calls that it names and that is held; else there is none', async () => {
    const world = await startedWorld();
    world.call({ callId: 'k', conversationId: 'c' });
    const at = BigInt(world.clock.now()) * 1_000_000n;
    const row = makeRow({ interruptionId: 'i', type: 'dead_loop', conversationId: 'c', occurredNs: at });
    const named = { ...row, detail: { ...row.detail, callIds: ['gone', 'k'] } };
    world.say({ type: 'interruption', record: '1', arrival: 'live', interruption: named });
    await world.clock.pass(1_000);
    const signal = lastSignal(world);
    expect(world.engine.queries.callOf({ ...signal, callId: null })?.callId).toBe('k');
    expect(world.engine.queries.callOf({ ...signal, callId: null, interruptionId: null })).toBeNull();
  });
});

test('of a source the view says how far it was read', async () => {
  const world = await startedWorld();
  const table = (last: string) => ({ db: '1:2', last, anchor: null, open: [] });
  const position = (cursor: string | null): ReadPosition | null | undefined => {
    world.health({ medium: 'sqlite', cursor });
    world.engine.commit();
    return world.engine.store.getState().sources[0]?.position;
  };
  expect(position(JSON.stringify({ v: 1, calls: table('812'), interruptions: table('17') }))).toEqual({
    code: 'rows',
    call: '812',
    interruption: '17',
  });
  expect(position(JSON.stringify({ v: 1, calls: table('813'), interruptions: null }))).toEqual({
    code: 'rows',
    call: '813',
    interruption: null,
  });
  expect(position(null)).toBeNull();
});

describe('resolving an interruption', () => {
  const say = (world: EngineWorld, resolved = false): void => {
    const interruption = makeRow({ interruptionId: 'i', occurredNs: BigInt(world.clock.now()) * 1_000_000n, resolved });
    world.say({ type: 'interruption', record: '1', arrival: 'live', interruption });
  };

  test('is asked of the source that tells of it, and said', async () => {
    const asked: string[] = [];
    const resolve = async (id: string): Promise<{ ok: true; value: null }> => {
      asked.push(id);
      return { ok: true, value: null };
    };
    const world = await startedWorld({ feed: { resolve } });
    say(world);
    expect(world.engine.queries.resolvers('i')).toEqual({ ok: true, value: ['test'] });
    expect(worded(world.engine.queries.resolvers('other'))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('no longer held'),
    });
    expect(await world.engine.intents.resolve('i')).toMatchObject({
      ok: true,
      value: { code: 'resolved', sources: ['test'] },
    });
    expect(asked).toEqual(['i']);
    expect(world.story().at(-1)).toBe('operator resolve');
    say(world, true);
    expect(worded(world.engine.queries.resolvers('i'))).toEqual({ ok: false, reason: 'it is resolved already' });
  });

  test('a source that does not take it, its refusal, its fault, and read-only are refusals', async () => {
    const mute = await startedWorld();
    say(mute);
    const reason = 'test is only read; follow agentsight serve as well (--source http://…)';
    expect(worded(mute.engine.queries.resolvers('i'))).toEqual({ ok: false, reason });
    expect(worded(await mute.engine.intents.resolve('i'))).toEqual({ ok: false, reason });
    const refusing = await startedWorld({
      feed: { resolve: async () => ({ ok: false, reason: { code: 'quoted', text: 'test: no token' } }) },
    });
    say(refusing);
    expect(worded(await refusing.engine.intents.resolve('i'))).toEqual({ ok: false, reason: 'test: no token' });
    const broken = await startedWorld({ feed: { resolve: () => Promise.reject(new Error('aborted')) } });
    say(broken);
    expect(worded(await broken.engine.intents.resolve('i'))).toMatchObject({
      ok: false,
      reason: 'test: Error: aborted',
    });
    const config = { mode: 'observe', readOnly: true } as const;
    const watching = await startedWorld({ config, feed: { resolve: () => expect.fail('prompt') } });
    say(watching);
    expect(worded(await watching.engine.intents.resolve('i'))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('read-only'),
    });
  });
});

describe('snapshots', () => {
  test('are listed newest first with their makers', async () => {
    const listed = [
      { id: 'a', at: 1, metadata: { type: 'turn_end' } },
      { id: 'cron-2', at: 2 },
    ];
    const { engine } = await startedWorld({ listed });
    expect(await engine.queries.snapshots(WORKSPACE)).toMatchObject({
      ok: true,
      value: [
        { id: 'cron-2', maker: 'cron' },
        { id: 'a', maker: 'plugin' },
      ],
    });
  });

  test('are deleted, said, and not read-only', async () => {
    const removed = (snapshot: string): Done => ({ code: 'removed', snapshot, freesLater: false });
    const remove = async (id: string): Promise<{ ok: true; value: Done }> => ({ ok: true, value: removed(id) });
    const world = await startedWorld({ parts: { remove } });
    expect(await world.engine.intents.remove(WORKSPACE, 'a')).toEqual({ ok: true, value: removed('a') });
    expect(worded(world.events.at(-1))).toMatchObject({
      notice: { type: 'operator', action: 'remove', reason: 'deleted a' },
    });
    const watching = await startedWorld({ parts: { remove }, config: { mode: 'observe', readOnly: true } });
    expect(await watching.engine.intents.remove(WORKSPACE, 'a')).toMatchObject({ ok: false });
  });
});

describe('ws-ckpt init', () => {
  const initializer = (refusals: readonly Quoted[], done: string[]) => ({
    plan: async (workspace: string) => ({
      workspace,
      effects: [{ code: 'not_kept' } as const],
      warnings: [],
      refusals,
      command: 'ws-ckpt init',
      confirmation: workspace,
    }),
    init: async (workspace: string) => {
      done.push(workspace);
      return { ok: true as const, value: quoted('managed') };
    },
  });

  test('is planned, run alone, and said; without the tool it is a reason', async () => {
    const done: string[] = [];
    const world = await startedWorld({ deps: { initializer: initializer([], done) } });
    expect(await world.engine.queries.initPlan(WORKSPACE)).toMatchObject({
      ok: true,
      value: { effects: [{ code: 'not_kept' }], refusals: [] },
    });
    expect(done).toEqual([]);
    expect(await world.engine.intents.init(WORKSPACE)).toEqual({ ok: true, value: quoted('managed') });
    expect(done).toEqual([WORKSPACE]);
    expect(world.story().at(-1)).toBe('operator init');
    expect(await (await startedWorld()).engine.intents.init(WORKSPACE)).toMatchObject({ ok: false });
  });

  test('is not run against its plan, nor read-only', async () => {
    const done: string[] = [];
    const world = await startedWorld({ deps: { initializer: initializer([quoted('it is /')], done) } });
    expect(worded(await world.engine.intents.init(WORKSPACE))).toEqual({ ok: false, reason: 'it is /' });
    const config = { mode: 'observe', readOnly: true } as const;
    const watching = await startedWorld({ config, deps: { initializer: initializer([], done) } });
    expect(await watching.engine.intents.init(WORKSPACE)).toMatchObject({ ok: false });
    expect(done).toEqual([]);
  });
});

test('the policy of the session is in the view, and keeps its reference while it is the same', async () => {
  const { engine } = await startedWorld();
  const { store, intents, commit } = engine;
  const rows = store.getState().policy;
  commit();
  expect(store.getState().policy).toBe(rows);
  intents.setPolicy({ scope: 'type', name: 'dead_loop' }, 'flag');
  commit();
  expect(store.getState().policy.find(({ name }) => name === 'dead_loop')).toMatchObject({
    action: 'flag',
    from: 'session',
  });
});

test('silences are asked for with their countdown, an agent with its hour', async () => {
  const world = await startedWorld();
  world.engine.intents.silence({ matcher: {}, durationMs: 60_000, reason: null });
  world.crash('a');
  expect(world.engine.queries.silences()).toMatchObject([
    { leftMs: 60_000, wouldHaveFired: 1, withheld: [expect.any(String)] },
  ]);
  const { agent } = heldCall(world, 'a');
  expect(world.engine.queries.agent(agent)).toMatchObject({ name: agent, minutes: [{ calls: 1, failed: 1 }] });
  expect(world.engine.queries.agent('Nobody')).toBeNull();
});
