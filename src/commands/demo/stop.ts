import { onOutputState } from '../../effects/terminal/output.ts';
import { listenForStop } from '../shutdown.ts';

/** The reason why the demo ends early, and its exit code. */
export class DemoStopped extends Error {
  override readonly name = 'DemoStopped';
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

export type StopRequests = {
  /** Aborted, with a `DemoStopped` as its reason, by whatever ends the demo early. */
  readonly signal: AbortSignal;
  readonly stop: (reason: DemoStopped) => void;
  readonly forget: () => void;
};

/** For the demo on the screen: the screen listens to signals. */
export function quietStopRequests(): StopRequests {
  const controller = new AbortController();
  return { signal: controller.signal, stop: (reason) => controller.abort(reason), forget: () => undefined };
}

/** Listens to SIGTERM, SIGINT and SIGHUP, and to the reader of standard output going away. A second signal exits at once. */
export function stopRequests(): StopRequests {
  const controller = new AbortController();
  const stop = (reason: DemoStopped): void => controller.abort(reason);
  const requests = listenForStop();
  void requests.first.then(({ reason, exitCode }) => stop(new DemoStopped(`stopped by ${reason}`, exitCode)));
  void requests.second.then((exitCode) => process.exit(exitCode));
  const onGone = (): void => stop(new DemoStopped('the reader of standard output is gone', 0));
  const forgetOutput = onOutputState((state) => state === 'gone' && onGone());
  return {
    signal: controller.signal,
    stop,
    forget: () => {
      requests.forget();
      forgetOutput();
    },
  };
}

/** Resolves as `work` does, or rejects with the reason as soon as `signal` aborts. */
export async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const onAbort = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Waits until `condition` holds; false when it does not within `timeoutMs`. Rejects as soon as `signal` aborts. */
export async function waitUntil(condition: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await unlessStopped(pause(POLL_MS), signal);
  }
  return true;
}

/** Between two polls of a condition, ms. */
const POLL_MS = 50;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
