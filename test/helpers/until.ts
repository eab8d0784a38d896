import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `probe` gives something truthy and returns it; throws after `timeoutMs`. */
export async function until<T>(probe: () => T | Promise<T>, timeoutMs = 5_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not true within ${timeoutMs} ms: ${String(probe)}`);
    await delay(10);
  }
}
