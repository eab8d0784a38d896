import type { ActionResult, Operator } from '../core/actions.ts';
import { hasChangedFiles } from '../core/checkpointer-reasons.ts';
import type { Ms } from '../core/units.ts';
import type { Clock } from '../effects/clock.ts';
import type { Engine, EngineEvent, EngineName, EngineView } from '../engine/types.ts';
import type { Channel } from './channel.ts';
import { diffOf, type Patch } from './patch.ts';
import { answer, type QueryControl, type Watch, watchedValue } from './requests.ts';
import { type Claim, decodeRequest, encode, type Farewell, type Reply, type Request, WIRE_VERSION } from './wire.ts';

/** Consoles at a time: each costs a comparison of the view for each frame. */
const MAX_CONSOLES = 16;
/** Of those that may only look; they are counted apart, so that they take no operator's place. */
const MAX_VIEWERS = 8;
/** Requests of one console: so many at once, and so many more each second. A person does not reach a tenth of it. */
const BURST = 200;
const REQUESTS_PER_SECOND = 100;
/** Queries of one console that wait for their answers at a time. */
const MAX_ASKED = 32;
/** A console that takes nothing for this long is dropped, ms. */
const STALLED_MS: Ms = 10_000;
/** The time after which a console that has sent no hello is dropped, ms. */
const HELLO_MS: Ms = 5_000;
/** Answers that are remembered, so that a repeated action acts once. */
const MAX_ANSWERS = 1_000;
/** Least time between two frames for a console, ms. */
const FRAME_MS: Ms = 33;

export type HostDeps = {
  readonly engine: Pick<Engine, 'store' | 'dispatch' | 'queries' | 'calls' | 'listen' | 'commit' | 'pace'>;
  readonly name: EngineName;
  readonly clock: Clock;
};

/** An engine as others see it. */
export type Host = {
  /**
   * Shows the engine to the console at the other end. `isReadOnly` grants it no action; `mayAct` false none by this channel,
   * where another way decides that.
   */
  readonly serve: (channel: Channel, rights?: { readonly isReadOnly: boolean; readonly mayAct?: boolean }) => void;
  /** Says goodbye to every console. */
  readonly close: () => void;
};

/** The content of a console: the view, and by its key what it watches beyond it. */
export type Document = { readonly view: EngineView; readonly watched: Readonly<Record<string, unknown>> };

/** The key of a watched thing in the document. */
export function keyOf(watch: Watch): string {
  return JSON.stringify(watch);
}

/** Makes an engine known to consoles. What one of them does wrong ends its own connection only. */
export function createHost(deps: HostDeps): Host {
  const consoles = new Set<Served>();
  const viewers = new Set<Served>();
  const act = createActor(deps);
  const changeOf = createChanges();
  return {
    serve: (channel, { isReadOnly, mayAct = !isReadOnly } = { isReadOnly: false }) => {
      const served = isReadOnly ? viewers : consoles;
      if (served.size >= (isReadOnly ? MAX_VIEWERS : MAX_CONSOLES)) {
        channel.send(encode({ type: 'bye', reason: 'too_many_consoles' }));
        return channel.close();
      }
      const one = new Served(channel, deps, { isReadOnly, act: mayAct ? act : refuseAction, changeOf });
      served.add(one);
      channel.onClose(() => served.delete(one));
    },
    close: () => {
      for (const one of [...consoles, ...viewers]) one.end('engine_ended');
    },
  };
}

/** Runs the action of a request for who asks. */
export type Act = (request: Request & { readonly type: 'act' }, by: Operator) => Promise<ActionResult>;

const refuseAction: Act = () => Promise.resolve({ ok: false, reason: { code: 'read_only' } });

/** Acts once for each id, on the run that is meant, while it is meant. */
export function createActor({
  engine,
  name,
  clock,
}: Pick<HostDeps, 'name' | 'clock'> & { readonly engine: Pick<Engine, 'dispatch'> }): Act {
  const answers = new Map<string, Promise<ActionResult>>();
  return ({ id, run, until, action }, by) => {
    const known = answers.get(id);
    if (known !== undefined) return known;
    const result = decide();
    answers.set(id, result);
    const [oldest] = answers.keys();
    if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
    return result;

    function decide(): Promise<ActionResult> {
      if (run !== name.run) return Promise.resolve({ ok: false, reason: { code: 'other_run' } });
      if (clock.now() > until) return Promise.resolve({ ok: false, reason: { code: 'too_late' } });
      return engine.dispatch({ ...action, by });
    }
  };
}

type Rights = { readonly isReadOnly: boolean; readonly act: Act; readonly changeOf: ReturnType<typeof createChanges> };

/** Returns the change between two views; of one pair it is found once, for most consoles are at the same moment. */
function createChanges() {
  let last: { readonly before: EngineView; readonly after: EngineView; readonly patch: Patch | null } | null = null;
  return (before: EngineView, after: EngineView): Patch | null => {
    if (last?.before !== before || last.after !== after) last = { before, after, patch: diffOf(before, after) };
    return last.patch;
  };
}

/** The connection of one console. */
class Served {
  readonly #channel: Channel;
  readonly #deps: HostDeps;
  readonly #rights: Rights;
  readonly #details: ReturnType<typeof createDetails>;
  /** The requests that run for it: they end with it. */
  readonly #asked = new Map<string, AbortController>();
  readonly #ends: (() => void)[] = [];
  #who: Claim | null = null;
  #watched: readonly Watch[] = [];
  #sent: Document | null = null;
  #seq = 0;
  #isOver = false;
  #stalled: (() => void) | null = null;

  constructor(channel: Channel, deps: HostDeps, rights: Rights) {
    this.#channel = channel;
    this.#deps = deps;
    this.#rights = rights;
    this.#details = createDetails(deps.engine);
    const isWithinBudget = createBudget(deps.clock);
    this.#ends.push(deps.clock.after(HELLO_MS, () => this.#who ?? this.end('bad_frame')));
    channel.onLine((line) => {
      if (this.#isOver) return;
      if (!isWithinBudget()) return this.end('too_many_requests');
      const request = decodeRequest(line);
      if (request.ok) this.#handle(request.value);
      else this.end('bad_frame');
    });
    channel.onDrain(() => {
      this.#stalled?.();
      this.#stalled = null;
      this.#update();
    });
    channel.onClose(() => this.#stop());
  }

  /** Says why, and hangs up. */
  end(reason: Farewell): void {
    if (this.#isOver) return;
    this.#send({ type: 'bye', reason, wire: WIRE_VERSION });
    this.#channel.close();
    this.#stop();
  }

  #stop(): void {
    this.#isOver = true;
    for (const abort of this.#asked.values()) abort.abort();
    for (const undo of this.#ends.splice(0)) undo();
    this.#stalled?.();
  }

  #send(reply: Reply): void {
    this.#channel.send(encode(reply));
  }

  // A slow console gets fewer patches, each of which leads to the present; nothing waits for it.
  #update(): void {
    if (this.#who === null || this.#isOver) return;
    if (this.#channel.isFull()) {
      this.#stalled ??= this.#deps.clock.after(STALLED_MS, () => this.end('too_slow'));
      return;
    }
    const document: Document = { view: this.#deps.engine.store.getState(), watched: this.#details(this.#watched) };
    const patch = this.#sent === null ? null : this.#change(this.#sent, document);
    if (this.#sent === null) this.#send({ type: 'whole', seq: (this.#seq += 1), document });
    else if (patch !== null) this.#send({ type: 'patch', seq: (this.#seq += 1), patch });
    this.#sent = document;
  }

  #change(before: Document, after: Document): Patch | null {
    const view = this.#rights.changeOf(before.view, after.view);
    const watched = diffOf(before.watched, after.watched);
    if (view === null && watched === null) return null;
    return { in: { ...(view !== null && { view }), ...(watched !== null && { watched }) } };
  }

  #handle(request: Request): void {
    if (request.type === 'hello') return this.#who === null ? this.#greet(request) : this.end('bad_frame');
    if (this.#who === null) return this.end('bad_frame');
    switch (request.type) {
      case 'watch':
        this.#watched = request.watched;
        return this.#update();
      case 'resync':
        this.#sent = null;
        return this.#update();
      case 'ask':
        return this.#ask(request);
      case 'cancel':
        return this.#asked.get(request.id)?.abort();
      case 'act':
        // What came of it is shown at once, to everybody.
        void this.#answer(request.id, this.#rights.act(request, { ...this.#who, claimed: true })).then(
          this.#deps.engine.commit,
        );
    }
  }

  #greet({ wire, who }: Request & { readonly type: 'hello' }): void {
    if (wire !== WIRE_VERSION) return this.end('wire_version');
    const { engine, name } = this.#deps;
    this.#who = who;
    this.#send({ type: 'welcome', wire: WIRE_VERSION, engine: name, isReadOnly: this.#rights.isReadOnly });
    this.#ends.push(
      engine.pace(FRAME_MS),
      engine.store.subscribe(() => this.#update()),
      engine.listen((event) => {
        const shown = eventFor(event, who);
        if (shown !== null && !this.#channel.isFull()) this.#send({ type: 'event', event: shown });
      }),
    );
    engine.commit();
    if (this.#sent === null) this.#update();
  }

  #ask({ id, query }: Request & { readonly type: 'ask' }): void {
    if (this.#asked.size >= MAX_ASKED || this.#asked.has(id)) return this.end('too_many_requests');
    const abort = new AbortController();
    this.#asked.set(id, abort);
    const part = (found: unknown): void => {
      // A slow console misses hits; the engine keeps its pace.
      if (!this.#isOver && !this.#channel.isFull()) this.#send({ type: 'part', id, part: found });
    };
    const control: QueryControl = {
      signal: abort.signal,
      hit: (hit) => part({ hit }),
      progress: (progress) => part({ progress }),
    };
    void this.#answer(id, answer(this.#deps.engine, query, control)).then(() => this.#asked.delete(id));
  }

  async #answer(id: string, result: Promise<unknown>): Promise<void> {
    const value = await result.catch(() => ({ ok: false, reason: { code: 'stopping' } }));
    if (!this.#isOver) this.#send({ type: 'answer', id, answer: value });
  }
}

/**
 * An event as a console shows it: what was refused concerns the one who asked alone, who knows who that was. What has
 * changed files in part concerns everybody.
 */
function eventFor(event: EngineEvent, { user, tty }: Claim): EngineEvent | null {
  if (event.type !== 'notice' || event.notice.type !== 'refused' || event.notice.by === undefined) return event;
  if (hasChangedFiles(event.notice.reason)) return event;
  const { by, ...notice } = event.notice;
  return by.claimed && by.user === user && by.tty === tty ? { ...event, notice } : null;
}

/** Counts requests; false for one too many. */
export function createBudget(clock: Clock): () => boolean {
  let left = BURST;
  let since = clock.mono();
  return () => {
    const now = clock.mono();
    left = Math.min(BURST, left + ((now - since) * REQUESTS_PER_SECOND) / 1000);
    since = now;
    left -= 1;
    return left >= 0;
  };
}

type Detail = { readonly value: unknown; readonly of: unknown };

/** Returns what is watched, made again only where what it rests on has changed: an agent's details go over all of its calls. */
function createDetails(engine: Pick<Engine, 'store' | 'queries' | 'calls'>) {
  let known = new Map<string, Detail>();
  const detail = (watch: Watch, view: EngineView, before: Detail | undefined): Detail => {
    const row = watch.type === 'agent' ? view.model.agents.find(({ name }) => name === watch.agent) : undefined;
    return row !== undefined && before?.of === row ? before : { value: watchedValue(engine, watch), of: row };
  };
  return (watched: readonly Watch[]): Document['watched'] => {
    const view = engine.store.getState();
    known = new Map(
      watched.map((watch) => {
        const key = keyOf(watch);
        return [key, detail(watch, view, known.get(key))];
      }),
    );
    return Object.fromEntries([...known].map(([key, { value }]) => [key, value]));
  };
}
