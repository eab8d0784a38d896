import type { Ms } from '../core/units.ts';

/**
 * Waits until `ms` have passed (null: without a limit), until `signal` aborts, or until the function that `onResume` is
 * given is called, whichever comes first.
 */
export async function pause(
  ms: Ms | null,
  signal: AbortSignal,
  onResume?: (resume: () => void) => void,
): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = ms === null ? undefined : setTimeout(done, ms);
    signal.addEventListener('abort', done);
    onResume?.(done);
  });
}
