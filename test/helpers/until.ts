import { setTimeout as delay } from 'node:timers/promises';

/** Below the time that a test has: one that waits in vain says for what. A busy machine may need seconds for one git. */
const PATIENCE_MS = 25_000;

/** Waits until `probe` gives something truthy and returns it; throws after `timeoutMs`. */
export async function until<T>(probe: () => T | Promise<T>, timeoutMs = PATIENCE_MS): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not true within ${timeoutMs} ms: ${String(probe)}`);
    await delay(10);
  }
}
