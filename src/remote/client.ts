import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Action, ActionResult } from '../core/actions.ts';
import type { Call } from '../core/calls.ts';
import type { Interruption } from '../core/interruptions.ts';
import type { Result } from '../core/result.ts';
import type { Mono, Ms } from '../core/units.ts';
import type { Clock } from '../effects/clock.ts';
import type { Attachment, EngineEvent, EngineName, EngineView, Queries, WorkspaceView } from '../engine/types.ts';
import { actionResult, ANSWERS, partSchema, WATCHED } from './answers.ts';
import type { Channel } from './channel.ts';
import { type Document, keyOf } from './host.ts';
import { patched, PatchError } from './patch.ts';
import type { Query, Watch } from './requests.ts';
import { agentDetailSchema, callsSchema, silencesSchema, viewSchema } from './view-schema.ts';
import {
  type Claim,
  decodeReply,
  encode,
  type Farewell,
  MAX_WATCHED,
  type Reply,
  type Request,
  WIRE_VERSION,
} from './wire.ts';

/** The first view must be here by then, ms. */
const ATTACH_MS: Ms = 5_000;
/** A query without an answer by then has none: a plan may look through a whole workspace, ms. */
const ANSWER_MS: Ms = 60_000;
/** The time for which an action is meant, ms: what arrives later finds another world. */
const ACTION_MS: Ms = 10_000;
/** The time after which a value that no frame asked for is no longer watched, ms. */
const UNWATCHED_MS: Ms = 5_000;

/** The reason why a console cannot be attached. `wire_version`: the engine speaks another version of the wire. */
export type AttachProblem = Farewell | 'no_answer' | 'closed' | 'not_understood';

/** Answered by what is watched: a first use has no answer yet, the next frame has it. */
type Watched = 'agent' | 'silences' | 'pausePlan' | 'resolvers' | 'sourcesOf';

/** The queries of a console: those that an engine answers at once take a moment here. */
export type RemoteQueries = {
  readonly [K in keyof Queries]: K extends Watched
    ? Queries[K]
    : (...args: Parameters<Queries[K]>) => Promise<Awaited<ReturnType<Queries[K]>>>;
};

/** An engine in another process, as a screen uses one. */
export type RemoteEngine = {
  readonly store: StoreApi<EngineView>;
  readonly queries: RemoteQueries;
  readonly calls: (conversationId: string | null) => readonly Call[];
  readonly dispatch: (action: Action) => Promise<ActionResult>;
  readonly listen: (listener: (event: EngineEvent) => void) => () => void;
  /** Brings the clock of the view up to date: everything else comes by itself. */
  readonly commit: () => void;
  /** Goes on with another connection, to the same engine or to the one after it. */
  readonly reattach: (channel: Channel) => Promise<Result<EngineName, AttachProblem>>;
  /** Leaves the engine alone. */
  readonly close: () => void;
};

export type ConsoleDeps = {
  readonly clock: Clock;
  readonly version: string;
  readonly who: Claim;
  /** Parts of the ids of requests; no two consoles have the same. */
  readonly newId: () => string;
  /** The time that an answer may take, ms; left out: `ANSWER_MS`. */
  readonly answerMs?: Ms;
};

/** A request that waits for its answer. */
type Waiting = { readonly settle: (answer: unknown) => void; readonly part: (part: unknown) => void };

type AskOptions = { readonly signal?: AbortSignal; readonly part?: (part: unknown) => void };

/** The connection of the moment. */
type Connection = {
  readonly channel: Channel;
  readonly waiting: Map<string, Waiting>;
  engine: EngineName | null;
  /** It may only look. */
  isReadOnly: boolean;
  seq: number;
  /** As it was sent: patches are made of this. */
  document: unknown;
  bye: Farewell | null;
};

/** Attaches to the engine at the other end of a channel; resolves when its first view is here. */
export async function attach(channel: Channel, deps: ConsoleDeps): Promise<Result<RemoteEngine, AttachProblem>> {
  const attached = new Client(deps);
  const opened = await attached.open(channel);
  return opened.ok ? { ok: true, value: attached.engine() } : opened;
}

/** The console's end of the wire, over one connection after another. */
class Client {
  readonly #deps: ConsoleDeps;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #watched: WatchList;
  #connection: Connection | null = null;
  #store: StoreApi<EngineView> | null = null;
  /** Our clock when the view came. */
  #receivedMono: Mono = 0;

  constructor(deps: ConsoleDeps) {
    this.#deps = deps;
    this.#watched = createWatched(deps.clock, (list) => this.#send({ type: 'watch', watched: [...list] }));
  }

  open(channel: Channel): Promise<Result<EngineName, AttachProblem>> {
    const { clock, version, who } = this.#deps;
    const on: Connection = {
      channel,
      waiting: new Map(),
      engine: null,
      isReadOnly: false,
      seq: 0,
      document: null,
      bye: null,
    };
    this.#connection?.channel.close();
    this.#connection = on;
    return new Promise((resolve) => {
      const finish = (result: Result<EngineName, AttachProblem>): void => {
        late();
        resolve(result);
        if (!result.ok) channel.close();
      };
      const late = clock.after(ATTACH_MS, () => finish({ ok: false, reason: 'no_answer' }));
      channel.onLine((line) => {
        if (this.#connection !== on) return;
        const reply = decodeReply(line);
        if (!reply.ok) return fail(on);
        this.#take(on, reply.value);
        if (reply.value.type !== 'whole' || on.engine === null || this.#store === null) return;
        this.#watched.again();
        finish({ ok: true, value: on.engine });
      });
      channel.onClose(() => {
        this.#lose(on);
        finish({ ok: false, reason: on.bye ?? 'closed' });
      });
      this.#send({ type: 'hello', wire: WIRE_VERSION, version, who });
    });
  }

  engine(): RemoteEngine {
    if (this.#store === null) throw new Error('not attached');
    const store = this.#store;
    return {
      store,
      calls: (conversationId) => this.#watched.value({ type: 'calls', conversationId }, callsSchema) ?? [],
      queries: createQueries(
        (query, options) => this.#request((id) => ({ type: 'ask', id, query }), options),
        this.#watched,
      ),
      dispatch: (action) => this.#act(action, store.getState()),
      listen: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      commit: () => {
        this.#watched.prune();
        store.setState({ ...store.getState(), ...this.#hostNow(store.getState()) }, true);
        this.#receivedMono = this.#deps.clock.mono();
      },
      reattach: (channel) => this.open(channel),
      close: () => this.#connection?.channel.close(),
    };
  }

  #send(request: Request): void {
    this.#connection?.channel.send(encode(request));
  }

  // The engine's own clocks, some time after its view was made.
  #hostNow({ at, mono }: EngineView): { readonly at: Ms; readonly mono: Mono } {
    const passed = this.#deps.clock.mono() - this.#receivedMono;
    return { at: at + passed, mono: mono + passed };
  }

  async #act(action: Action, view: EngineView): Promise<ActionResult> {
    const run = this.#connection?.engine?.run;
    if (run === undefined) return { ok: false, reason: { code: 'engine_gone' } };
    const until = this.#hostNow(view).at + ACTION_MS;
    const answer = await this.#request((id) => ({ type: 'act', id, run, until, action }));
    return actionResult.safeParse(answer).data ?? { ok: false, reason: { code: 'engine_gone' } };
  }

  #request(make: (id: string) => Request, { signal, part }: AskOptions = {}): Promise<unknown> {
    const on = this.#connection;
    if (on === null || signal?.aborted) return Promise.resolve(null);
    const id = this.#deps.newId();
    return new Promise((resolve) => {
      // The engine answers a cancelled query, too: that of a search is marked as cancelled.
      const cancel = (): void => this.#send({ type: 'cancel', id });
      const settle = (answer: unknown): void => {
        late();
        signal?.removeEventListener('abort', cancel);
        on.waiting.delete(id);
        resolve(answer);
      };
      const late = this.#deps.clock.after(this.#deps.answerMs ?? ANSWER_MS, () => settle(null));
      signal?.addEventListener('abort', cancel, { once: true });
      on.waiting.set(id, { settle, part: part ?? (() => undefined) });
      this.#send(make(id));
    });
  }

  #take(on: Connection, reply: Reply): void {
    switch (reply.type) {
      case 'welcome':
        if (reply.wire !== WIRE_VERSION) on.bye = 'wire_version';
        else {
          on.engine = reply.engine;
          on.isReadOnly = reply.isReadOnly;
        }
        return;
      case 'whole':
        on.seq = reply.seq;
        if (!this.#show(on, reply.document)) fail(on);
        return;
      case 'patch':
        return this.#patch(on, reply);
      case 'answer':
        on.waiting.get(reply.id)?.settle(reply.answer);
        return;
      case 'part':
        on.waiting.get(reply.id)?.part(reply.part);
        return;
      case 'event':
        return tell(this.#listeners, reply.event);
      case 'bye':
        on.bye = reply.reason;
    }
  }

  #patch(on: Connection, { seq, patch }: Reply & { readonly type: 'patch' }): void {
    const isNext = seq === on.seq + 1;
    on.seq = seq;
    try {
      if (isNext && this.#show(on, patched(on.document, patch))) return;
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
    }
    this.#send({ type: 'resync' });
  }

  #show(on: Connection, document: unknown): boolean {
    const { view, watched } = document as Document;
    const parsed = viewSchema.safeParse(view);
    if (!parsed.success || on.engine === null) return false;
    const shown: EngineView = {
      ...parsed.data,
      readOnly: parsed.data.readOnly || on.isReadOnly,
      attachment: { engine: on.engine, lostSince: null },
    };
    on.document = document;
    this.#receivedMono = this.#deps.clock.mono();
    this.#watched.take(watched);
    // What is watched is no part of the view: the view is set anew all the same, and so everything is drawn.
    if (this.#store === null) this.#store = createStore<EngineView>(() => shown);
    else this.#store.setState(shown, true);
    return true;
  }

  #lose(on: Connection): void {
    for (const { settle } of on.waiting.values()) settle(null);
    if (this.#connection !== on) return;
    this.#connection = null;
    if (on.engine === null || this.#store === null) return;
    const attachment = { engine: on.engine, lostSince: this.#deps.clock.now() };
    this.#store.setState(viewWithoutEngine(this.#store.getState(), attachment), true);
  }
}

/** Returns what is known when the engine is gone: nothing of now, so no source is read, nothing is held, and no engine acts. */
function viewWithoutEngine(view: EngineView, attachment: Attachment & { readonly lostSince: Ms }): EngineView {
  const { lostSince: since } = attachment;
  const idle: Partial<WorkspaceView> = {
    lock: { type: 'gone', since },
    status: { state: 'observer', endsAt: null, reason: { code: 'owner_gone' } },
    hold: null,
    run: null,
    queuedManual: false,
  };
  const lost = { status: 'lost', detail: { code: 'engine_gone' }, since, retryAt: null } as const;
  return {
    ...view,
    attachment,
    sources: view.sources.map((source) => ({ ...source, health: { ...source.health, ...lost } })),
    workspaces: view.workspaces.map((workspace) => ({ ...workspace, ...idle })),
  };
}

/** Hangs up: what came is none of ours. */
function fail(on: Connection): void {
  on.bye ??= 'bad_frame';
  on.channel.close();
}

type WatchList = ReturnType<typeof createWatched>;

/** Creates the values that a screen uses beyond the view: the first use asks for it, and the next view has it. */
function createWatched(clock: Clock, ask: (list: Iterable<Watch>) => void) {
  const uses = new Map<string, { readonly watch: Watch; mono: Mono }>();
  let values: Readonly<Record<string, unknown>> = {};
  let isAsked = true;
  const again = (): void => ask([...uses.values()].map(({ watch }) => watch));
  const askSoon = (): void => {
    if (!isAsked) return;
    isAsked = false;
    queueMicrotask(() => {
      isAsked = true;
      again();
    });
  };
  return {
    again,
    take: (given: unknown): void => {
      values = typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>) : {};
    },
    value: <T>(watch: Watch, schema: { readonly safeParse: (value: unknown) => { readonly data?: T } }): T | null => {
      const key = keyOf(watch);
      const use = uses.get(key);
      if (use === undefined) {
        const [oldest] = uses.keys();
        if (uses.size >= MAX_WATCHED && oldest !== undefined) uses.delete(oldest);
        askSoon();
      } else uses.delete(key);
      // The latest use is the last entry.
      uses.set(key, { watch, mono: clock.mono() });
      return Object.hasOwn(values, key) ? (schema.safeParse(values[key]).data ?? null) : null;
    },
    prune: (): void => {
      const before = clock.mono() - UNWATCHED_MS;
      const old = [...uses].filter(([, { mono }]) => mono < before);
      for (const [key] of old) uses.delete(key);
      if (old.length > 0) askSoon();
    },
  };
}

function createQueries(
  ask: (query: Query, options?: AskOptions) => Promise<unknown>,
  watched: WatchList,
): RemoteQueries {
  const gone = { ok: false, reason: { code: 'engine_gone' } } as const;
  const callName = ({ conversationId, callId, startNs }: Call) => ({ conversationId, callId, startNs });
  return {
    agent: (agent) => watched.value({ type: 'agent', agent }, agentDetailSchema),
    silences: () => watched.value({ type: 'silences' }, silencesSchema) ?? [],
    pausePlan: ({ agent, conversationId, pid }) => {
      const subject = {
        ...(agent !== undefined && { agent }),
        ...(conversationId !== undefined && { conversationId }),
        ...(pid !== undefined && { pid }),
      };
      return (
        watched.value({ type: 'pausePlan', ...subject }, WATCHED.pausePlan) ?? {
          ok: false,
          reason: { code: 'asking_engine' },
        }
      );
    },
    content: async (call) =>
      ANSWERS.content.safeParse(await ask({ type: 'content', call: callName(call) })).data ?? gone,
    snapshots: async (workspace) =>
      ANSWERS.snapshots.safeParse(await ask({ type: 'snapshots', workspace })).data ?? gone,
    diff: async (workspace, from, to, path) => {
      const query = { type: 'diff', workspace, from, to, ...(path !== undefined && { path }) } as const;
      return ANSWERS.diff.safeParse(await ask(query)).data ?? gone;
    },
    contents: async (workspace, snapshot) =>
      ANSWERS.contents.safeParse(await ask({ type: 'contents', workspace, snapshot })).data ?? gone,
    rollbackPlan: async (workspace, snapshot) =>
      ANSWERS.rollbackPlan.safeParse(await ask({ type: 'rollbackPlan', workspace, snapshot })).data ?? gone,
    restorePlan: async (workspace, snapshot, paths) =>
      ANSWERS.restorePlan.safeParse(await ask({ type: 'restorePlan', workspace, snapshot, paths: [...paths] })).data ??
      gone,
    initPlan: async (workspace) => ANSWERS.initPlan.safeParse(await ask({ type: 'initPlan', workspace })).data ?? gone,
    repinPlan: async (workspace) =>
      ANSWERS.repinPlan.safeParse(await ask({ type: 'repinPlan', workspace })).data ?? gone,
    resolvers: (interruptionId) =>
      watched.value({ type: 'resolvers', interruptionId }, WATCHED.resolvers) ?? {
        ok: false,
        reason: { code: 'asking_engine' },
      },
    sourcesOf: (fact) => {
      const name = factName(fact);
      return name === null ? [] : (watched.value({ type: 'sourcesOf', fact: name }, WATCHED.sourcesOf) ?? []);
    },
    story: async (conversationId, signal) =>
      ANSWERS.story.safeParse(await ask({ type: 'story', conversationId }, { signal })).data ?? gone,
    search: async ({ text, since, hit, progress }, signal) => {
      const part = (given: unknown): void => {
        const found = partSchema.safeParse(given).data;
        if (found !== undefined && 'hit' in found) hit(found.hit);
        else if (found !== undefined) progress(found.progress);
      };
      const end = await ask({ type: 'search', text, since }, { signal, part });
      return ANSWERS.search.safeParse(end).data ?? { why: signal.aborted ? 'cancelled' : 'time', unread: [] };
    },
    callOf: async ({ signalId }) => ANSWERS.callOf.safeParse(await ask({ type: 'callOf', signalId })).data ?? null,
  };

  function factName(fact: Call | Interruption) {
    if ('startNs' in fact) return callName(fact);
    return fact.interruptionId === null ? null : { interruptionId: fact.interruptionId };
  }
}

/** Events of other versions may lack what a listener words: what fails here is not shown, and nothing else fails. */
function tell(listeners: Iterable<(event: EngineEvent) => void>, event: unknown): void {
  if (typeof event !== 'object' || event === null || !('type' in event)) return;
  for (const listener of listeners) {
    try {
      listener(event as EngineEvent);
    } catch {
      // See above.
    }
  }
}
