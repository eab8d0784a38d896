/**
 * The events of all hosts as one console hears them: those of the past hour from the stream, then each as it comes, over
 * whatever breaks in between. Where the stream is not there, or lost what it had, those that come are told meanwhile.
 */
import {
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import { MAX_MESSAGE_BYTES, textOf } from './messages.ts';
import { EVENTS_STREAM, hostOf, subjectsOf } from './subjects.ts';

/** The age of the oldest events that are read, ms. */
const PAST_MS: Ms = 3_600_000;
/** The time after which a stream that was not there is looked for again, ms. */
const AGAIN_MS: Ms = 5_000;
/** Events that are remembered, so that none is told twice: a host sends one again until the stream has it. */
const MAX_TOLD = 4_096;
/** Characters of an id that are compared. */
const MAX_ID = 200;

/** The errors of the client where the stream was removed, and our place in it with it. */
const GONE: ReadonlySet<string> = new Set(['stream_not_found', 'consumer_not_found', 'consumer_deleted']);

/** The dependencies of the reader. */
export type EventReaderDeps = {
  readonly clock: Clock;
  /** A line of `sightline.event/1` of a host, as JSON text. */
  readonly event: (host: string, line: string) => void;
};

/** Reads the events of all hosts. */
export type EventReader = {
  /** The broker is there, by a new connection or the same one again. */
  readonly follow: (connection: NatsConnection) => void;
  readonly close: () => void;
};

type Heard = Pick<Msg, 'subject' | 'data'> & { readonly headers?: MsgHdrs | undefined };

// Tells each event once, whichever way it comes.
function createTeller(event: EventReaderDeps['event']): (message: Heard) => void {
  const told = new Set<string>();
  return ({ subject, data, headers }) => {
    const host = hostOf(subject);
    if (host === null || data.length > MAX_MESSAGE_BYTES) return;
    const id = headers?.get('Nats-Msg-Id') ?? '';
    // The sender chooses it: one host cannot hide another's event by it.
    const key = `${host} ${id.slice(0, MAX_ID)}`;
    if (id !== '' && told.has(key)) return;
    if (id !== '') told.add(key);
    for (const oldest of told) {
      if (told.size <= MAX_TOLD) break;
      told.delete(oldest);
    }
    event(host, textOf(data));
  };
}

/** Creates the reader of events. */
export function createEventReader({ clock, event }: EventReaderDeps): EventReader {
  const take = createTeller(event);
  let current: NatsConnection | null = null;
  let messages: ConsumerMessages | null = null;
  let live: Subscription | null = null;
  // The stream that was read, by the time when it was made, and the number in it of the event that was read last.
  let made = '';
  let read = 0;
  let cancel = (): void => undefined;
  const stop = (): void => {
    cancel();
    messages?.stop();
    messages = null;
  };
  const begin = async (connection: NatsConnection): Promise<ConsumerMessages> => {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const info = await manager.streams.info(EVENTS_STREAM);
    // Another one of the name, or one whose storage was lost: it counts from one again.
    if (info.created !== made || info.state.last_seq < read) read = 0;
    made = info.created;
    const consumer = await jetstream(connection).consumers.get(EVENTS_STREAM, from(read, clock.now()));
    return consumer.consume({
      callback: (message) => {
        read = message.seq;
        take(message);
      },
    });
  };
  const again = (connection: NatsConnection): void => {
    cancel();
    cancel = clock.after(AGAIN_MS, () => {
      if (current === connection && !connection.isClosed()) open(connection);
    });
  };
  const open = (connection: NatsConnection): void => {
    stop();
    void begin(connection).then(
      (opened) => {
        if (current !== connection || messages !== null) return opened.stop();
        messages = opened;
        live?.unsubscribe();
        live = null;
        void watch(opened, connection);
      },
      () => {
        if (current !== connection) return;
        live ??= connection.subscribe(subjectsOf('*').events, {
          callback: (error, message) => {
            if (error === null) take(message);
          },
        });
        again(connection);
      },
    );
  };
  // The stream may be removed while the broker stays.
  const watch = async (opened: ConsumerMessages, connection: NatsConnection): Promise<void> => {
    for await (const { type } of opened.status()) if (GONE.has(type) && messages === opened) return open(connection);
  };
  return {
    follow: (connection) => {
      if (current !== connection) live = null;
      current = connection;
      open(connection);
    },
    close: () => {
      current = null;
      stop();
    },
  };
}

function from(read: number, now: Ms): Partial<OrderedConsumerOptions> {
  return read === 0
    ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(now - PAST_MS).toISOString() }
    : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: read + 1 };
}
