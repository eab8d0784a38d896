/**
 * An engine as the consoles of a fleet see it: its summary and its events go out, consoles look in, and operators act whom
 * the broker lets act. Nothing here is waited for: while the broker is away the engine acts as it always does.
 */
import { jetstream, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Mono, Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Engine, EngineName } from '../../engine/types.ts';
import { createActor, createBudget, createHost, type Host } from '../host.ts';
import { diffOf } from '../patch.ts';
import { decodeRequest, encodeValue, MAX_REQUEST_BYTES } from '../wire.ts';
import { type BrokerOptions, openBroker, reasonOf } from './broker.ts';
import { withoutContent } from './content.ts';
import { createEventQueue } from './event-queue.ts';
import { claimName, type Claim } from './claim.ts';
import { MAX_MESSAGE_BYTES, readNow, textOf } from './messages.ts';
import { openSession, type Session } from './session.ts';
import { EVENTS_STREAM, inboxOf, isToken, type Look, PRESENCE_BUCKET, subjectsOf } from './subjects.ts';
import { type Summary, summaryOf, type Triage } from './summary.ts';

/** Least time between two summaries, ms: a person sees no more, and the calls of a second share one patch. */
const SUMMARY_MS: Ms = 1_000;
/** Least time between two counts of money and tokens, ms: they change with each call, and would be in each patch. */
const FIGURES_MS: Ms = 5_000;
/** The time after which an unchanged host gives a sign of life, ms. */
const ALIVE_MS: Ms = 5_000;
/** The time after which the presence in the bucket is renewed, ms; the bucket forgets a host after `FORGOTTEN_NS`. */
const PRESENCE_MS: Ms = 60_000;
const FORGOTTEN_MS: Ms = 7 * 86_400_000;
/** The time after which a stream or bucket that could not be made is tried again, ms; doubled up to `PRESENCE_MS`. */
const SET_UP_AGAIN_MS: Ms = 5_000;
/** Time in which an engine that may be meant instead tells that it is there, ms. */
const TELL_MS: Ms = 1_000;
/** The server's code for a stream that is there with limits of the operator's own (`JSStreamNameExistErr`). */
const OTHER_LIMITS = 10058;
/** Consoles that look in at a time, of one user, and of all. */
const MAX_SESSIONS_OF_USER = 4;
const MAX_SESSIONS = 32;
/** Users of which requests are counted. */
const MAX_USERS = 256;
/** The oldest state by which an operator may act, ms, and how many are remembered. */
const OLDEST_VIEW_MS: Ms = 30_000;
const MAX_REVISIONS = 120;
/** The longest time for which an action may be meant, ms. */
const MAX_VALID_MS: Ms = 60_000;
/** The stream's limits, where this host makes it: what it keeps of all hosts, and for how long. */
const KEPT_MS: Ms = 86_400_000;
const KEPT_BYTES = 256 * 1024 * 1024;
const NS_PER_MS = 1_000_000;

export type FleetHostDeps = {
  readonly engine: Engine;
  readonly name: EngineName;
  /** The token of this host in subjects. */
  readonly host: string;
  readonly broker: BrokerOptions;
  /** Consoles may ask for prompts and answers. */
  readonly content: boolean;
  readonly clock: Clock;
  readonly triage: Triage;
  readonly talk: (line: string) => void;
};

/** A line of `sightline.event/1`. */
type EventLine = Readonly<Record<string, unknown>> & { readonly seq: number; readonly kind: string };

/** A host on a broker. */
export type FleetHost = {
  readonly event: (line: EventLine) => void;
  readonly close: () => Promise<void>;
};

/** Shows an engine to the consoles of a fleet, and to its operators. */
export function publishHost(deps: FleetHostDeps): FleetHost {
  const { clock, host, name, talk } = deps;
  const subjects = subjectsOf(host);
  const broker = openBroker(deps.broker, {
    clock,
    name: `sightline ${host}`,
    inbox: inboxOf('host', host),
    talk,
    up: (connection, isNew) => {
      if (isNew) listen(connection);
      setUp(connection);
      claim.isBack();
      summary.publish(true);
    },
    down: () => doors.close(),
  });
  const claim = claimName({
    clock,
    name,
    host,
    talk,
    announce: () => {
      summary.publish(true);
      presence.renew();
    },
    refused: (message) => broker.publish(subjects.now, encodeValue(message)),
    changed: (isOurs) => {
      if (!isOurs) return doors.close();
      summary.publish(true);
      presence.renew();
      events.go();
    },
  });
  const events = createEventQueue({
    clock,
    talk,
    reasonOf,
    send: ({ subject, id, body }) => {
      const connection = broker.connection();
      return connection === null || !claim.isOurs()
        ? null
        : jetstream(connection).publish(subject, body, { msgID: id });
    },
  });
  const summary = createSummary(deps, claim, (message) => broker.publish(subjects.now, message));
  const presence = createPresence(deps, () => (claim.isOurs() ? broker.connection() : null));
  const doors = createDoors(deps, broker.publish);
  const act = createDoorForActions(deps, summary, claim);
  let cancelSetUp = (): void => undefined;
  // A server that has just started, or is busy, may not answer: it is asked again while this connection is up.
  const setUp = (connection: NatsConnection, waitMs: Ms = SET_UP_AGAIN_MS): void => {
    cancelSetUp();
    void prepare(connection).then((isThere) => {
      if (broker.connection() !== connection) return;
      presence.renew();
      events.go();
      const nextMs = Math.min(2 * waitMs, PRESENCE_MS);
      if (!isThere) cancelSetUp = clock.after(waitMs, () => setUp(connection, nextMs));
    });
  };
  // What others send is a message of anybody's: nothing that it holds may throw.
  const listen = (connection: NatsConnection): void => {
    const on = (subject: string, take: (message: Msg) => void): void => {
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null && (claim.isOurs() || subject === subjects.now)) take(message);
        },
      });
    };
    const isAllowed = createBudgets(clock);
    on(subjects.now, ({ data }) => {
      const now = isAllowed('') ? readNow(data) : null;
      if (now !== null) claim.hear(now);
    });
    on(subjects.whole('*'), (message) => {
      if (isAllowed(userOf(message))) message.respond(summary.whole(connection.info?.max_payload ?? MAX_MESSAGE_BYTES));
    });
    on(subjects.ask('*', 'view', '*'), (message) => doors.take(message, 'view'));
    if (deps.content) on(subjects.ask('*', 'content', '*'), (message) => doors.take(message, 'content'));
    on(subjects.act('*'), (message) => {
      const user = userOf(message);
      if (!isToken(user) || !isAllowed(user)) return;
      void act(user, message.data).then((answer) => {
        if (answer !== null) message.respond(encodeValue({ answer }));
        // What came of it is shown at once, to everybody.
        deps.engine.commit();
      });
    });
  };
  const ends = [summary.follow(), presence.follow()];
  return {
    event: (line) => {
      const { user_query: _, ...facts } = line;
      const body = encodeValue(facts);
      events.add({ subject: subjects.event(line.kind), id: `${host}:${name.run}:${line.seq}`, body });
    },
    close: async () => {
      for (const end of ends) end();
      cancelSetUp();
      claim.close();
      doors.close();
      events.close();
      broker.publish(subjects.now, encodeValue({ run: name.run, seq: 0, at: clock.now(), ended: true }));
      await Promise.race([presence.leave().then(broker.close), after(clock, SUMMARY_MS)]);
    },
  };
}

function after(clock: Clock, ms: Ms): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

function userOf({ subject }: Msg): string {
  return subject.split('.')[3] ?? '';
}

/** Counts the requests of each user; those of too many users together. */
function createBudgets(clock: Clock): (user: string) => boolean {
  const budgets = new Map<string, () => boolean>();
  return (user) => {
    const key = budgets.has(user) || budgets.size < MAX_USERS ? user : '';
    const budget = budgets.get(key) ?? createBudget(clock);
    budgets.set(key, budget);
    return budget();
  };
}

/**
 * Makes the stream and the bucket where they are not there and this host may. False where one of them may be missing
 * still: another host has to make it, or the server was not ready.
 */
async function prepare(connection: NatsConnection): Promise<boolean> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const made = await Promise.allSettled([
    manager.streams.add({
      name: EVENTS_STREAM,
      subjects: [subjectsOf('*').events],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_age: KEPT_MS * NS_PER_MS,
      max_bytes: KEPT_BYTES,
    }),
    new Kvm(connection).create(PRESENCE_BUCKET, { history: 1, ttl: FORGOTTEN_MS }),
  ]);
  return made.every(
    (one) =>
      one.status === 'fulfilled' || (one.reason instanceof JetStreamApiError && one.reason.code === OTHER_LIMITS),
  );
}

// ---------------------------------------------------------------- the summary

type SummaryOfHost = {
  /** Sends what changed; `isForced`: a sign of life where nothing did. */
  readonly publish: (isForced: boolean) => void;
  /** The whole summary, as an answer of at most so many bytes. */
  readonly whole: (maxBytes: number) => string;
  /** True for a state that was there a moment ago. */
  readonly isRecent: (revision: number) => boolean;
  readonly follow: () => () => void;
};

function createSummary(
  { engine, clock, name, content, triage }: FleetHostDeps,
  claim: Claim,
  send: (message: string) => void,
): SummaryOfHost {
  let sent: Summary = summaryOf(engine.store.getState(), triage);
  let figuresMono: Mono = clock.mono();
  let seq = 1;
  let sentMono: Mono = -Infinity;
  let made: { readonly seq: number; readonly document: string } | null = null;
  const revisions = new Map<number, Mono>([[seq, clock.mono()]]);
  let cancel: (() => void) | null = null;
  const publish = (isForced: boolean): void => {
    cancel?.();
    cancel = null;
    if (!claim.isOurs()) return;
    const view = engine.store.getState();
    const mono = clock.mono();
    const isDue = mono - figuresMono >= FIGURES_MS;
    if (isDue) figuresMono = mono;
    const next = summaryOf(view, triage, isDue ? null : sent.figures);
    const patch = diffOf(sent, next);
    if (patch === null && !isForced && mono - sentMono < ALIVE_MS) return;
    if (patch !== null) seq += 1;
    sent = next;
    sentMono = mono;
    revisions.delete(seq);
    revisions.set(seq, mono);
    const [oldest] = revisions.keys();
    if (revisions.size > MAX_REVISIONS && oldest !== undefined) revisions.delete(oldest);
    const message = encodeValue({
      run: name.run,
      seq,
      at: clock.now(),
      since: claim.since,
      ...(patch !== null && { patch }),
    });
    // What no message can hold is asked for by those who need it.
    if (Buffer.byteLength(message) < MAX_MESSAGE_BYTES / 2) send(message);
  };
  const soon = (): void => {
    cancel ??= clock.after(Math.max(0, sentMono + SUMMARY_MS - clock.mono()), () => publish(false));
  };
  return {
    publish,
    whole: (maxBytes) => {
      // The time is that of the answer: a console reads the clock of the host from it.
      if (made?.seq !== seq) made = { seq, document: encodeValue(sent) };
      const head = encodeValue({ engine: name, seq, at: clock.now(), content, rival: claim.rival() }).slice(0, -1);
      const answer = `${head},"document":${made.document}}`;
      return Buffer.byteLength(answer) < maxBytes ? answer : '';
    },
    isRecent: (revision) => clock.mono() - (revisions.get(revision) ?? -Infinity) <= OLDEST_VIEW_MS,
    follow: () => {
      const ends = [engine.pace(SUMMARY_MS), engine.store.subscribe(soon), every(clock, ALIVE_MS, () => publish(true))];
      return () => {
        for (const end of ends) end();
        cancel?.();
      };
    },
  };
}

function every(clock: Clock, ms: Ms, run: () => void): () => void {
  let cancel = clock.after(ms, function again() {
    run();
    cancel = clock.after(ms, again);
  });
  return () => cancel();
}

// ---------------------------------------------------------------- presence

function createPresence({ engine, clock, name, host }: FleetHostDeps, connection: () => NatsConnection | null) {
  let shown = '';
  let isOver = false;
  let cancelAgain = (): void => undefined;
  // Consoles find a host by its summary, too; the bucket tells them of one that is gone. False where it was not taken.
  const put = async (run: (kv: Awaited<ReturnType<Kvm['open']>>) => Promise<unknown>): Promise<boolean> => {
    const on = connection();
    try {
      if (on !== null) await run(await new Kvm(on).open(PRESENCE_BUCKET, { bindOnly: true }));
      return true;
    } catch {
      return false;
    }
  };
  const renew = (waitMs: Ms = SET_UP_AGAIN_MS): void => {
    cancelAgain();
    const { mode } = engine.store.getState();
    shown = mode;
    const entry = { engine: name, host: engine.store.getState().host, mode, at: clock.now() };
    void put((kv) => kv.put(host, encodeValue(entry))).then((isTaken) => {
      cancelAgain();
      if (!isTaken && !isOver) cancelAgain = clock.after(waitMs, () => renew(Math.min(2 * waitMs, PRESENCE_MS)));
    });
  };
  return {
    renew,
    // One that ends is not missed.
    leave: () => put((kv) => kv.delete(host)),
    follow: () => {
      const ends = [
        every(clock, PRESENCE_MS, () => renew()),
        engine.store.subscribe(({ mode }) => void (mode !== shown && renew())),
      ];
      return () => {
        for (const end of ends) end();
        isOver = true;
        cancelAgain();
      };
    },
  };
}

// ---------------------------------------------------------------- consoles that look in

type Doors = { readonly take: (message: Msg, look: Look) => void; readonly close: () => void };

function createDoors(
  { engine, clock, name, host, content }: FleetHostDeps,
  send: (subject: string, message: string) => void,
): Doors {
  const sessions = new Map<string, Session>();
  const shown: Readonly<Record<Look, Host | null>> = {
    view: createHost({ engine: withoutContent(engine), name, clock }),
    content: content ? createHost({ engine, name, clock }) : null,
  };
  const open = (user: string, id: string, look: Look): Session | null => {
    const key = `${user}.${id}`;
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const own = [...sessions.keys()].filter((one) => one.startsWith(`${user}.`)).length;
    if (own >= MAX_SESSIONS_OF_USER || sessions.size >= MAX_SESSIONS) return null;
    const to = subjectsOf(host).to(user, id);
    const session = openSession({ clock, maxLine: MAX_REQUEST_BYTES, send: (message) => send(to, message) });
    sessions.set(key, session);
    session.channel.onClose(() => sessions.delete(key));
    // It may act as the broker lets it, on a subject of its own; by this way it only looks.
    shown[look]?.serve(session.channel, { isReadOnly: false, mayAct: false });
    return session;
  };
  return {
    take: ({ subject, data }, look) => {
      const [, , , user, , id] = subject.split('.');
      if (!isToken(user) || !isToken(id) || data.length > MAX_REQUEST_BYTES) return;
      const message = textOf(data);
      // A sign of life of a console that is gone here opens nothing.
      if (sessions.has(`${user}.${id}`) || message.startsWith('1 ')) open(user, id, look)?.receive(message);
    },
    close: () => {
      for (const { channel } of sessions.values()) channel.close();
    },
  };
}

// ---------------------------------------------------------------- operators

/** Returns what runs the action of an operator; null as the answer to what is no request, or is for another engine. */
function createDoorForActions(deps: FleetHostDeps, summary: Pick<SummaryOfHost, 'isRecent' | 'publish'>, claim: Claim) {
  const act = createActor(deps);
  return async (user: string, data: Uint8Array): Promise<unknown> => {
    if (data.length > MAX_REQUEST_BYTES) return null;
    const request = decodeRequest(textOf(data));
    if (!request.ok || request.value.type !== 'act') return null;
    const { revision, run, until } = request.value;
    // One that were valid for long could come again when its answer is no longer remembered.
    if (until > deps.clock.now() + MAX_VALID_MS) return { ok: false, reason: { code: 'too_late' } };
    if (run !== deps.name.run) {
      // It is of an earlier run, unless another engine has this name, too: that one answers then.
      summary.publish(true);
      await after(deps.clock, TELL_MS);
      if (!claim.isOurs()) return null;
    } else if (revision === undefined || !summary.isRecent(revision))
      return { ok: false, reason: { code: 'stale_view' } };
    // The broker lets no other user publish on this subject: the name is proven.
    return act(request.value, { user, tty: null, claimed: false });
  };
}
