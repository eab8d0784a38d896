/** One storm is one signal, whichever of agentsight and the agent's own records tells of it, and when one of them ends. */
import { expect, test } from 'vitest';
import type { Call } from '../../src/core/calls.ts';
import type { Feed, FeedSink } from '../../src/core/feed.ts';
import { type EngineWorld, engineWorld, HEALTHY } from '../helpers/engine-world.ts';
import { settled } from '../helpers/fake-clock.ts';
import { makeCall } from '../helpers/feed-events.ts';
import { NO_FACTS } from '../helpers/session-facts.ts';

const SESSION = 'session';
/** agentsight's rows come so long after their calls, ms. */
const ROW_MS = 5_500;

type Doors = {
  readonly world: EngineWorld;
  /** A failure that the agent records at once. */
  readonly recorded: (n: number) => void;
  /** Withdraws the record of a failure. */
  readonly withdrawn: (n: number) => void;
  /** Calls that agentsight reports now and that ended `ago` before. */
  readonly seen: (calls: number, ago: number, facts?: Partial<Call>) => void;
};

async function twoDoors(): Promise<Doors> {
  let sink = null as FeedSink | null;
  const uri = 'claude:';
  const beside: Feed = {
    uri,
    medium: 'claude',
    open: (opened, signal) => {
      sink = opened;
      opened.health({ ...HEALTHY, uri, medium: 'claude' });
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
  const world = engineWorld({ feedsBeside: [beside] });
  await world.engine.start();
  await settled();
  const session = { ...NO_FACTS, sessionId: SESSION };
  sink?.events([{ type: 'session', conversationId: SESSION, session, ownerUid: null }]);
  const endedNs = (ago = 0): bigint => BigInt(world.clock.now() - ago) * 1_000_000n;
  const recorded = (n: number): void => {
    const facts = { failed: true, errorClass: null, sharesId: false, outputIsLowerBound: false };
    const endNs = endedNs();
    const where = { conversationId: SESSION, sessionId: SESSION, agent: 'Claude', pid: null };
    const call = makeCall({
      callId: `failed:${n}`,
      startNs: endNs,
      endNs,
      ...where,
      statusCode: 529,
      usage: null,
      recorded: facts,
    });
    sink?.events([{ type: 'call', record: `r${n}`, arrival: 'live', call }]);
  };
  const seen: Doors['seen'] = (calls, ago, facts = {}) => {
    for (let at = 0; at < calls; at += 1) {
      const endNs = endedNs(ago - at * 100);
      const where = { conversationId: 'turn', sessionId: SESSION, agent: 'Claude', pid: 7 };
      world.call({ startNs: endNs - 1n, endNs, ...where, ...facts });
    }
  };
  const withdrawn = (n: number): void => sink?.events([{ type: 'withdrawn', record: `r${n}` }]);
  return { world, recorded, withdrawn, seen };
}

const FAILED = { statusCode: 529, error: 'overloaded' };

function storms({ world }: Doors): number {
  return world.story().filter((word) => word.startsWith('signal')).length;
}

function totals({ world }: Doors) {
  world.engine.commit();
  return world.engine.store.getState().model.fleet.totals;
}

test('a storm that the records tell of before agentsight’s first row is the storm that its rows make later', async () => {
  const doors = await twoDoors();
  for (const n of [1, 2, 3, 4, 5, 6]) doors.recorded(n);
  await doors.world.clock.pass(ROW_MS);
  expect(storms(doors)).toBe(1);
  doors.seen(6, ROW_MS, FAILED);
  await doors.world.clock.pass(30_000);
  expect(storms(doors)).toBe(1);
  expect(totals(doors)).toMatchObject({ calls: 6, failed: 6 });
});

test('where agentsight sees the session its rows make the storm, and the records wait for them', async () => {
  const doors = await twoDoors();
  doors.seen(1, 0);
  await doors.world.clock.pass(60_000);
  for (const n of [1, 2, 3, 4, 5, 6]) doors.recorded(n);
  await doors.world.clock.pass(ROW_MS);
  expect(storms(doors)).toBe(0);
  doors.seen(6, ROW_MS, FAILED);
  await doors.world.clock.pass(30_000);
  expect(storms(doors)).toBe(1);
  expect(totals(doors)).toMatchObject({ calls: 7, failed: 6 });
});

test('once agentsight has ended, the records make the storm', async () => {
  const doors = await twoDoors();
  doors.seen(1, 0);
  await doors.world.clock.pass(60_000);
  for (const n of [1, 2, 3, 4, 5, 6]) doors.recorded(n);
  doors.withdrawn(6);
  await doors.world.clock.pass(16_000);
  expect(storms(doors)).toBe(1);
  expect(totals(doors)).toMatchObject({ calls: 6, failed: 5 });
});

test('what still waits when the engine ends is believed no more', async () => {
  const doors = await twoDoors();
  doors.seen(1, 0);
  await doors.world.clock.pass(60_000);
  for (const n of [1, 2, 3, 4, 5]) doors.recorded(n);
  await doors.world.engine.close();
  await doors.world.clock.pass(30_000);
  expect(storms(doors)).toBe(0);
});
