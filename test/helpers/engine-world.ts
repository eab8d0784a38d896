/** An engine whose clock, feed, checkpointer, locks and journal do as the test tells them. */
import { engineConfig } from './engine-config.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { EngineDeps, EngineOptions } from '../../src/engine/deps.ts';
import type { Engine, EngineEvent } from '../../src/engine/types.ts';
import type { EngineConfig } from '../../src/config/config.ts';
import type { Call } from '../../src/core/calls.ts';
import type { Arrival, Feed, FeedEvent, FeedSink } from '../../src/core/feed.ts';
import type { Availability, CheckpointRequest, Outcome, Snapshot } from '../../src/core/snapshots.ts';
import type { SourceHealth } from '../../src/core/sources.ts';
import type { WorkspaceLock } from '../../src/effects/lock/locks.ts';
import {
  type CheckpointerScript,
  memoryJournal,
  type MemoryJournal,
  scriptedCheckpointer,
  type ScriptedLocks,
  scriptedLocks,
  WORKSPACE,
} from './engine-parts.ts';
import { fakeClock, type FakeClock, settled } from './fake-clock.ts';
import { makeCall } from './feed-events.ts';
import { embedded } from './reasons.ts';

const CONFIG = engineConfig(WORKSPACE, { mode: 'auto' });

/** A source that is followed. */
export const HEALTHY: SourceHealth = {
  uri: 'test',
  medium: 'jsonl',
  status: 'ok',
  detail: { code: 'quoted', text: 'following' },
  caughtUp: true,
  ended: false,
  cursor: null,
  lagMs: 0,
  skipped: { malformed: 0, oversized: 0, unsupported: 0 },
  lastSkip: null,
  since: 0,
};

export type EngineWorld = {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly journal: MemoryJournal;
  readonly events: readonly EngineEvent[];
  /** `started`, `signal`, `fate checkpointed`, `checkpoint ended` … in order. */
  readonly story: () => readonly string[];
  readonly requests: readonly CheckpointRequest[];
  readonly probes: () => number;
  /** A failed call that says `crash`, ended now. */
  readonly crash: (callId: string, arrival?: Arrival) => void;
  readonly call: (facts: Partial<Call>, arrival?: Arrival) => void;
  /** Anything else that a feed may say. */
  readonly say: (event: FeedEvent) => void;
  readonly health: (facts: Partial<SourceHealth>) => void;
  /** Ends the oldest checkpoint that runs. */
  readonly finish: (outcome?: Partial<Outcome>) => Promise<void>;
  /** What the checkpointer answers from now on. */
  readonly answer: (facts: Partial<Availability>) => void;
  /** A snapshot appears in the store. */
  readonly appear: (snapshot: Partial<Snapshot>) => Promise<void>;
  /** The process of the workspace's other owner ends. */
  readonly freeLock: () => Promise<void>;
  readonly locks: ScriptedLocks;
  readonly locksHeld: () => readonly string[];
};

export type EngineWorldOptions = CheckpointerScript & {
  readonly config?: Partial<EngineConfig>;
  readonly engine?: Partial<EngineOptions>;
  readonly health?: Partial<SourceHealth>;
  readonly isLockFree?: boolean;
  /** What of a lock of ours is otherwise. */
  readonly lock?: Partial<WorkspaceLock>;
  /** Parts of the world that do otherwise, and what the feed offers besides. */
  readonly deps?: Partial<EngineDeps>;
  readonly feed?: Pick<Feed, 'content' | 'resolve' | 'story' | 'search'>;
  /** Further feeds beside it. */
  readonly feedsBeside?: readonly Feed[];
  /** What an earlier run has kept. */
  readonly kept?: ReadonlyMap<string, unknown>;
  readonly clock?: FakeClock;
};

/** An engine that is not started yet. */
export function engineWorld(options: EngineWorldOptions = {}): EngineWorld {
  const clock = options.clock ?? fakeClock();
  const journal = memoryJournal(options.kept);
  const events: EngineEvent[] = [];
  let sink: FeedSink | null = null;
  let health: SourceHealth = { ...HEALTHY, ...options.health };
  const store = scriptedCheckpointer(options);
  const locks = scriptedLocks(options.isLockFree ?? true, options.lock);
  const deps: EngineDeps = {
    clock,
    journal,
    feeds: () => [
      {
        uri: HEALTHY.uri,
        medium: HEALTHY.medium,
        ...options.feed,
        open: (opened, signal) => {
          sink = opened;
          opened.health(health);
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        },
      },
      ...(options.feedsBeside ?? []),
    ],
    chooseCheckpointer: async () => ({ checkpointer: store.checkpointer, why: embedded('a test') }),
    locks,
    ...options.deps,
  };
  const config = { ...CONFIG, ...options.config };
  const engine = createEngine(
    { config, version: '0.0.0', evict: true, takeOver: true, commitMs: null, ...options.engine },
    deps,
  );
  engine.listen((event) => events.push(event));
  let record = 0;
  const call: EngineWorld['call'] = (facts, arrival = 'live') => {
    const endNs = BigInt(clock.now()) * 1_000_000n;
    record += 1;
    const told = makeCall({ callId: `call-${record}`, startNs: endNs - 1n, endNs, ...facts });
    sink?.events([{ type: 'call', record: `${record}`, arrival, call: told }]);
  };
  return {
    engine,
    clock,
    journal,
    events,
    story: () => events.flatMap(tell),
    requests: store.requests,
    probes: store.probes,
    call,
    crash: (callId, arrival) => {
      const facts = { callId, conversationId: callId, statusCode: 500, error: 'the process crashed' };
      call(facts, arrival);
    },
    say: (event) => sink?.events([event]),
    health: (facts) => {
      health = { ...health, ...facts };
      sink?.health(health);
    },
    finish: store.finish,
    answer: store.answer,
    appear: store.appear,
    freeLock: locks.free,
    locks,
    locksHeld: locks.held,
  };
}

/** An engine that has started. */
export async function startedWorld(options: EngineWorldOptions = {}): Promise<EngineWorld> {
  const world = engineWorld(options);
  await world.engine.start();
  await settled();
  return world;
}

function tell(event: EngineEvent): readonly string[] {
  if (event.type !== 'notice') return event.type === 'talk' ? [] : [event.type];
  const { notice } = event;
  switch (notice.type) {
    case 'fate':
      return [`${notice.signal.callId} ${notice.fate.kind}${notice.fate.settled ? '' : ' (waits)'}`];
    case 'signal':
      return [`signal ${notice.signal.callId}`];
    case 'started':
      return ['checkpoint started'];
    case 'ended':
      return [`checkpoint ${notice.outcome}`];
    case 'operator':
      return [`operator ${notice.action}`];
    case 'foreign':
      return [`foreign ${notice.snapshot.id}`];
    case 'held':
    case 'budget':
    case 'update':
    case 'refused':
      return [notice.type];
  }
}
