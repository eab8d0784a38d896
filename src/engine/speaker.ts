import type { Clock } from '../effects/clock.ts';
import type { EngineEvent } from './types.ts';

/** An event before it is stamped with its time. */
export type Unsaid = EngineEvent extends infer E ? (E extends EngineEvent ? Omit<E, 'at'> : never) : never;

export type Speaker = {
  readonly say: (event: Unsaid) => void;
  readonly listen: (listener: (event: EngineEvent) => void) => () => void;
};

/** Tells listeners what happens, in order. What one of them throws is its own: it surfaces as uncaught, and we go on. */
export function createSpeaker(clock: Clock): Speaker {
  const listeners = new Set<(event: EngineEvent) => void>();
  return {
    say: (event) => {
      const stamped: EngineEvent = { ...event, at: clock.now() };
      for (const listener of listeners) tell(listener, stamped);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function tell(listener: (event: EngineEvent) => void, event: EngineEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
