import type { CheckpointerName } from '../core/snapshots.ts';
import { EXIT_BY_SIGNAL, type StopSignal } from './exit-codes.ts';
import { INIT_MS, ROLLBACK_MS } from '../effects/ws-ckpt/limits.ts';
import type { Run } from '../core/reactor/types.ts';
import type { Ms } from '../core/units.ts';
import type { Engine } from '../engine/types.ts';

/** The reason why the process is to end, and its exit code. */
export type StopRequest = { readonly reason: string; readonly exitCode: number };

/** Requests to end the process, by key or by signal. */
export type StopRequests = {
  /** Resolves to the first request: finish what runs, then end. */
  readonly first: Promise<StopRequest>;
  /** Resolves to the exit code of the second request: end at once. A terminal that goes away is never the second. */
  readonly second: Promise<number>;
  readonly request: (reason: string, exitCode: number) => void;
  /** Leaves Ctrl-C to another program that has the terminal during `work`. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  /** Stops listening to signals. */
  readonly forget: () => void;
};

const ALL = Object.keys(EXIT_BY_SIGNAL) as readonly StopSignal[];

/** Listens to signals (SIGTERM, SIGINT and SIGHUP unless others are given) until `forget`; keys use `request`. */
export function listenForStop(signals: readonly StopSignal[] = ALL): StopRequests {
  const first = Promise.withResolvers<StopRequest>();
  const second = Promise.withResolvers<number>();
  let requests = 0;
  const request = (reason: string, exitCode: number): void => {
    // A terminal that goes away reports it several times (SIGHUP, the keyboard's end, EIO), and asks for no haste.
    if (requests > 0 && exitCode === EXIT_BY_SIGNAL.SIGHUP) return;
    requests += 1;
    if (requests === 1) first.resolve({ reason, exitCode });
    else second.resolve(exitCode);
  };
  let isLent = false;
  const onSignal = (signal: StopSignal): void => {
    if (!isLent || signal !== 'SIGINT') request(signal, EXIT_BY_SIGNAL[signal]);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    first: first.promise,
    second: second.promise,
    request,
    during: async (work) => {
      isLent = true;
      try {
        return await work();
      } finally {
        isLent = false;
      }
    },
    forget: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Past the checkpoint deadline a shutdown may take this long, ms; then children are ended. */
const STOP_SLACK_MS = 1_600;

export type ShutdownOptions = {
  readonly reason: string;
  /** Exit code of a second request to end. */
  readonly second: Promise<number>;
  /** Called with what the shutdown waits for, where it waits for something. */
  readonly onWait?: (text: string) => void;
};

/** Closes the engine; a second request ends what runs at once. Resolves to the exit code. */
export async function shutDown(
  engine: Pick<Engine, 'commit' | 'store' | 'abort' | 'close'>,
  { reason, second, onWait }: ShutdownOptions,
): Promise<number> {
  engine.commit();
  const { workspaces, timeoutMs, at } = engine.store.getState();
  const running = workspaces.flatMap(({ path: workspace, run, availability }) =>
    run === null ? [] : [{ workspace, run, checkpointer: availability.name }],
  );
  if (running.length > 0) onWait?.(waitsFor(running, at));
  const overdue = setTimeout(engine.abort, timeoutMs + STOP_SLACK_MS);
  const code = await Promise.race([engine.close(reason).then(() => 0), second]);
  clearTimeout(overdue);
  if (code !== 0) engine.abort();
  return code;
}

type Running = { readonly workspace: string; readonly run: Run; readonly checkpointer: CheckpointerName };

/** Formats what the shutdown waits for, for how long at most, and what a second request would do. */
export function waitsFor(running: readonly Running[], now: Ms): string {
  const what = running.map((one) => `${nameOf(one)} (${longest(one, now)})`).join(', ');
  return `leaving when it is done: ${what}; q or Ctrl-C once more ${afterwards(running)}`;
}

function nameOf({ workspace, run }: Running): string {
  switch (run.kind) {
    case 'auto':
    case 'manual':
      return `the checkpoint of ${workspace}`;
    case 'baseline':
      return `the first, whole snapshot of ${workspace}`;
    case 'rollback':
      return `the rollback of ${workspace} to ${run.snapshot}`;
    case 'restore':
      return `the restore in ${workspace} from ${run.snapshot}`;
    case 'init':
      return `ws-ckpt init of ${workspace}`;
  }
}

function longest({ run, checkpointer }: Running, now: Ms): string {
  const end = run.deadlineAt ?? endOfWork(run, checkpointer);
  if (run.kind === 'baseline') return 'it is being ended';
  if (end === null) return 'as long as copying the files takes';
  const seconds = Math.max(1, Math.ceil((end - now) / 1_000));
  return seconds < 100 ? `at most ${seconds} s more` : `at most ${Math.ceil(seconds / 60)} min more`;
}

// Git brings files back one by one, however many there are.
function endOfWork({ kind, startedAt }: Run, checkpointer: CheckpointerName): Ms | null {
  if (kind === 'init') return startedAt + INIT_MS;
  return kind === 'rollback' && checkpointer === 'ws-ckpt' ? startedAt + ROLLBACK_MS : null;
}

// The daemon of ws-ckpt continues without us; what git does is done by us.
function afterwards(running: readonly Running[]): string {
  const works = running.filter(({ run }) => run.kind === 'rollback' || run.kind === 'restore' || run.kind === 'init');
  if (works.length === 0) return 'ends it at once';
  return works.some(({ checkpointer, run }) => checkpointer !== 'ws-ckpt' && run.kind !== 'init')
    ? 'ends it half way, with some files restored and others not'
    : 'leaves it to the daemon, which continues';
}
