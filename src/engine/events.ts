import type { Clock } from '../effects/clock.ts';
import type { EngineEvent } from './types.ts';

/** An event before it is stamped with its time. */
export type EventInput = EngineEvent extends infer E ? (E extends EngineEvent ? Omit<E, 'at'> : never) : never;

export type Events = {
  readonly emit: (event: EventInput) => void;
  /** Subscribes; the returned function ends the subscription. */
  readonly listen: (listener: (event: EngineEvent) => void) => () => void;
};

/** Emits events to all listeners, in order. An error that a listener throws surfaces as uncaught, and the engine goes on. */
export function createEvents(clock: Clock): Events {
  const listeners = new Set<(event: EngineEvent) => void>();
  return {
    emit: (event) => {
      const stamped: EngineEvent = { ...event, at: clock.now() };
      for (const listener of listeners) call(listener, stamped);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function call(listener: (event: EngineEvent) => void, event: EngineEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
