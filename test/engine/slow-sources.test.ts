import { expect, test } from 'vitest';
import type { SourceDetail } from '../../src/core/source-reasons.ts';
import type { Feed, FeedSink } from '../../src/core/feed.ts';
import type { SourceHealth } from '../../src/core/sources.ts';
import { engineWorld, type EngineWorldOptions } from '../helpers/engine-world.ts';
import { fakeClock, settled } from '../helpers/fake-clock.ts';
import { makeCall } from '../helpers/feed-events.ts';

const HEALTH: SourceHealth = {
  uri: 'slow',
  medium: 'http',
  status: 'ok',
  detail: { code: 'quoted', text: 'asking' },
  caughtUp: false,
  ended: false,
  cursor: null,
  lagMs: null,
  skipped: { malformed: 0, oversized: 0, unsupported: 0 },
  lastSkip: null,
  since: 0,
};

test('a slow source holds back no live signal for more than 2 s after the first source is at its present end', async () => {
  const { world, slow } = slowWorld();
  void world.engine.start();
  await settled();
  const crashedAt = world.clock.now();
  await world.clock.pass(1_000);
  slow.health({});
  world.crash('live', 'live');
  expect(world.story()).not.toContain('started');
  while (!world.story().includes('checkpoint started')) await world.clock.pass(100);
  expect(world.clock.now() - crashedAt).toBeLessThanOrEqual(2_100);
  expect(world.story()).toEqual(['started', 'signal live', 'checkpoint started']);
});

test('what a slow source brings of its past after `started` is history', async () => {
  const { world, slow } = slowWorld();
  void world.engine.start();
  await world.clock.pass(2_000);
  expect(world.story()).toEqual(['started']);
  slow.crash('old');
  slow.health({ caughtUp: true });
  expect(world.story()).toEqual(['started', 'signal old', 'old historical', 'source']);
});

test('where no source comes to its present end, `started` is said after 10 s', async () => {
  const { world } = slowWorld({ health: { caughtUp: false } });
  void world.engine.start();
  await world.clock.pass(9_900);
  expect(world.story()).toEqual([]);
  await world.clock.pass(200);
  expect(world.story()).toEqual(['started']);
});

test('a source that is absent starts no countdown: the others are waited for', async () => {
  const { world } = slowWorld({ health: { caughtUp: false, status: 'absent' } });
  void world.engine.start();
  await world.clock.pass(9_000);
  expect(world.story()).toEqual([]);
});

test('a feed that does not end when it is told holds up the end by a second, and says nothing more', async () => {
  const { world, slow } = slowWorld();
  void world.engine.start();
  await world.clock.pass(2_000);
  let isClosed = false;
  void world.engine.close('test').then(() => (isClosed = true));
  await world.clock.pass(1_000);
  expect(isClosed).toBe(true);
  slow.crash('late');
  slow.health({ caughtUp: true });
  expect(world.story()).toEqual(['started', 'stopped']);
  expect(world.clock.pending()).toBe(0);
});

test.each<[string, Feed['open'], SourceDetail]>([
  ['fails', () => Promise.reject(new Error('boom')), { code: 'feed_failed', text: 'boom' }],
  ['throws at once', throwing, { code: 'feed_failed', text: 'boom' }],
  ['ends unasked', () => Promise.resolve(), { code: 'feed_ended' }],
])('a feed that %s is lost; the others go on', async (_, open, detail) => {
  const { world } = slowWorld({}, open);
  void world.engine.start();
  await settled();
  expect(world.story()).toEqual(['started']);
  world.engine.commit();
  const { sources } = world.engine.store.getState();
  expect(sources.find(({ health }) => health.uri === 'slow')?.health).toMatchObject({
    status: 'lost',
    detail,
  });
  world.crash('live', 'live');
  expect(world.story()).toContain('checkpoint started');
});

test('`once` waits for a slow server while it brings anything, gives it up after a minute of nothing, and says so', async () => {
  const { world, slow } = slowWorld({ engine: { evict: false } });
  let isStarted = false;
  void world.engine.start().then(() => (isStarted = true));
  for (let second = 0; second < 120; second += 20) {
    slow.crash(`call at ${second}`);
    await world.clock.pass(20_000);
  }
  expect(isStarted).toBe(false);
  await world.clock.pass(60_000);
  expect(isStarted).toBe(true);
  world.engine.commit();
  expect(world.engine.store.getState().sources).toMatchObject([
    {},
    {
      health: {
        status: 'degraded',
        detail: { code: 'given_up', uri: 'slow', why: { code: 'nothing_came', ms: 60_000 } },
      },
    },
  ]);
});

test('`once` gives up a server that brings more without end', async () => {
  const { world, slow } = slowWorld({ engine: { evict: false } });
  let isStarted = false;
  void world.engine.start().then(() => (isStarted = true));
  for (let minute = 0; minute < 16; minute += 1) {
    slow.crash(`call at ${minute}`);
    await world.clock.pass(59_000);
  }
  expect(isStarted).toBe(true);
});

function throwing(): Promise<void> {
  throw new Error('boom');
}

// One source that is at its present end, and one that never gets there nor ends.
function slowWorld(options: EngineWorldOptions = {}, open?: Feed['open']) {
  const clock = fakeClock();
  let sink: FeedSink | undefined;
  const feed: Feed = {
    uri: 'slow',
    medium: 'http',
    open:
      open ??
      ((opened) => {
        sink = opened;
        opened.health(HEALTH);
        return new Promise(() => undefined);
      }),
  };
  const world = engineWorld({ ...options, clock, feedsBeside: [feed] });
  let record = 0;
  return {
    world,
    slow: {
      health: (facts: Partial<SourceHealth>) => sink?.health({ ...HEALTH, ...facts }),
      crash: (callId: string) => {
        record += 1;
        const call = makeCall({ callId, conversationId: callId, statusCode: 500, error: 'the process crashed' });
        sink?.events([{ type: 'call', record: `${record}`, arrival: 'historical', call }]);
      },
    },
  };
}
