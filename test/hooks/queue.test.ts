import { expect, test } from 'vitest';
import type { HookEvent } from '../../src/hooks/events.ts';
import { createQueue, MAX_QUEUED, type QueueDeps } from '../../src/hooks/queue.ts';
import type { Attempt } from '../../src/hooks/webhook.ts';

function event(id: string): HookEvent {
  return {
    schema: 'sightline.hook/1',
    id,
    at: '',
    host: 'h',
    kind: 'signal',
    text: id,
    signal: null,
    fate: null,
    workspace: null,
    source: null,
    silence: null,
  };
}

const FAILED: Attempt = { ok: false, why: 'HTTP status 503', isFinal: false };
const DONE: Attempt = { ok: true, answer: '' };

/** A queue whose attempts end as `attempts` says, and whose waits pass at once when `pass` is called. */
function world(attempts: Attempt[], kept = new Map<string, unknown>()) {
  const log = { delivered: [] as string[], counts: [] as string[], complaints: [] as string[], waits: [] as number[] };
  let next: (() => void) | null = null;
  const deps: QueueDeps = {
    store: {
      entries: (prefix) => [...kept].filter(([key]) => key.startsWith(prefix)),
      put: (key, value) => void (value === null ? kept.delete(key) : kept.set(key, value)),
    },
    deliver: ({ id }) => {
      log.delivered.push(id);
      return Promise.resolve(attempts.shift() ?? DONE);
    },
    random: () => 1,
    wait: (ms, then) => {
      log.waits.push(ms);
      next = then;
      return () => (next = null);
    },
    count: (outcome) => log.counts.push(outcome),
    complain: (text) => log.complaints.push(text),
    now: () => 7,
  };
  const queue = createQueue({ name: 'page' }, deps);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    queue,
    log,
    kept,
    settled,
    pass: async () => {
      next?.();
      await settled();
    },
  };
}

test('an event that fails five times is delivered at the sixth, after growing waits, and named twice', async () => {
  const { queue, log, kept, settled, pass } = world(Array.from({ length: 5 }, () => FAILED));
  queue.push(event('a'));
  queue.push(event('b'));
  await settled();
  for (let n = 0; n < 5; n += 1) await pass();
  expect(log.delivered).toEqual(['a', 'a', 'a', 'a', 'a', 'a', 'b']);
  expect(log.waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(log.complaints).toHaveLength(2);
  expect(log.counts.filter((outcome) => outcome === 'delivered')).toHaveLength(2);
  expect(kept.size).toBe(0);
});

test('what waits is delivered by the next run', async () => {
  const first = world([FAILED]);
  first.queue.push(event('a'));
  await first.settled();
  first.queue.close();
  first.queue.push(event('at the end'));
  const second = world([], first.kept);
  await second.settled();
  expect(second.log.delivered).toEqual(['a', 'at the end']);
  expect(first.kept.size).toBe(0);
});

test('a full queue drops later events, counts each and names it once', async () => {
  const { queue, log, kept, settled } = world([FAILED]);
  for (let n = 0; n < MAX_QUEUED + 5; n += 1) queue.push(event(String(n)));
  await settled();
  expect(queue.length()).toBe(MAX_QUEUED);
  expect(kept.size).toBe(MAX_QUEUED);
  expect(log.counts.filter((outcome) => outcome === 'dropped')).toHaveLength(5);
  expect(log.complaints.filter((text) => text.includes('dropped'))).toHaveLength(1);
});

test('an event that the server understands and refuses does not hold up the others for ever', async () => {
  const refused: Attempt = { ok: false, why: 'HTTP status 400', isFinal: true };
  const { queue, log, settled, pass } = world([refused, refused, refused]);
  queue.push(event('bad'));
  queue.push(event('good'));
  await settled();
  for (let n = 0; n < 3; n += 1) await pass();
  expect(log.delivered).toEqual(['bad', 'bad', 'bad', 'good']);
  expect(log.counts).toContain('dropped');
});

test('what another version or another hand left in the store is taken away', () => {
  const kept = new Map<string, unknown>([
    ['hook:page:x', 'nonsense'],
    ['hook:other:y', event('y')],
  ]);
  world([], kept);
  expect([...kept.keys()]).toEqual(['hook:other:y']);
});

test('its view tells how much waits, since when it fails and why, and what was lost', async () => {
  const { queue, settled, pass } = world([FAILED, FAILED, DONE]);
  queue.push(event('a'));
  queue.push(event('b'));
  await settled();
  const failing = { since: 7, why: 'HTTP status 503' };
  expect(queue.view()).toEqual({ name: 'page', waiting: 2, dropped: 0, failing });
  await pass();
  expect(queue.view()).toMatchObject({ waiting: 2, failing });
  await pass();
  await settled();
  expect(queue.view()).toEqual({ name: 'page', waiting: 0, dropped: 0, failing: null });
  const refused = world(
    Array.from({ length: 3 }, (): Attempt => ({ ok: false, why: 'HTTP status 400', isFinal: true })),
  );
  refused.queue.push(event('a'));
  for (let n = 0; n < 3; n += 1) {
    await refused.settled();
    await refused.pass();
  }
  expect(refused.queue.view()).toMatchObject({ waiting: 0, dropped: 1 });
});
