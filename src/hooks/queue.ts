import type { HookConfig } from '../config/hooks.ts';
import { MAX_NAME_LENGTH } from '../core/limits.ts';
import { cleanLine } from '../core/text.ts';
import type { HookView } from '../engine/types.ts';
import type { Attempt } from './webhook.ts';
import type { HookEvent } from './events.ts';

/** Events that wait for one hook: at a signal a minute, more than half a day. */
export const MAX_QUEUED = 1_000;
/** The first wait after a failure, and the longest, ms. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** Attempts for an event that the server understands and refuses. */
const MAX_REFUSALS = 3;

/** The state that survives a restart; the journal of the state folder. */
export type Store = {
  readonly entries: (prefix: string) => readonly (readonly [key: string, value: unknown])[];
  readonly put: (key: string, value: unknown) => void;
};

export type QueueDeps = {
  readonly store: Store;
  readonly deliver: (event: HookEvent) => Promise<Attempt>;
  /** From 0 to 1: many engines that lost one server must not come back in one moment. */
  readonly random: () => number;
  readonly wait: (ms: number, then: () => void) => () => void;
  readonly count: (outcome: 'delivered' | 'failed' | 'dropped') => void;
  readonly complain: (text: string) => void;
  /** Unix ms. */
  readonly now: () => number;
};

export type Queue = {
  /** Keeps an event; after `close`, for the next run. */
  readonly push: (event: HookEvent) => void;
  readonly length: () => number;
  readonly view: () => HookView;
  readonly close: () => void;
};

/**
 * Delivers the events of one hook in order, one at a time, and keeps each until it is delivered: at least once, over a
 * restart too. A failure is tried again after a growing wait. What finds the queue full is dropped, counted and named.
 */
export function createQueue({ name }: Pick<HookConfig, 'name'>, deps: QueueDeps): Queue {
  const prefix = `hook:${name}:`;
  const waiting = new Map<string, HookEvent>();
  for (const [key, value] of deps.store.entries(prefix)) {
    if (isEvent(value) && waiting.size < MAX_QUEUED) waiting.set(value.id, value);
    else deps.store.put(key, null);
  }
  let failing: HookView['failing'] = null;
  let dropped = 0;
  let failures = 0;
  let refusals = 0;
  let isBusy = false;
  let isClosed = false;
  let isFull = false;
  let cancel = (): void => undefined;

  const drop = (event: HookEvent, why: string): void => {
    remove(event);
    deps.count('dropped');
    dropped += 1;
    deps.complain(`hook ${name}: event ${event.kind} dropped: ${why}`);
  };
  const remove = ({ id }: HookEvent): void => {
    waiting.delete(id);
    deps.store.put(prefix + id, null);
    isFull = false;
    refusals = 0;
  };
  const settle = (event: HookEvent, attempt: Attempt): void => {
    if (attempt.ok) {
      if (failures > 0) deps.complain(`hook ${name}: delivered again`);
      failures = 0;
      failing = null;
      deps.count('delivered');
      return remove(event);
    }
    deps.count('failed');
    // Named when it begins: each attempt of a night would fill the log.
    if (failures === 0) deps.complain(`hook ${name}: ${attempt.why}; tried again until it works`);
    failures += 1;
    failing = { since: failing?.since ?? deps.now(), why: cleanLine(attempt.why, MAX_NAME_LENGTH) };
    if (!attempt.isFinal) return;
    refusals += 1;
    if (refusals >= MAX_REFUSALS) drop(event, attempt.why);
  };
  const work = async (): Promise<void> => {
    const [event] = waiting.values();
    if (isBusy || isClosed || event === undefined) return;
    isBusy = true;
    const attempt = await deps.deliver(event).catch((error: unknown): Attempt => {
      return { ok: false, why: error instanceof Error ? error.message : String(error), isFinal: false };
    });
    isBusy = false;
    // The store is closing: the next run delivers it, if need be again.
    if (isClosed) return;
    settle(event, attempt);
    if (failures === 0) return void work();
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 30));
    cancel = deps.wait(longest * (0.5 + deps.random() / 2), () => void work());
  };
  void work();
  return {
    push: (event) => {
      if (waiting.size >= MAX_QUEUED) {
        deps.count('dropped');
        dropped += 1;
        if (!isFull) deps.complain(`hook ${name}: ${MAX_QUEUED} events wait; later ones are dropped and counted`);
        isFull = true;
        return;
      }
      waiting.set(event.id, event);
      deps.store.put(prefix + event.id, event);
      if (failures === 0) void work();
    },
    length: () => waiting.size,
    view: () => ({ name, waiting: waiting.size, dropped, failing }),
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

// The state folder is ours; another version may have written there.
function isEvent(value: unknown): value is HookEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'schema' in value &&
    value.schema === 'sightline.hook/1'
  );
}
