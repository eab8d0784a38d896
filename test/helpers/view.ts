/** An engine in a world of its own: the real model, the real core, a clock that stands still, a feed and a checkpointer that do as told. */
import type { CheckpointerReason } from '../../src/core/checkpointer-reasons.ts';
import type { Call } from '../../src/core/calls.ts';
import type { Done } from '../../src/core/done.ts';
import type { GuestEnd, GuestRefusal } from '../../src/core/guest.ts';
import type { Arrival, Feed, FeedEvent, FeedSink } from '../../src/core/feed.ts';
import type { Interruption } from '../../src/core/interruptions.ts';
import type { Result } from '../../src/core/result.ts';
import type { Owner } from '../../src/core/runs.ts';
import type { SessionFacts } from '../../src/core/sessions.ts';
import type { Mode } from '../../src/core/signals.ts';
import type {
  Availability,
  ChangedFile,
  Checkpointer,
  CheckpointRequest,
  Outcome,
  Snapshot,
} from '../../src/core/snapshots.ts';
import type { SourceHealth } from '../../src/core/sources.ts';
import type { Ms } from '../../src/core/units.ts';
import type { ContentAnswer } from '../../src/core/content.ts';
import type { EngineConfig } from '../../src/config/config.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import type { Engine, EngineView } from '../../src/engine/types.ts';
import type { InitPlan } from '../../src/engine/types.ts';
import type { ProcessScan } from '../../src/effects/process/processes.ts';
import { AVAILABLE, CONFIG, HEALTHY, NOON, SOURCE, USAGE } from './view-facts.ts';
import { otherEngine, scriptedLock } from './engine-parts.ts';
import { memoryJournal } from './memory-journal.ts';
import { settle, StillClock } from './still-clock.ts';
import { makeCall, makeDetail, makeRow } from './feed-events.ts';
import { embedded, quoted } from './reasons.ts';

import { NO_FACTS } from './session-facts.ts';

export { settle } from './still-clock.ts';
export { NOON, WORKSPACE } from './view-facts.ts';

export type ScreenWorldOptions = {
  readonly config?: Partial<EngineConfig>;
  readonly source?: string;
  /** What its feed offers besides. */
  readonly feed?: Pick<Feed, 'resolve' | 'story' | 'search' | 'older'>;
  /** Further sources, which only say this of themselves. */
  readonly others?: readonly Partial<SourceHealth>[];
  /** Where a feed was looked for in vain. */
  readonly tried?: EngineDeps['tried'];
  readonly availability?: Partial<Availability>;
  /** Who else acts on the workspaces. */
  readonly owner?: Owner;
  /** False keeps every conversation, whatever the limits say. */
  readonly evict?: boolean;
  /** Who works in the workspaces. */
  readonly processes?: ProcessScan;
  /** What `ws-ckpt init` would do; without it no engine of this world can do that. */
  readonly init?: Omit<InitPlan, 'processes'>;
  /** Prices calls; without it none has a price. */
  readonly pricer?: EngineDeps['pricer'];
  /** Stops processes; without it none can be. */
  readonly pauser?: EngineDeps['pauser'];
};

export class ScreenWorld {
  readonly clock = new StillClock(NOON);
  /** Whether the process of another owner runs. */
  ownerRuns = true;
  readonly engine: Engine;
  readonly requests: CheckpointRequest[] = [];
  /** What the feed tells of what was said in a call. */
  content: Promise<ContentAnswer> = Promise.resolve({ ok: false, reason: { code: 'quoted', text: 'its row is gone' } });
  /** What its checkpointer has, and what was done to it. */
  snapshots: readonly Snapshot[] = [];
  /** What it says of a comparison. */
  difference: Result<string, CheckpointerReason> = { ok: true, value: 'M  notes.txt\n\n1 change(s)' };
  /** Why it cannot compare with what is there now; null where it can. */
  noNow: string | null = null;
  /** The files that each of its snapshots changed. */
  files: readonly ChangedFile[] = [
    { path: 'app/login/LoginScreen.kt', change: 'modified', added: 88, removed: 31 },
    { path: 'app/login/LoginState.kt', change: 'added', added: 52, removed: 0 },
    { path: 'README.md', change: 'deleted', added: 0, removed: 18 },
  ];
  /** How a shell or an editor ends that has the terminal of this screen, or why there is none. */
  lends: Result<GuestEnd, GuestRefusal> = { ok: true, value: { code: 0, signal: null } };
  readonly deeds: string[] = [];
  #availability: Availability;
  #sink: FeedSink | null = null;
  readonly #others = new Map<string, FeedSink>();
  #health: SourceHealth;
  #answers: ((outcome: Outcome) => void)[] = [];
  #prepared: (() => void)[] = [];
  #record = 0;
  #slowPrepare = false;
  #unlisted: Result<never, CheckpointerReason> | null = null;
  #onSnapshot: (snapshot: Snapshot) => void = () => undefined;

  constructor({
    config = {},
    source = SOURCE,
    availability = {},
    owner,
    evict = true,
    feed: offers = {},
    others = [],
    tried = [],
    ...more
  }: ScreenWorldOptions = {}) {
    this.#availability = { ...AVAILABLE, ...availability };
    this.#health = { ...HEALTHY, uri: source, since: NOON - 3_600_000 };
    const feed: Feed = {
      uri: source,
      medium: 'sqlite',
      open: (sink, signal) => this.#open(sink, signal),
      content: () => this.content,
      ...offers,
    };
    const deps: EngineDeps = {
      clock: this.clock,
      journal: memoryJournal(),
      feeds: () => (config.sources?.length === 0 ? [] : [feed, ...others.map((facts) => this.#other(facts))]),
      tried,
      chooseCheckpointer: async (workspace) => ({
        checkpointer: this.#checkpointer(workspace),
        folder: null,
        why: embedded('it manages the workspace'),
      }),
      locks: {
        acquire: async () =>
          owner === undefined || !this.ownerRuns
            ? { ok: true, lock: scriptedLock() }
            : { ok: false, refusal: otherEngine(owner) },
        findOwner: async () => (owner === undefined || !this.ownerRuns ? null : otherEngine(owner)),
        inspect: async () => ({ refusal: null, notes: [] }),
        isRunning: () => this.ownerRuns,
      },
      ...this.#extras(more),
    };
    const options = {
      config: { ...CONFIG, ...config },
      version: '0.1.0',
      evict,
      takeOver: false,
      commitMs: null,
    };
    this.engine = createEngine(options, deps);
  }

  /** A started engine in the given mode. */
  static async started(mode: Mode, options: ScreenWorldOptions = {}): Promise<ScreenWorld> {
    const world = new ScreenWorld(options);
    await world.engine.start();
    if (mode !== 'observe') await world.engine.intents.setMode(mode);
    await settle();
    return world;
  }

  get now(): Ms {
    return this.clock.now();
  }

  view(): EngineView {
    this.engine.commit();
    return this.engine.store.getState();
  }

  // ------------------------------------------------------------ the feed

  /** A call that ended `ago` ms before now. */
  call(facts: Partial<Call> & { readonly ago?: number; readonly took?: number } = {}, arrival: Arrival = 'live'): this {
    const { ago = 0, took = 2_000, ...rest } = facts;
    const endNs = nsOf(this.now - ago);
    this.#record += 1;
    const call = makeCall({
      callId: `call-${this.#record}`,
      startNs: endNs - nsOf(took),
      endNs,
      usage: USAGE,
      ...rest,
    });
    this.#sink?.events([{ type: 'call', record: `c${this.#record}`, arrival, call }]);
    return this;
  }

  /** An interruption that occurred now. */
  interruption(facts: Partial<Interruption> = {}, arrival: Arrival = 'live'): this {
    this.#record += 1;
    const row = { interruptionId: `row-${this.#record}`, occurredNs: nsOf(this.now), detail: makeDetail(), ...facts };
    this.#sink?.events([{ type: 'interruption', record: `i${this.#record}`, arrival, interruption: makeRow(row) }]);
    return this;
  }

  /** What an agent's own records tell of a conversation. */
  session(conversationId: string, facts: Partial<SessionFacts> = {}): this {
    const session: SessionFacts = { ...NO_FACTS, sessionId: conversationId, ...facts };
    this.#sink?.events([{ type: 'session', conversationId, session, ownerUid: null }]);
    return this;
  }

  /** What one of the further sources tells. */
  tell(uri: string, ...batch: FeedEvent[]): this {
    this.#others.get(uri)?.events(batch);
    return this;
  }

  health(facts: Partial<SourceHealth>): this {
    this.#health = { ...this.#health, since: this.now, ...facts };
    this.#sink?.health(this.#health);
    return this;
  }

  // ------------------------------------------------------------ the checkpointer and time

  async finish(outcome: Partial<Outcome> = {}): Promise<void> {
    await settle();
    const snapshot = this.requests.at(-1)?.snapshot ?? '';
    const created = { type: 'created', snapshot, late: false, durationMs: 400, exitCode: 0, stderr: '' };
    this.#answers.shift()?.({ ...created, ...outcome } as Outcome);
    await settle();
  }

  async wait(ms: Ms): Promise<void> {
    await this.clock.advance(ms);
  }

  async available(facts: Partial<Availability>): Promise<void> {
    this.#availability = { ...this.#availability, ...facts };
    await this.wait(30_000);
  }

  /** From now on a first, whole snapshot takes until `prepared`. */
  prepareSlowly(): void {
    this.#slowPrepare = true;
  }

  #extras({
    processes,
    init,
    pricer,
    pauser,
  }: Pick<ScreenWorldOptions, 'processes' | 'init' | 'pricer' | 'pauser'>): Partial<EngineDeps> {
    const initializer = init && { plan: async () => init, init: async () => this.#done('init') };
    return {
      ...(processes === undefined ? {} : { processes: async () => processes }),
      ...(initializer === undefined ? {} : { initializer }),
      ...(pricer === undefined ? {} : { pricer }),
      ...(pauser === undefined ? {} : { pauser }),
    };
  }

  #done(what: string): Result<Done, CheckpointerReason> {
    this.deeds.push(what);
    return { ok: true, value: quoted(`done: ${what}`) };
  }

  /** Somebody makes a snapshot. */
  async appears(snapshot: Snapshot): Promise<void> {
    this.snapshots = [...this.snapshots, snapshot];
    this.#onSnapshot(snapshot);
    await settle();
  }

  /** From now on the snapshots cannot be listed, until it is mended. */
  failToList(reason: string): { readonly mend: () => void } {
    this.#unlisted = { ok: false, reason: quoted(reason) };
    return {
      mend: () => {
        this.#unlisted = null;
      },
    };
  }

  #other(facts: Partial<SourceHealth>): Feed {
    const health = { ...HEALTHY, since: NOON - 3_600_000, ...facts };
    const { uri, medium } = health;
    const open = (sink: FeedSink, signal: AbortSignal): Promise<void> => {
      this.#others.set(uri, sink);
      return untilClosed(sink, health, signal);
    };
    return { uri, medium, open };
  }

  async #open(sink: FeedSink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    await untilClosed(sink, this.#health, signal);
  }

  #checkpointer(workspace: string): Checkpointer {
    return {
      name: this.#availability.name,
      workspace,
      capabilities: { list: true, diff: true, rollback: true, remove: true },
      probe: async () => this.#availability,
      prepare: async () => {
        if (this.#slowPrepare) await new Promise<void>((resolve) => this.#prepared.push(resolve));
        return { ok: true, value: null };
      },
      checkpoint: (request) => {
        this.requests.push(request);
        return new Promise((resolve) => {
          this.#answers.push(resolve);
        });
      },
      lookUp: async () => ({ type: 'absent' }),
      list: async () => this.#unlisted ?? { ok: true, value: this.snapshots },
      diff: async (from, to) => {
        this.deeds.push(`diff ${from} ${to ?? 'now'}`);
        return to === null && this.noNow !== null
          ? { ok: false, reason: quoted(this.noNow) }
          : this.difference.ok
            ? { ok: true, value: { text: this.difference.value, changes: countOf(this.difference.value), paths: [] } }
            : this.difference;
      },
      contents: async (snapshot) => ({
        ok: true,
        value: {
          since: this.snapshots[this.snapshots.findIndex(({ id }) => id === snapshot) - 1]?.id ?? null,
          files: this.files,
          total: this.files.length,
          refs: 4,
        },
      }),
      rollback: async (snapshot) => this.#done(`rollback ${snapshot}`),
      remove: async (snapshot) => {
        this.snapshots = this.snapshots.filter(({ id }) => id !== snapshot);
        return this.#done(`remove ${snapshot}`);
      },
      watch: (onSnapshot) => {
        this.#onSnapshot = onSnapshot;
      },
    };
  }
}

async function untilClosed(sink: FeedSink, health: SourceHealth, signal: AbortSignal): Promise<void> {
  sink.health(health);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function nsOf(ms: Ms): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

/** The count in a text as ws-ckpt ends it; null where it has none. */
function countOf(text: string): number | null {
  const count = /^(\d+) change\(s\)$/mu.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}
