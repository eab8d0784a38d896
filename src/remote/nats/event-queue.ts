/**
 * The events of a host on their way to the stream: kept in order until the broker has taken them, bounded, and never waited
 * for. Each has an id, so that the stream takes one that is sent again only once.
 */
import type { Mono, Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import { counted } from '../../wording/units.ts';

/** Events that wait at most, and their bytes; beyond that the oldest are lost, and that is said. */
const MAX_EVENTS = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Events that are on their way at a time. */
const WINDOW = 64;
/** The first and the longest wait after one that was not taken, ms. */
const FIRST_WAIT_MS: Ms = 1_000;
const LONGEST_WAIT_MS: Ms = 30_000;

/** An event as the stream gets it. */
export type QueuedEvent = { readonly subject: string; readonly id: string; readonly body: string };

export type EventQueueDeps = {
  readonly clock: Clock;
  /** Sends one; null where the broker is away. Rejects where it was not taken. */
  readonly send: (event: QueuedEvent) => Promise<unknown> | null;
  /** Why an event was not taken, as one line. */
  readonly reasonOf: (error: unknown) => string;
  readonly talk: (line: string) => void;
};

export type EventQueue = {
  readonly add: (event: QueuedEvent) => void;
  /** The broker is there: what waits goes now. */
  readonly go: () => void;
  readonly waiting: () => number;
  readonly close: () => void;
};

export function createEventQueue({ clock, send, reasonOf, talk }: EventQueueDeps): EventQueue {
  const queue: QueuedEvent[] = [];
  const under = new Set<QueuedEvent>();
  let bytes = 0;
  let lost = 0;
  let failures = 0;
  let pausedUntil: Mono = -Infinity;
  let cancel = (): void => undefined;
  let isRefused = false;
  const pump = (): void => {
    if (clock.mono() < pausedUntil) return;
    for (const event of queue.slice(0, WINDOW)) {
      if (under.size >= WINDOW) return;
      if (under.has(event)) continue;
      const sending = send(event);
      if (sending === null) return;
      under.add(event);
      void sending.then(
        () => taken(event),
        (error: unknown) => notTaken(event, error),
      );
    }
  };
  const taken = (event: QueuedEvent): void => {
    under.delete(event);
    const at = queue.indexOf(event);
    if (at >= 0) {
      queue.splice(at, 1);
      bytes -= event.body.length;
    }
    failures = 0;
    if (isRefused) talk(`nats: the stream takes events again${lost === 0 ? '' : `; ${counted(lost, 'event')} lost`}`);
    isRefused = false;
    lost = 0;
    pump();
  };
  const notTaken = (event: QueuedEvent, error: unknown): void => {
    under.delete(event);
    if (!isRefused) talk(`nats: the stream does not take events: ${reasonOf(error)}; they wait here`);
    isRefused = true;
    if (clock.mono() < pausedUntil) return;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    pausedUntil = clock.mono() + wait;
    cancel();
    cancel = clock.after(wait, go);
  };
  const go = (): void => {
    pausedUntil = -Infinity;
    pump();
  };
  return {
    add: (event) => {
      queue.push(event);
      bytes += event.body.length;
      while (queue.length > MAX_EVENTS || bytes > MAX_BYTES) {
        bytes -= queue.shift()?.body.length ?? bytes;
        lost += 1;
      }
      pump();
    },
    go,
    waiting: () => queue.length,
    close: () => cancel(),
  };
}
