import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { execa } from 'execa';
import type { StartReason } from '../../core/checkpointer-reasons.ts';
import { errnoOf } from '../../core/errno.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { KILL_AFTER_MS, MAX_CHILD_OUTPUT } from './limits.ts';
import { cleanLine, shellWord, cleanText } from '../../core/text.ts';
import { debug, withoutSecrets } from '../log/debug.ts';
import { readdir, readFile } from 'node:fs/promises';

export type RunOptions = {
  /** Deadline in ms from the spawn: SIGTERM to the group, SIGKILL `KILL_AFTER_MS` later. Null: none. */
  readonly timeoutMs: number | null;
  readonly cwd?: string;
  /** Added to our own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** SIGKILL to the group at once. */
  readonly abort?: AbortSignal;
  /** Bytes kept of stdout and of stderr each, the first and the last half; the rest is read and dropped. */
  readonly maxBuffer?: number;
  /** Written to the child's stdin, which is closed otherwise. A stream is destroyed when the child ends. */
  readonly input?: string | Readable;
  /** Leave the output as it came (JSON, NUL-separated names); otherwise ANSI and control characters are stripped. */
  readonly raw?: boolean;
};

type Output = { readonly stdout: string; readonly stderr: string; readonly durationMs: number };

/** The end of a child. Whatever it does is a value. */
export type RunResult =
  | (Output & { readonly type: 'exited'; readonly code: number | null; readonly signal: string | null })
  | (Output & { readonly type: 'timed_out' })
  | (Output & { readonly type: 'aborted' })
  | { readonly type: 'not_found' | 'spawn_failed'; readonly reason: StartReason; readonly durationMs: number };

/** A grandchild outside the group may hold the pipes; output after the child's end is waited for this long, ms. */
const PIPE_GRACE_MS = 100;
/** A child that even SIGKILL doesn't end (blocked in the kernel) is left to be reaped later, ms after SIGKILL. */
const GIVE_UP_MS = 1_000;

let runner: Promise<typeof import('execa')> | null = null;

/**
 * Loads what starts children. It is not loaded with the program, so that the screen's first frame need not wait for it, but
 * before an engine has started: an upgrade may take the file away under a running one.
 */
export function loadRunner(): Promise<typeof import('execa')> {
  return (runner ??= import('execa'));
}

/**
 * Runs one program without a shell, in a process group of its own, and always ends the whole group: at the deadline, on
 * `abort`, when our own process exits, and when the child itself is gone but left something running.
 */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  debug(() => `run ${[file, ...withoutSecrets(args)].map(shellWord).join(' ')}`);
  const library = await loadRunner();
  const startedAt = performance.now();
  const durationMs = (): number => Math.round(performance.now() - startedAt);
  if (options.abort?.aborted === true) return { type: 'aborted', stdout: '', stderr: '', durationMs: 0 };

  const marker = randomUUID();
  const child = start(library.execa, { file, args, options, marker });
  if ('error' in child) return { ...spawnFailure(file, options, child.error), durationMs: durationMs() };
  if (child.pid === undefined) return { ...spawnFailure(file, options, await child), durationMs: durationMs() };
  // With `reject: false` it rejects only for what `ended` reports.
  child.catch(() => undefined);
  const stdout = boundedOutput(options.maxBuffer ?? MAX_CHILD_OUTPUT);
  const stderr = boundedOutput(options.maxBuffer ?? MAX_CHILD_OUTPUT);
  child.stdout.on('data', stdout.push);
  child.stderr.on('data', stderr.push);
  const how = await ended(child, options);
  // What left the group (`setsid`) must not act on after the deadline; what a child left that ended by itself may.
  if (how.type !== 'exited') await endMarked(marker);
  await drained([child.stdout, child.stderr]);
  debug(
    () =>
      `${file} ended in ${durationMs()} ms: ${how.type === 'exited' ? `exit code ${how.code ?? how.signal}` : how.type}`,
  );
  const raw = options.raw === true;
  return { ...how, stdout: stdout.text(raw), stderr: stderr.text(raw), durationMs: durationMs() };
}

type Child = ReturnType<typeof spawn>;

type Wanted = {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: RunOptions;
  /** Finds the descendants of this run again. */
  readonly marker: string;
};

function start(execute: typeof execa, wanted: Wanted): Child | { readonly error: unknown } {
  try {
    return spawn(execute, wanted);
  } catch (error) {
    return { error };
  }
}

function spawn(execute: typeof execa, { file, args, options, marker }: Wanted) {
  return execute(file, args, {
    reject: false,
    buffer: false,
    shell: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    stdout: 'pipe',
    stderr: 'pipe',
    // Makes the child the leader of a group, and `kill` and the clean-up at our exit reach all of it.
    killDescendants: true,
    forceKillAfterDelay: false,
    extendEnv: false,
    // No child needs the token of agentsight's server.
    env: { ...process.env, SIGHTLINE_TOKEN: undefined, ...options.env, [RUN_VARIABLE]: marker },
    cwd: options.cwd ?? ownFolder(),
  });
}

// The folder that we were started in may be gone: a rollback replaces it.
function ownFolder(): string {
  try {
    const folder = process.cwd();
    return existsSync(folder) ? folder : '/';
  } catch {
    return '/';
  }
}

type End =
  | { readonly type: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly type: 'timed_out' | 'aborted' };

function ended(child: Child, options: RunOptions): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, act: () => void): void => void timers.push(setTimeout(act, ms));
  let cut: 'timed_out' | 'aborted' | null = null;
  const kill = (): void => {
    child.kill('SIGKILL');
    after(GIVE_UP_MS, () => resolve({ type: cut ?? 'timed_out' }));
  };
  const onDeadline = (): void => {
    cut ??= 'timed_out';
    child.kill('SIGTERM');
    after(KILL_AFTER_MS, kill);
  };
  const onAbort = (): void => {
    cut ??= 'aborted';
    kill();
  };
  const forget = endAtExit(child.pid);

  child.nodeChildProcess.once('exit', (code, signal) => {
    // The leader is reaped; what it left in its group goes with it.
    child.kill('SIGKILL');
    resolve(cut === null ? { type: 'exited', code, signal } : { type: cut });
  });
  if (options.timeoutMs !== null) after(options.timeoutMs, onDeadline);
  options.abort?.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    for (const timer of timers) clearTimeout(timer);
    options.abort?.removeEventListener('abort', onAbort);
    forget();
  });
}

/** Waits until the pipes have been read to their end, or cuts them off where another process holds them open. */
async function drained(streams: readonly Readable[]): Promise<void> {
  const open = streams.filter((stream) => !stream.readableEnded && !stream.destroyed);
  if (open.length === 0) return;
  const closed = Promise.all(open.map((stream) => new Promise((resolve) => stream.once('close', resolve))));
  const timer = setTimeout(() => {
    // What is already in the pipe is read in the poll phase before this; a busy loop loses no output.
    setImmediate(() => open.forEach((stream) => stream.destroy()));
  }, PIPE_GRACE_MS);
  await closed;
  clearTimeout(timer);
}

function spawnFailure(
  file: string,
  options: RunOptions,
  error: unknown,
): { type: 'not_found' | 'spawn_failed'; reason: StartReason } {
  const code = errnoOf(error);
  const named = cleanLine(file, MAX_TEXT_LENGTH);
  const { cwd } = options;
  switch (code) {
    case 'ENOENT':
      if (cwd !== undefined && !existsSync(cwd))
        return { type: 'spawn_failed', reason: { code: 'no_such_folder', path: cwd } };
      return { type: 'not_found', reason: { code: 'program_missing', file: named } };
    case 'EACCES':
      return { type: 'spawn_failed', reason: { code: 'program_denied', file: named } };
    case 'E2BIG':
      return { type: 'spawn_failed', reason: { code: 'arguments_too_long', file: named } };
    default:
      return {
        type: 'spawn_failed',
        reason: {
          code: 'not_started',
          file: named,
          detail: code === '' ? cleanLine(String(error), MAX_TEXT_LENGTH) : code,
        },
      };
  }
}

/** The time that our own exit waits for children to act on SIGTERM before they get SIGKILL, ms. */
const EXIT_GRACE_MS = 100;

const groups = new Set<number>();
let installed = false;

/** Ends the process group `leader` when our own process exits, unless the returned function was called before. */
export function endAtExit(leader: number | undefined): () => void {
  if (leader === undefined) return () => undefined;
  groups.add(leader);
  if (!installed) process.once('exit', endAll);
  installed = true;
  return () => groups.delete(leader);
}

function endAll(): void {
  if (groups.size === 0) return;
  for (const leader of groups) signalGroup(leader, 'SIGTERM');
  // Exit handlers are synchronous; git removes its lock files on SIGTERM, but not on SIGKILL.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXIT_GRACE_MS);
  for (const leader of groups) signalGroup(leader, 'SIGKILL');
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already.
  }
}

type BoundedOutput = {
  readonly push: (chunk: Buffer) => void;
  /** Returns what was kept; where bytes were dropped, a line in the middle counts them. */
  readonly text: (raw: boolean) => string;
};

/** Keeps the first and the last half of `max` bytes of a stream of any length. */
function boundedOutput(max: number): BoundedOutput {
  const half = Math.ceil(max / 2);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let dropped = 0;

  const push = (chunk: Buffer): void => {
    const first = chunk.subarray(0, half - headBytes);
    const rest = chunk.subarray(first.length);
    if (first.length > 0) headBytes += head[head.push(first) - 1]?.length ?? 0;
    if (rest.length > 0) tailBytes += tail[tail.push(rest) - 1]?.length ?? 0;
    for (let oldest = tail[0]; oldest !== undefined && tailBytes - oldest.length >= half; oldest = tail[0]) {
      tail.shift();
      tailBytes -= oldest.length;
      dropped += oldest.length;
    }
  };

  const text = (raw: boolean): string => {
    const kept = Buffer.concat(tail);
    const cut = Math.max(0, kept.length - half);
    const gap = dropped + cut;
    const whole =
      gap === 0
        ? Buffer.concat([...head, kept]).toString()
        : `${Buffer.concat(head).toString()}\n… ${gap} bytes left out …\n${kept.subarray(cut).toString()}`;
    return raw ? whole : cleanText(whole, whole.length);
  };

  return { push, text };
}

/** The variable by which everything that descends from one run is found again, whatever session it has moved to. */
const RUN_VARIABLE = 'SIGHTLINE_RUN';

/** Searches before we give up on a tree that forks as fast as it is killed. */
const MAX_ROUNDS = 5;
/** Processes looked at, and read side by side. */
const MAX_PROCESSES = 20_000;
const AT_ONCE = 32;

/**
 * Ends with SIGKILL every process whose environment holds this run's marker: children of a child that left its process
 * group (`setsid`). Best effort: one that changed its environment, or whose environment we may not read, is not found, nor
 * is any where there is no /proc. Never rejects.
 */
async function endMarked(marker: string, proc = '/proc'): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await markedBy(marker, proc);
    if (found.length === 0) return;
    for (const pid of found) killProcess(pid);
  }
}

async function markedBy(marker: string, proc: string): Promise<readonly number[]> {
  const names = await readdir(proc).catch(() => []);
  const pids = names.filter((name) => /^\d+$/u.test(name)).slice(0, MAX_PROCESSES);
  const found: number[] = [];
  for (let from = 0; from < pids.length; from += AT_ONCE) {
    const some = pids.slice(from, from + AT_ONCE);
    const environments = await Promise.all(
      some.map((pid) => readFile(`${proc}/${pid}/environ`, 'latin1').catch(() => '')),
    );
    for (const [index, text] of environments.entries()) {
      if (`\0${text}`.includes(`\0${RUN_VARIABLE}=${marker}\0`)) found.push(Number(some[index]));
    }
  }
  return found;
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
