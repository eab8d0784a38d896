import { debug } from '../log/debug.ts';
import { run } from '../process/run.ts';

/**
 * Notifies systemd by its own program `systemd-notify`, as Node has no datagram sockets of that kind; the unit has to say
 * `NotifyAccess=all`, since the message comes from a child.
 */

const PROGRAM = 'systemd-notify';
/** It waits up to 5 s until the manager has taken the message; a manager that takes longer hears of us by the next one, ms. */
const NOTIFY_MS = 6_000;
/** Messages that may wait for their child: a start, a reload and a stop at once, and not without end. */
const MAX_WAITING = 8;
/** Pings in a watchdog's time: two may be lost on a busy machine. */
const PINGS = 3;

/** The manager that has started us. */
export type Supervisor = {
  /** Says that everything is up, and pings the watchdog from now on. `status` is shown by `systemctl status`. */
  readonly ready: (status: string) => void;
  readonly reloading: () => void;
  readonly status: (status: string) => void;
  /** Says that we are ending, and ends the pings. Resolves once the manager knows, or cannot be told. */
  readonly stopping: () => Promise<void>;
};

/** The variables of the manager (sd_notify(3)); a child of ours must not speak for us. */
const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

/**
 * Takes the manager's variables out of `env`, and returns how to notify it; null where no manager listens. `complain` is
 * called once if it cannot be notified.
 */
export function findSupervisor(env: NodeJS.ProcessEnv, complain: (text: string) => void): Supervisor | null {
  const [socket, watchdogUs, watchdogPid] = VARIABLES.map((name) => env[name]);
  for (const name of VARIABLES) Reflect.deleteProperty(env, name);
  if (socket === undefined || socket === '') return null;
  const isOurs = watchdogPid === undefined || watchdogPid === String(process.pid);
  const pingMs = isOurs && /^\d+$/.test(watchdogUs ?? '') ? Number(watchdogUs) / 1_000 / PINGS : null;

  let waiting = 0;
  let hasComplained = false;
  let last: Promise<void> = Promise.resolve();
  const send = (...fields: readonly string[]): Promise<void> => {
    if (waiting >= MAX_WAITING) return last;
    waiting += 1;
    last = last.then(async () => {
      const result = await run(PROGRAM, fields, { timeoutMs: NOTIFY_MS, env: { NOTIFY_SOCKET: socket } });
      waiting -= 1;
      if ((result.type === 'exited' && result.code === 0) || hasComplained) return;
      hasComplained = true;
      complain(`systemd cannot be notified: ${PROGRAM} ${result.type === 'exited' ? 'failed' : result.type}`);
    });
    return last;
  };
  let pings: NodeJS.Timeout | undefined;
  return {
    ready: (status) => {
      void send('READY=1', statusField(status));
      if (pingMs === null || pings !== undefined) return;
      debug(() => `watchdog: a ping every ${Math.round(pingMs)} ms`);
      // A timer of the event loop: one that stands still is what the watchdog is there for.
      pings = setInterval(() => {
        if (waiting === 0) void send('WATCHDOG=1');
      }, pingMs).unref();
    },
    reloading: () => void send('RELOADING=1'),
    status: (status) => void send(statusField(status)),
    stopping: () => {
      clearInterval(pings);
      return send('STOPPING=1');
    },
  };
}

function statusField(status: string): string {
  return `STATUS=${status.replaceAll(/\s+/g, ' ')}`;
}
