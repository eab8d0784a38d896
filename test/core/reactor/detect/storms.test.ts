import { describe, expect, test } from 'vitest';
import type { Call } from '../../../../src/core/calls.ts';
import { shardedValues } from '../../../../src/core/reactor/sharded-map.ts';
import { stormSignalId } from '../../../../src/core/reactor/signals.ts';
import { failedCall, makeCall, makeRow, ns } from '../../../helpers/feed-events.ts';
import { World } from '../../../helpers/reactor.ts';

type News = 'live' | 'historical' | 'none';

/** Hands over calls and lets the batch end. */
function read(world: World, calls: readonly Call[], news: News = 'live'): World {
  for (const call of calls) world.call(call, news);
  return world.wait(0);
}

const failures = (from: number, to: number, facts: Partial<Call> = {}): readonly Call[] =>
  Array.from({ length: to - from + 1 }, (_, index) => failedCall({ ends: from + index, ...facts }));

const storms = (world: World): readonly string[] =>
  world.signals().flatMap(({ type: signal, signalId }) => (signal === 'retry_storm' ? [signalId] : []));

/** What is left once more of the history has disproved a part of it. */
const settled = (world: World): readonly string[] =>
  shardedValues(world.state.settled).map(({ signal }) => signal.signalId);

const idAt = (seconds: number, conversation = 'conv'): string =>
  stormSignalId('retry_storm', conversation, ns(seconds));

describe('five failed calls of one class in a row are a storm', () => {
  test('the fifth raises it, marked derived, and six make no second one', () => {
    const world = read(World.armed(), failures(1, 4));
    expect(storms(world)).toEqual([]);
    read(world, failures(5, 8));
    expect(storms(world)).toEqual([idAt(5)]);
    expect(world.signals()).toMatchObject([
      { origin: 'derived', severity: 'critical', conversationId: 'conv', agent: 'agent', pid: 7, callId: null },
    ]);
    expect(world.signals()[0]?.at).toBe(Number(ns(5) / 1_000_000n));
  });

  test('a success between breaks the row', () => {
    expect(storms(read(World.armed(), [...failures(1, 4), makeCall({ ends: 5 }), ...failures(6, 9)]))).toEqual([]);
  });

  test('an interrupted call breaks the row', () => {
    const interrupted = makeCall({ ends: 5, status: 'interrupted', statusCode: null });
    expect(storms(read(World.armed(), [...failures(1, 4), interrupted, ...failures(6, 9)]))).toEqual([]);
  });

  test('another class breaks the row', () => {
    const limited = failures(4, 7, { statusCode: 429 });
    expect(storms(read(World.armed(), [...failures(1, 3), ...limited]))).toEqual([]);
    expect(
      storms(read(World.armed(), [...failures(1, 3), ...limited, ...failures(8, 8, { statusCode: 429 })])),
    ).toEqual([idAt(8)]);
  });

  test('pending calls neither count nor break it', () => {
    const pending = makeCall({ ends: 3.5, status: 'pending', endNs: null });
    expect(storms(read(World.armed(), [...failures(1, 4), pending]))).toEqual([]);
    expect(storms(read(World.armed(), [...failures(1, 3), pending, ...failures(4, 5)]))).toEqual([idAt(5)]);
  });

  test.each(['recap', 'web_search'])('a %s is ignored, failed or not', (kind) => {
    const aside = [makeCall({ ends: 2.5, kind }), failedCall({ ends: 2.6, kind })];
    expect(storms(read(World.armed(), [...failures(1, 4), ...aside]))).toEqual([]);
    expect(storms(read(World.armed(), [...failures(1, 3), ...aside, ...failures(4, 5)]))).toEqual([idAt(5)]);
  });

  test.each([null, 'no_user_query', ''])('calls of conversation %j derive none', (conversationId) => {
    expect(storms(read(World.armed(), failures(1, 9, { conversationId })))).toEqual([]);
  });

  test.each([
    ['conversation', { conversationId: 'other' }],
    ['agent', { agent: 'other' }],
    ['pid', { pid: 8 }],
  ])('another %s has a row of its own', (_name, facts) => {
    expect(storms(read(World.armed(), [...failures(1, 4), ...failures(5, 8, facts)]))).toEqual([]);
  });

  test('a failure is a status of 400 and above, or an error text', () => {
    expect(storms(read(World.armed(), failures(1, 5, { statusCode: null, error: 'no route' })))).toEqual([idAt(5)]);
    expect(storms(read(World.armed(), failures(1, 5, { statusCode: 399 })))).toEqual([]);
  });
});

describe('order of end time, whatever the order of arrival', () => {
  test('a success that ended between and comes last in the batch prevents it', () => {
    expect(storms(read(World.armed(), [...failures(1, 5), makeCall({ ends: 2.5 })]))).toEqual([]);
  });

  test('the fifth by end time gives the id, also when the sixth came before it', () => {
    const [first, second, third, fourth, fifth, sixth] = failures(1, 6);
    const shuffled = [sixth, second, fifth, first, fourth, third].filter((call) => call !== undefined);
    expect(storms(read(World.armed(), shuffled))).toEqual([idAt(5)]);
  });

  test('history in any order: only what all of it says remains', () => {
    const world = read(World.armed(), [...failures(2, 6), ...failures(1, 1)], 'historical');
    read(world, [makeCall({ ends: 9 }), ...failures(10, 14), makeCall({ ends: 12.5 })], 'historical');
    expect(settled(world)).toEqual([idAt(5)]);
    expect(world.state.detect.episodes).toMatchObject([{ startNs: ns(5), endNs: ns(9) }]);
  });

  test('history that takes a storm back may show a later one', () => {
    const world = read(World.armed(), [...failures(1, 7), makeCall({ ends: 1.5 })], 'historical');
    expect(world.state.detect.episodes).toMatchObject([{ startNs: ns(6), signalId: idAt(6) }]);
  });

  test('a failure that comes late moves the beginning of a live storm, not its signal', () => {
    const world = read(World.armed(), failures(2, 6));
    expect(storms(read(world, failures(1, 1)))).toEqual([idAt(6)]);
    expect(world.state.detect.episodes).toMatchObject([{ startNs: ns(5), signalId: idAt(6) }]);
  });

  test('a storm in a very long row keeps its signal', () => {
    expect(storms(read(World.armed(), failures(1, 100), 'historical'))).toEqual([idAt(5)]);
    const world = read(World.armed(), failures(1, 100), 'historical');
    expect(world.state.detect.episodes).toMatchObject([{ signalId: idAt(5), startNs: ns(5) }]);
  });
});

describe('a long history whose newest part is read first', () => {
  const successes = (from: number, to: number): readonly Call[] =>
    Array.from({ length: to - from + 1 }, (_, index) => makeCall({ ends: from + index }));

  test('shows a storm of its older part, however much came after it', () => {
    const older = [...failures(1, 5), ...successes(6, 9)];
    const newer = [...successes(10, 60), ...failures(61, 65)];
    const world = read(read(World.armed(), newer, 'historical'), older, 'historical');
    expect(settled(world).toSorted()).toEqual([idAt(5), idAt(65)].toSorted());
  });

  test('shows a storm of its oldest part, which comes after two newer ones', () => {
    const oldest = [...failures(1, 5), ...successes(6, 50)];
    const parts = [[...successes(101, 160), ...failures(161, 165)], successes(51, 100), oldest];
    const world = World.armed();
    for (const part of parts) read(world, part, 'historical');
    expect(settled(world).toSorted()).toEqual([idAt(5), idAt(165)].toSorted());
  });

  test('forgets no row of the newer part for one of the older', () => {
    const world = read(World.armed(), failures(20_001, 20_004), 'historical');
    for (let n = 1; n <= 10_000; n += 1) world.call(makeCall({ ends: n, conversationId: `old ${n}` }), 'historical');
    expect(storms(read(world, failures(20_005, 20_005)))).toEqual([idAt(20_005)]);
  });

  test('forgets no signal of the newer part for one of the older', () => {
    const world = World.armed({ maxSignals: 64 });
    const crash = (n: number): Call =>
      failedCall({ ends: n, callId: `crash ${n}`, conversationId: `conv ${n}`, error: 'process crashed' });
    for (let n = 1_001; n <= 1_010; n += 1) world.call(crash(n), 'historical');
    const newest = settled(world);
    expect(newest).toHaveLength(10);
    for (let n = 1; n <= 1_000; n += 1) world.call(crash(n), 'historical');
    expect(settled(world)).toEqual(expect.arrayContaining([...newest]));
  });
});

describe('episodes', () => {
  test('a storm ends at the next success; the next five failures are another', () => {
    const world = read(World.armed(), [...failures(1, 6), makeCall({ ends: 7 }), ...failures(8, 12)]);
    expect(storms(world)).toEqual([idAt(5), idAt(12)]);
    expect(world.state.detect.episodes).toMatchObject([{ startNs: ns(5), endNs: ns(7) }, { endNs: null }]);
  });

  test('a success that comes late ends the storm where it ended', () => {
    const world = read(World.armed(), failures(1, 6));
    read(world, [makeCall({ ends: 20 }), makeCall({ ends: 7 })]);
    expect(world.state.detect.episodes).toMatchObject([{ endNs: ns(7) }]);
  });

  test("another process's success ends nothing", () => {
    const world = read(World.armed(), [...failures(1, 5), makeCall({ ends: 6, pid: 8 })]);
    expect(world.state.detect.episodes).toMatchObject([{ endNs: null }]);
  });

  test("agentsight's row belongs to the storm that we derived", () => {
    const world = read(World.armed(), failures(1, 5));
    const [id = ''] = storms(world);
    expect(world.row(makeRow({ type: 'retry_storm', interruptionId: 'i', occurredNs: ns(6) }))).toBe(id);
    expect(world.notices('update')).toMatchObject([{ signalId: id, signal: 'retry_storm', interruptionId: 'i' }]);
    expect(storms(world)).toEqual([id]);
  });

  test.each([
    ['when its row came first', ns(5)],
    ['when its row came first and tells of the sixth', ns(6)],
  ])('the storm that we derive is the one of the row, %s', (_name, occurredNs) => {
    const world = World.armed();
    world.row(makeRow({ type: 'retry_storm', occurredNs }));
    expect(storms(read(world, failures(1, 7)))).toHaveLength(1);
  });

  describe("agentsight's row may be of an earlier failure than our fifth: it counts across successes", () => {
    const calls = [failedCall({ ends: 1 }), makeCall({ ends: 2 }), ...failures(3, 8), makeCall({ ends: 20 })];
    const row = makeRow({ type: 'retry_storm', interruptionId: 'theirs', occurredNs: ns(6), agent: 'agent', pid: 7 });

    test.each(['the row first', 'the calls first'])('in history, %s: one storm, under the same id', (order) => {
      const world = World.armed();
      if (order === 'the row first') world.row(row, 'historical');
      read(world, calls, 'historical');
      if (order === 'the calls first') world.row(row, 'historical');
      expect(settled(world)).toEqual([idAt(6)]);
      expect(world.state.detect.episodes).toMatchObject([
        { startNs: ns(6), endNs: ns(20), signalId: idAt(6), interruptionId: 'theirs' },
      ]);
    });

    test('live, the storm that was told keeps its signal, and the row belongs to it', () => {
      const world = read(World.armed(), calls.slice(0, -1));
      world.row(row);
      expect(storms(world)).toEqual([idAt(7)]);
      expect(world.signals()[0]).toMatchObject({ origin: 'derived' });
      expect(world.state.detect.episodes).toMatchObject([{ startNs: ns(6), interruptionId: 'theirs' }]);
    });

    test('but with a success between the two they are two', () => {
      const world = read(World.armed(), calls, 'historical');
      world.row({ ...row, occurredNs: ns(1) }, 'historical');
      expect(settled(world).toSorted()).toEqual([idAt(1), idAt(7)].toSorted());
    });
  });

  test('a resolved row ends it; what follows is a new one', () => {
    const world = read(World.armed(), failures(1, 5));
    const row = makeRow({ type: 'retry_storm', interruptionId: 'i', occurredNs: ns(5) });
    world.row(row);
    world.at = Number(ns(8) / 1_000_000n);
    world.row({ ...row, resolved: true }, 'none');
    expect(world.state.detect.episodes).toMatchObject([{ endNs: ns(8) }]);
    expect(world.notices('update').at(-1)).toMatchObject({ resolved: true });
    world.row({ ...row, interruptionId: 'k', occurredNs: ns(9) });
    expect(storms(world)).toEqual([idAt(5), idAt(9)]);
  });

  test('whichever comes first ends it: a success before it was resolved', () => {
    const world = read(World.armed(), [...failures(1, 5), makeCall({ ends: 6 })]);
    const row = makeRow({ type: 'retry_storm', interruptionId: 'i', occurredNs: ns(5), resolved: true });
    world.at = Number(ns(8) / 1_000_000n);
    world.row(row);
    expect(world.state.detect.episodes).toMatchObject([{ endNs: ns(6) }]);
  });

  test('a row without a pid is over with the success that was read before it', () => {
    const world = read(World.armed(), [...failures(1, 4), makeCall({ ends: 7 })], 'historical');
    world.row(makeRow({ type: 'retry_storm', pid: null, occurredNs: ns(5) }), 'historical');
    expect(world.state.detect.episodes).toMatchObject([{ endNs: ns(7) }]);
    expect(storms(read(world, failures(10, 14)))).toEqual([idAt(5), idAt(14)]);
  });

  test('a storm without a conversation is a plain row', () => {
    const world = World.armed();
    world.row(makeRow({ type: 'retry_storm', conversationId: null, interruptionId: 'a' }));
    world.row(makeRow({ type: 'retry_storm', conversationId: null, interruptionId: 'b' }));
    expect(storms(world)).toHaveLength(2);
  });
});

describe('calls that are rewritten', () => {
  test('a call that turns out to have succeeded breaks the row', () => {
    const world = read(World.armed(), failures(1, 4));
    const interrupted = makeCall({ ends: 5, status: 'interrupted' });
    read(world, [interrupted]);
    world.call(makeCall({ ends: 5 }), 'live', interrupted);
    expect(storms(read(world, failures(6, 9)))).toEqual([]);
    expect(storms(read(world, failures(10, 10)))).toEqual([idAt(10)]);
  });

  test('a storm that moves to another conversation keeps its one signal', () => {
    const world = read(World.armed(), failures(1, 5));
    for (const call of failures(1, 5)) world.call({ ...call, conversationId: 'real' }, 'none', call);
    world.wait(0);
    expect(storms(world)).toEqual([idAt(5)]);
    expect(world.row(makeRow({ type: 'retry_storm', conversationId: 'real', occurredNs: ns(6) }))).toBe(idAt(5));
  });

  test('a call that moves away no longer counts where it was, and counts where it is', () => {
    const world = read(World.armed(), failures(1, 4));
    const [first = failedCall()] = failures(1, 1);
    world.call({ ...first, conversationId: 'real' }, 'none', first);
    expect(storms(read(world, failures(5, 5)))).toEqual([]);
    expect(storms(read(world, failures(6, 9, { conversationId: 'real' })))).toEqual([idAt(9, 'real')]);
  });

  test('ids that are rewritten are no second failure', () => {
    const world = read(World.armed(), failures(1, 4));
    const [first = failedCall()] = failures(1, 1);
    world.call({ ...first, callId: 'final' }, 'none', first);
    expect(storms(world.wait(0))).toEqual([]);
  });
});
