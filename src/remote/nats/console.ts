/**
 * A console of a fleet: the sum of all hosts that the broker shows, and on demand one of them whole. Hosts are heard by their
 * summaries; one that is silent is shown as it was, with the time. What comes is bounded and checked: another peer of the
 * broker may send anything.
 */
import { KvWatchInclude, Kvm } from '@nats-io/kv';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Action, ActionResult } from '../../core/actions.ts';
import type { Result } from '../../core/result.ts';
import type { Figures } from '../../core/model/meters/figures.ts';
import type { Mono, Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import type { EngineName, EngineView, FleetHost } from '../../engine/types.ts';
import { wordTwin } from '../../wording/fleet.ts';
import { actionResult } from '../answers.ts';
import { attach, type AttachProblem, type RemoteEngine } from '../client.ts';
import { createBudget } from '../host.ts';
import { patched, PatchError } from '../patch.ts';
import { viewSchema } from '../view-schema.ts';
import { encodeValue, MAX_VIEW_BYTES } from '../wire.ts';
import { type Broker, type BrokerOptions, openBroker } from './broker.ts';
import { createEventReader, type EventReader } from './event-reader.ts';
import { createMerge, type Heard } from './merge.ts';
import { figuresSchema, type Triage } from './summary.ts';
import {
  MAX_ASKED,
  MAX_MESSAGE_BYTES,
  type Now,
  readActed,
  readAsked,
  readNow,
  readPresence,
  readWhole,
  textOf,
} from './messages.ts';
import { openSession } from './session.ts';
import { ASKED, hostOf, inboxOf, isToken, type Look, PRESENCE_BUCKET, subjectsOf } from './subjects.ts';

/** Hosts that are followed at most; more are counted. */
const MAX_HOSTS = 2_000;
/** A host without a sign of life for this long is unseen, ms: three of them were missed. */
const UNSEEN_MS: Ms = 16_000;
/** Least time between two requests for one host's whole summary, and how long an answer may take, ms. */
const ASK_MS: Ms = 2_000;
/** Least time between two requests for what was asked on one host, ms. */
const TEXTS_MS: Ms = 5_000;
/** The time after which a bucket that was not there is looked for again, ms. */
const BUCKET_MS: Ms = 10_000;
/** Rows of one list of a summary, at most; a host sends far fewer. */
const MAX_ROWS = 1_000;
/** Bytes of patches after which the whole is asked for again: patches could add what nothing shows, for ever. */
const MAX_GROWTH = 8 * MAX_MESSAGE_BYTES;
/** The time for which an action is meant, and how long its answer may take, ms. */
const ACTION_MS: Ms = 10_000;
const ANSWER_MS: Ms = 60_000;
/** Turns that two runs of one host take until it is clear that none gives way: where one does, it is heard once at most. */
const CONTESTED_TURNS = 2;
/** Clocks that differ by less are taken for the same, and so is a change of the difference, ms. */
const SAME_CLOCK_MS: Ms = 2_000;
/** Time in which changes gather for one frame, ms. */
const FRAME_MS: Ms = 200;
/** Subjects that were refused and are remembered. */
const MAX_REFUSED = 256;

export type FleetDeps = {
  readonly broker: BrokerOptions;
  /** The operator's token in subjects. */
  readonly user: string;
  readonly version: string;
  /** Asks hosts for prompts and answers. */
  readonly content: boolean;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly triage: Triage;
  readonly talk: (line: string) => void;
  /** A line of `sightline.event/1` of a host, as JSON text. */
  readonly event: (host: string, line: string) => void;
};

export type FleetConsole = {
  readonly store: StoreApi<EngineView>;
  /** Resolves when the hosts that answer at once have answered, or the broker does not. */
  readonly ready: Promise<void>;
  /** Brings the view up to date: hosts that fell silent, and the clock. */
  readonly commit: () => void;
  /** Shows one host whole. */
  readonly open: (host: string) => Promise<Result<RemoteEngine, AttachProblem>>;
  /** Acts on a host, by the state that is shown of it. */
  readonly act: (host: string, action: Action) => Promise<ActionResult>;
  readonly connection: () => NatsConnection | null;
  readonly close: () => Promise<void>;
};

/** The state of a host as the console knows it. */
type Known = {
  readonly name: string;
  readonly isWithinBudget: () => boolean;
  engine: EngineName | null;
  run: string;
  /** The run that was heard last, the one before it, and how often they took turns. */
  heardRun: string;
  formerRun: string;
  turns: number;
  /** Another engine of its name that it refused, and when that was heard last. */
  rival: EngineName | null;
  rivalMono: Mono;
  /** The last time that two engines published under its name at once. */
  contestedMono: Mono;
  seq: number;
  document: unknown;
  view: EngineView | null;
  mode: EngineView['mode'];
  trouble: number;
  waiting: number;
  figures: Figures | null;
  hasContent: boolean;
  /** The prompts of its conversations, where they may be shown here; and the rows for which they were requested. */
  asked: ReadonlyMap<string, string | null>;
  askedRows: ReadonlyMap<string, number>;
  askedTextMono: Mono;
  growth: number;
  askedMono: Mono;
  /** Our clock when it was heard last, and its clock less ours. */
  heardMono: Mono;
  heardAt: Ms;
  skewMs: number;
  heard: Heard | null;
};

/** Opens a console; it shows what comes from the first moment on. */
export function openFleet(deps: FleetDeps): FleetConsole {
  return new Fleet(deps).opened();
}

class Fleet {
  readonly #deps: FleetDeps;
  readonly #hosts = new Map<string, Known>();
  readonly #merge: ReturnType<typeof createMerge>;
  readonly #broker: Broker;
  readonly #store: StoreApi<EngineView>;
  readonly #refused = new Set<string>();
  readonly #events: EventReader;
  readonly #ready = Promise.withResolvers<undefined>();
  readonly #more = new Set<string>();
  #lostSince: Ms | null;
  #isDirty = true;
  #cancelFrame: (() => void) | null = null;
  #shown: readonly Heard[] = [];

  constructor(deps: FleetDeps) {
    const { clock, broker, user, talk } = deps;
    this.#deps = deps;
    this.#merge = createMerge(deps.triage);
    this.#events = createEventReader(deps);
    this.#lostSince = clock.now();
    this.#store = createStore<EngineView>(() => this.#sum());
    this.#broker = openBroker(broker, {
      clock,
      name: `sightline console ${user}`,
      inbox: inboxOf('user', user),
      talk: (line) => {
        if (line.includes('cannot be reached')) this.#ready.resolve(undefined);
        talk(line);
      },
      up: (connection, isNew) => this.#up(connection, isNew),
      down: () => {
        this.#lostSince = clock.now();
        this.#isDirty = true;
        this.commit();
      },
      refused: (subject) => {
        if (this.#refused.size < MAX_REFUSED) this.#refused.add(subject);
        // The answer to the operator says it.
        return subject.split('.')[2] === 'act';
      },
    });
  }

  opened(): FleetConsole {
    return {
      store: this.#store,
      ready: this.#ready.promise,
      commit: () => this.commit(),
      open: (host) => this.#open(host),
      act: (host, action) => this.#act(host, action),
      connection: () => this.#broker.connection(),
      close: () => {
        this.#cancelFrame?.();
        this.#events.close();
        return this.#broker.close();
      },
    };
  }

  commit(): void {
    const { clock } = this.#deps;
    const mono = clock.mono();
    for (const host of this.#hosts.values()) {
      if (host.heard === null) continue;
      const isOld = host.heard.isUnseen !== this.#isUnseen(host, mono);
      if (isOld || (host.heard.twin === null) !== (this.#twinOf(host, mono) === null)) this.#changed(host);
    }
    if (this.#isDirty) this.#store.setState(this.#sum(), true);
    else this.#store.setState({ ...this.#store.getState(), at: clock.now() }, true);
  }

  #isUnseen({ heardMono }: Known, mono: Mono): boolean {
    return mono - heardMono > UNSEEN_MS;
  }

  #sum(): EngineView {
    const { clock, version, broker } = this.#deps;
    const mono = clock.mono();
    if (this.#isDirty) this.#shown = [...this.#hosts.values()].map((host) => (host.heard ??= this.#heard(host, mono)));
    this.#isDirty = false;
    const fleet = {
      broker: broker.url.replace(/^\w+:\/\//u, ''),
      lostSince: this.#lostSince,
      more: this.#more.size,
      hasTexts: this.#deps.content && [...this.#hosts.values()].some(({ hasContent }) => hasContent),
    };
    return this.#merge(this.#shown, fleet, { at: clock.now(), version });
  }

  #heard(host: Known, mono: Mono): Heard {
    const { name, engine, view, mode, trouble, waiting, figures, asked, heardAt, skewMs } = host;
    const isUnseen = this.#isUnseen(host, mono);
    const twin = this.#twinOf(host, mono);
    return { name, engine, view, mode, trouble, waiting, figures, asked, heardAt, skewMs, isUnseen, twin };
  }

  #twinOf({ rival, rivalMono, contestedMono }: Known, mono: Mono): FleetHost['twin'] {
    if (mono - contestedMono <= UNSEEN_MS) return { refused: null };
    return rival !== null && mono - rivalMono <= UNSEEN_MS ? { refused: rival } : null;
  }

  // The changes of some moments are one frame.
  #changed(host: Known): void {
    host.heard = null;
    this.#isDirty = true;
    this.#cancelFrame ??= this.#deps.clock.after(FRAME_MS, () => {
      this.#cancelFrame = null;
      this.commit();
    });
  }

  // ---------------------------------------------------------------- the broker

  #up(connection: NatsConnection, isNew: boolean): void {
    this.#lostSince = null;
    this.#isDirty = true;
    this.#events.follow(connection);
    if (!isNew) {
      // What went by meanwhile is in the whole.
      for (const host of this.#hosts.values()) void this.#ask(host);
      return;
    }
    const every = subjectsOf('*');
    const on = (subject: string, take: (host: string, message: Msg) => void): void => {
      connection.subscribe(subject, {
        callback: (error, message) => {
          const host = error === null ? hostOf(message.subject) : null;
          if (host !== null && message.data.length <= MAX_MESSAGE_BYTES) take(host, message);
        },
      });
    };
    on(every.now, (host, message) => this.#now(host, message));
    void this.#readPresence(connection);
  }

  async #readPresence(connection: NatsConnection): Promise<void> {
    const asked: Promise<void>[] = [];
    try {
      const kv = await new Kvm(connection).open(PRESENCE_BUCKET, { bindOnly: true });
      const watch = await kv.watch({ include: KvWatchInclude.LastValue });
      let isPast = true;
      const past = Promise.withResolvers<undefined>();
      // A bucket without entries has no first one.
      const cancel = this.#deps.clock.after(ASK_MS, () => past.resolve(undefined));
      void (async () => {
        for await (const entry of watch) {
          if (entry.operation !== 'PUT') this.#left(entry.key);
          else {
            const host = this.#present(entry.key, entry.value, entry.created.getTime());
            if (host !== null && isPast) asked.push(this.#ask(host));
          }
          if (entry.delta === 0) past.resolve(undefined);
        }
      })().catch(() => undefined);
      await past.promise;
      cancel();
      isPast = false;
    } catch {
      // Until there is a bucket, hosts are found by their signs of life.
      this.#deps.clock.after(BUCKET_MS, () => {
        if (this.#broker.connection() === connection) void this.#readPresence(connection);
      });
    }
    await Promise.allSettled(asked);
    this.commit();
    this.#ready.resolve(undefined);
  }

  #present(name: string, value: Uint8Array, createdAt: Ms): Known | null {
    const presence = readPresence(value);
    if (presence === null) return null;
    const host = this.#known(name);
    if (host === null) return null;
    const isFirst = host.engine === null;
    host.mode = presence.mode;
    if (isFirst) {
      host.engine = presence.engine;
      host.heardAt = Math.min(createdAt, this.#deps.clock.now());
    }
    this.#changed(host);
    return host;
  }

  // It said that it ends.
  #left(name: string): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    this.#hosts.delete(name);
    this.#isDirty = true;
  }

  #known(name: string): Known | null {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    if (!isToken(name)) return null;
    if (this.#hosts.size >= MAX_HOSTS) {
      if (this.#more.size < MAX_HOSTS) this.#more.add(name);
      return null;
    }
    const host: Known = {
      name,
      isWithinBudget: createBudget(this.#deps.clock),
      engine: null,
      run: '',
      heardRun: '',
      formerRun: '',
      turns: 0,
      rival: null,
      rivalMono: -Infinity,
      contestedMono: -Infinity,
      seq: 0,
      document: null,
      view: null,
      mode: 'observe',
      trouble: 0,
      waiting: 0,
      figures: null,
      hasContent: false,
      asked: new Map(),
      askedRows: new Map(),
      askedTextMono: -Infinity,
      growth: 0,
      askedMono: -Infinity,
      heardMono: -Infinity,
      heardAt: this.#deps.clock.now(),
      skewMs: 0,
      heard: null,
    };
    this.#hosts.set(name, host);
    this.#isDirty = true;
    return host;
  }

  // ---------------------------------------------------------------- summaries

  #now(name: string, { data }: Msg): void {
    const before = this.#hosts.get(name);
    if (before?.isWithinBudget() === false) return;
    const now = before === undefined && this.#hosts.size >= MAX_HOSTS ? null : readNow(data);
    if (now?.ended === true) return this.#ended(name, now.run);
    const host = this.#known(name);
    if (now === null || host === null) return;
    if (now.refused !== undefined) return this.#rivalOf(host, now.refused);
    this.#takesTurn(host, now.run);
    this.#hear(host, now.at);
    if (now.run === host.run && now.seq <= host.seq) return this.#changed(host);
    host.growth += data.length;
    if (this.#follows(host, now)) return this.#changed(host);
    void this.#ask(host);
  }

  #ended(name: string, run: string): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    if (run === host.run) return this.#left(name);
    if (run === host.rival?.run) host.rivalMono = -Infinity;
    this.#changed(host);
  }

  #rivalOf(host: Known, rival: EngineName): void {
    const { clock, talk } = this.#deps;
    if (this.#twinOf(host, clock.mono())?.refused?.run !== rival.run) talk(`${host.name}: ${wordTwin(rival)}`);
    host.rival = rival;
    host.rivalMono = clock.mono();
    host.contestedMono = -Infinity;
    host.turns = 0;
    this.#changed(host);
  }

  // A run that is heard again after another one: of two engines, neither gives way.
  #takesTurn(host: Known, run: string): void {
    const { clock, talk } = this.#deps;
    if (run === host.heardRun) return;
    host.turns = run === host.formerRun ? host.turns + 1 : 0;
    host.formerRun = host.heardRun;
    host.heardRun = run;
    if (host.turns < CONTESTED_TURNS) return;
    if (this.#twinOf(host, clock.mono()) === null) talk(`${host.name}: ${wordTwin(null)}`);
    host.contestedMono = clock.mono();
    this.#changed(host);
  }

  // True where the change leads from what is here to the next summary.
  #follows(host: Known, { run, seq, patch }: Now): boolean {
    if (run !== host.run || seq !== host.seq + 1 || patch === undefined || host.growth > MAX_GROWTH) return false;
    try {
      const document = patched(host.document, patch, MAX_ROWS);
      if (!this.#take(host, document)) return false;
      host.seq = seq;
      return true;
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      return false;
    }
  }

  #hear(host: Known, at: Ms): void {
    const { clock } = this.#deps;
    host.heardMono = clock.mono();
    host.heardAt = clock.now();
    const skewMs = at - host.heardAt;
    const exact = Math.abs(skewMs) < SAME_CLOCK_MS ? 0 : skewMs;
    if (Math.abs(exact - host.skewMs) >= SAME_CLOCK_MS) host.skewMs = exact;
    void this.#askTexts(host);
  }

  #take(host: Known, document: unknown): boolean {
    if (typeof document !== 'object' || document === null || !('view' in document)) return false;
    const { view, trouble, waiting, figures } = document as Readonly<Record<string, unknown>>;
    const parsed = viewSchema.safeParse(view);
    if (!parsed.success) return false;
    host.document = document;
    host.view = parsed.data;
    host.mode = parsed.data.mode;
    host.trouble = countOf(trouble);
    host.waiting = countOf(waiting);
    host.figures = figuresSchema.parse(figures ?? null);
    void this.#askTexts(host);
    return true;
  }

  async #ask(host: Known): Promise<void> {
    const { clock, user } = this.#deps;
    const connection = this.#broker.connection();
    if (connection === null || clock.mono() - host.askedMono < ASK_MS) return;
    host.askedMono = clock.mono();
    try {
      const { data } = await connection.request(subjectsOf(host.name).whole(user), '', { timeout: ASK_MS });
      const whole = readWhole(data);
      if (whole === null) return;
      host.hasContent = whole.content;
      if (!this.#take(host, whole.document)) return;
      host.engine = whole.engine;
      if (whole.rival !== null) this.#rivalOf(host, whole.rival);
      host.run = whole.engine.run;
      host.seq = whole.seq;
      host.growth = 0;
      this.#hear(host, whole.at);
      this.#changed(host);
    } catch {
      // It is not there, or may not be asked; its next sign of life is another occasion.
    }
  }

  // Of the conversations with a new call since they were asked for; a summary holds no text.
  async #askTexts(host: Known): Promise<void> {
    const { clock, user, content } = this.#deps;
    const connection = this.#broker.connection();
    const isSoon = clock.mono() - host.askedTextMono < TEXTS_MS;
    if (!content || !host.hasContent || host.view === null || connection === null || isSoon) return;
    const rows = new Map(host.view.model.conversations.map((row) => [row.conversationId, row.totals.calls]));
    const ids = [...rows].filter(([id, calls]) => host.askedRows.get(id) !== calls).map(([id]) => id);
    if (ids.length === 0) return;
    host.askedTextMono = clock.mono();
    try {
      const subject = subjectsOf(host.name).ask(user, 'content', ASKED);
      const { data } = await connection.request(subject, encodeValue({ ids: ids.slice(0, MAX_ASKED) }), {
        timeout: ASK_MS,
      });
      const { asked } = readAsked(data) ?? { asked: [] };
      const known = new Map([...host.asked, ...asked]);
      host.asked = new Map([...known].filter(([id]) => rows.has(id)));
      host.askedRows = rows;
      this.#changed(host);
    } catch {
      // It may not be asked for that; rows are known by their ids then.
    }
  }

  // ---------------------------------------------------------------- one host

  async #open(name: string): Promise<Result<RemoteEngine, AttachProblem>> {
    const { clock, user, version, content, newId } = this.#deps;
    const connection = this.#broker.connection();
    if (connection === null) return { ok: false, reason: 'closed' };
    const look: Look = content && this.#hosts.get(name)?.hasContent === true ? 'content' : 'view';
    const id = newId();
    const subjects = subjectsOf(name);
    const session = openSession({
      clock,
      maxLine: MAX_VIEW_BYTES,
      send: (message) => this.#broker.publish(subjects.ask(user, look, id), message),
    });
    const subscription = connection.subscribe(subjects.to(user, id), {
      callback: (error, message) => {
        if (error === null) session.receive(textOf(message.data));
      },
    });
    session.channel.onClose(() => {
      subscription.unsubscribe();
    });
    const opened = await attach(session.channel, { clock, version, who: { user, tty: null }, newId });
    if (!opened.ok) return opened;
    // It looks in by a session, and acts by a subject of its own.
    return { ok: true, value: { ...opened.value, dispatch: (action) => this.#act(name, action) } };
  }

  async #act(name: string, action: Action): Promise<ActionResult> {
    const { clock, user, newId } = this.#deps;
    const host = this.#hosts.get(name);
    const connection = this.#broker.connection();
    if (host === undefined || connection === null || host.run === '')
      return { ok: false, reason: { code: 'engine_gone' } };
    // The answer could be of the one, and the action of the other.
    if (clock.mono() - host.contestedMono <= UNSEEN_MS) return { ok: false, reason: { code: 'two_hosts', host: name } };
    const { by: _, ...plain } = action;
    const { run, seq: revision, skewMs } = host;
    // By its own clock: ours may be minutes away.
    const until = clock.now() + (skewMs === 0 ? 0 : skewMs) + ACTION_MS;
    const subject = subjectsOf(name).act(user);
    this.#refused.delete(subject);
    const request = encodeValue({ type: 'act', id: newId(), run, until, revision, action: plain });
    try {
      const { data } = await connection.request(subject, request, { timeout: ANSWER_MS });
      return actionResult.safeParse(readActed(data)).data ?? { ok: false, reason: { code: 'engine_gone' } };
    } catch (error) {
      const isForbidden = this.#refused.has(subject) || (error instanceof Error && /permission/iu.test(error.message));
      return { ok: false, reason: { code: isForbidden ? 'not_permitted' : 'engine_gone' } };
    }
  }
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}
