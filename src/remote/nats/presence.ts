/** The data on the broker that outlasts a host: the stream of events, and the bucket with one key a host. */
import { JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Ms } from '../../core/units.ts';
import { type Clock, every } from '../../effects/clock.ts';
import { encodeValue } from '../wire.ts';
import type { FleetHostDeps } from './host-deps.ts';
import { MAX_HOST_NAME } from './messages.ts';
import { EVENTS_STREAM, PRESENCE_BUCKET, subjectsOf } from './subjects.ts';

/** The time after which the presence in the bucket is renewed, ms; the bucket forgets a host after `FORGOTTEN_NS`. */
const PRESENCE_MS: Ms = 60_000;
const FORGOTTEN_MS: Ms = 7 * 86_400_000;
/** The time after which a stream or bucket that could not be made is tried again, ms; doubled up to `PRESENCE_MS`. */
const SET_UP_AGAIN_MS: Ms = 5_000;
/** The server's code for a stream that is there with limits of the operator's own (`JSStreamNameExistErr`). */
const OTHER_LIMITS = 10058;
/** The stream's limits, where this host makes it: what it keeps of all hosts, and for how long. */
const KEPT_MS: Ms = 86_400_000;
const KEPT_BYTES = 256 * 1024 * 1024;
const NS_PER_MS = 1_000_000;

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

/**
 * Creates what makes the stream and the bucket on a connection, and tries again while it is up: a server that has just
 * started, or is busy, may not answer. `tried` is called after each attempt.
 */
export function createSetUp(clock: Clock, connection: () => NatsConnection | null, tried: () => void) {
  let cancel = (): void => undefined;
  let isDue = false;
  const now = (on: NatsConnection, waitMs: Ms = SET_UP_AGAIN_MS): void => {
    cancel();
    isDue = true;
    void prepare(on).then((isThere) => {
      isDue = false;
      if (connection() !== on) return;
      tried();
      if (!isThere) soon(on, waitMs);
    });
  };
  // Whoever finds that something is missing may ask for it, any number of times.
  const soon = (on: NatsConnection, waitMs: Ms = SET_UP_AGAIN_MS): void => {
    if (isDue || connection() !== on) return;
    isDue = true;
    cancel();
    cancel = clock.after(waitMs, () => now(on, Math.min(2 * waitMs, PRESENCE_MS)));
  };
  return { now: (on: NatsConnection) => now(on), soon: (on: NatsConnection) => soon(on), close: () => cancel() };
}

/** Creates what keeps the entry of a host in the bucket. */
export function createPresence({ engine, clock, name, host }: FleetHostDeps, connection: () => NatsConnection | null) {
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
    const entry = { engine: name, host: engine.store.getState().host.slice(0, MAX_HOST_NAME), mode, at: clock.now() };
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
