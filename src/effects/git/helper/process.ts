import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Duplex, Readable, Writable } from 'node:stream';
import { MAX_LEFT_BEHIND, START_MS } from '../limits.ts';
import { HELPER_NAME } from './protocol.ts';
import { HelperError } from './reason.ts';
import { loadHelper } from './text.ts';

/** Bytes of a helper's stderr that are kept: a defect's own text. */
const MAX_STDERR = 2_000;
/** The time that a new helper waits for killed ones to be gone, ms. */
const GONE_WITHIN_MS = 1_000;

/** The end of a helper's process. */
export type Ended = { readonly exitCode: number | null; readonly signal: string | null };

/** A helper's process and its pipes. */
export type HelperProcess = {
  readonly pid: number;
  readonly answers: Readable;
  readonly requests: Writable;
  readonly ended: Promise<Ended>;
  readonly stderr: () => string;
  readonly isRunning: () => boolean;
  /** True while the process stands still after a SIGSTOP, which only its own user or root can send. */
  readonly isStopped: () => boolean;
  /** Kills it and closes the pipes; never waits. */
  readonly end: () => void;
  /** True while the event loop waits for it: only while it is at work. */
  readonly hold: (holds: boolean) => void;
};

/** Helpers that were ended and whose process is still there. */
const leftBehind = new Set<Promise<Ended>>();
const running = new Set<number>();
let isWatchingExit = false;

/**
 * Starts a helper: in a session of its own, without a terminal, environment or descriptors of ours. It still has our
 * rights, and works on nothing before it gives them up. Throws `HelperError`.
 */
export async function startHelper(): Promise<HelperProcess> {
  const text = loadHelper();
  if (text instanceof Error) throw new HelperError({ code: 'helper_not_started', detail: text.message });
  if (leftBehind.size >= MAX_LEFT_BEHIND) await someoneGone();
  if (leftBehind.size >= MAX_LEFT_BEHIND) throw new HelperError({ code: 'left_behind', count: leftBehind.size });
  const child = spawn(ownProgram(), ['--input-type=commonjs', '-', HELPER_NAME], {
    detached: true,
    cwd: '/',
    env: { UV_USE_IO_URING: '0' },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const { pid } = child;
  if (pid === undefined) throw new HelperError({ code: 'helper_not_started', detail: (await failed).message });
  return supervise(child, pid, text);
}

/** The very program that runs us, even where its file was replaced since. */
function ownProgram(): string {
  return process.platform === 'linux' ? '/proc/self/exe' : process.execPath;
}

function supervise(child: ChildProcess, pid: number, text: Buffer): HelperProcess {
  const [stdin, answers, errors, requests] = child.stdio as unknown as readonly [Writable, Readable, Readable, Duplex];
  const streams = [stdin, answers, errors, requests];
  let stderr = '';
  running.add(pid);
  endAtExit();
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      running.delete(pid);
      resolve({ exitCode, signal });
    });
  });
  // What goes wrong with a pipe shows in the process's end, or in its silence.
  for (const stream of streams) stream.on('error', () => undefined);
  errors.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-MAX_STDERR);
  });
  stdin.end(text);
  return {
    pid,
    answers,
    requests,
    ended,
    stderr: () => stderr,
    isRunning: () => running.has(pid),
    isStopped: () => running.has(pid) && isStopped(pid),
    hold: (holds) => {
      const open = streams.filter((stream) => !stream.destroyed);
      for (const handle of [child, ...open] as unknown as readonly Handle[]) handle[holds ? 'ref' : 'unref']?.();
    },
    end: () => {
      for (const stream of streams) stream.destroy();
      if (!running.has(pid)) return;
      kill(pid);
      child.unref();
      leaveBehind(ended);
    },
  };
}

/** Counts a helper that was given up until its process is gone. */
export function leaveBehind(ended: Promise<Ended>): void {
  leftBehind.add(ended);
  void ended.then(() => leftBehind.delete(ended));
}

type Handle = { readonly ref?: () => void; readonly unref?: () => void };

async function someoneGone(): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.min(GONE_WITHIN_MS, START_MS));
  });
  await Promise.race([...leftBehind, patience]);
  clearTimeout(timer);
}

/** Any of its threads standing still is enough: a signal stops all of them. */
function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
      return /^[Tt]$/u.test(stat.charAt(stat.lastIndexOf(')') + 2));
    });
  } catch {
    return false;
  }
}

/** A helper whose pipes close ends by itself; one that was stopped does not. */
function endAtExit(): void {
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.once('exit', () => running.forEach(kill));
}

function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
