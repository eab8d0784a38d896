import { spawn } from 'node:child_process';
import { cleanLine } from '../../core/text.ts';

/** The result of one attempt to lock a descriptor. `missing`: flock(1) is not installed. */
export type Flocked =
  | { readonly type: 'taken' }
  | { readonly type: 'held' }
  | { readonly type: 'missing' }
  | { readonly type: 'unsupported'; readonly reason: string };

/** `flock -n` never waits for a lock; a file system that does not answer is given this long, ms. */
const DEADLINE_MS = 2_000;
/** The inherited descriptor's number in the child: the first after the standard ones. */
const CHILD_FD = 3;
/** Bytes kept of what the child prints; a real message has about 50. */
const MAX_STDERR = 500;

/**
 * Takes an exclusive flock(2) on the open file behind `fd`, without waiting. Node has no flock: the child `flock -n 3`
 * inherits the descriptor, and the lock stays with the open file when the child has ended. It ends when `fd` is closed or
 * this process dies. Never throws.
 */
export function flockDescriptor(fd: number): Promise<Flocked> {
  const { promise, resolve } = Promise.withResolvers<Flocked>();
  // LC_ALL: a conflict differs from an error by an empty stderr, because busybox ends both with exit 1.
  const child = spawn('flock', ['-n', String(CHILD_FD)], {
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe', fd],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(0, MAX_STDERR);
  });
  child.on('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code === 'ENOENT' ? { type: 'missing' } : { type: 'unsupported', reason: error.message }),
  );
  child.on('close', (code, signal) => {
    if (code === 0) return resolve({ type: 'taken' });
    if (code === 1 && stderr === '') return resolve({ type: 'held' });
    const ended = signal === null ? `flock ended with exit code ${code}` : `flock did not answer within 2 s`;
    resolve({ type: 'unsupported', reason: cleanLine(stderr, MAX_STDERR) || ended });
  });
  return promise;
}
