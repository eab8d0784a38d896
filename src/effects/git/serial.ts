/** Runs one task at a time, in order; a task whose signal aborts while it waits is not begun. */
export type Serial = {
  <T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>;
  /** Returns whether a task waits for the one that runs. */
  readonly isWaitedFor: () => boolean;
};

/** Rejects with the signal's reason where the wait was aborted, else as the task does. */
export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const runNext = async <T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = before.then(() => promise);
    try {
      waiting += 1;
      await orAborted(before, signal).finally(() => (waiting -= 1));
      signal.throwIfAborted();
      return await task();
    } finally {
      resolve();
    }
  };
  return Object.assign(runNext, { isWaitedFor: () => waiting > 0 });
}

/** Rejects with the signal's reason when it aborts before `promise` settles. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
