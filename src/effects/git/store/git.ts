import type { CheckpointerReason } from '../../../core/checkpointer-reasons.ts';
import type { Quoted } from '../../../core/result.ts';
import type { Readable } from 'node:stream';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import { run, type RunResult } from '../../process/run.ts';
import { LOOK_UP_MS } from '../limits.ts';

export type GitOptions = {
  /** Null: none. Without it the deadline of a lookup. */
  readonly timeoutMs?: number | null;
  readonly abort?: AbortSignal | undefined;
  readonly input?: string | Readable;
  readonly maxBuffer?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves the processor and the disk to others. */
  readonly isBackground?: boolean;
};

/**
 * Runs git on one of our repositories. It never learns of the workspace: it gets bytes and gives bytes, so neither the
 * user's repository and hooks nor any configuration, attribute, filter or ignore rule can have a part in it.
 */
export async function git(gitDir: string, args: readonly string[], options: GitOptions = {}): Promise<RunResult> {
  const [program, ...prefix] = options.isBackground === true ? NICE : ['git'];
  return run(program, [...prefix, ...args], {
    timeoutMs: options.timeoutMs === undefined ? LOOK_UP_MS : options.timeoutMs,
    cwd: '/',
    env: { ...withoutGitVariables(), ...isolation(gitDir), ...options.env },
    raw: true,
    ...(options.abort === undefined ? {} : { abort: options.abort }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.maxBuffer === undefined ? {} : { maxBuffer: options.maxBuffer }),
  });
}

/** Part of every Linux and macOS (POSIX); schedulers of disks go by it, too. */
const NICE = ['nice', '-n', '19', 'git'] as const;

/** stdout of a git that ended well, else null. */
export function output(result: RunResult): string | null {
  return result.type === 'exited' && result.code === 0 ? result.stdout : null;
}

/** Returns why a git did not end well. */
export function problem(result: RunResult): CheckpointerReason {
  switch (result.type) {
    case 'exited':
      if (/no space left|out of diskspace/iu.test(result.stderr)) return { code: 'no_space', detail: null };
      return complaint(result) ?? { code: 'exited', exitCode: result.code, signal: result.signal, line: null };
    case 'timed_out':
      return { code: 'timed_out', program: 'git', afterMs: result.durationMs };
    case 'aborted':
      return { code: 'shut_down' };
    case 'not_found':
      return { code: 'git_missing' };
    case 'spawn_failed':
      return result.reason;
  }
}

/** Returns why git gave up, or the last line that it wrote; null where it wrote none. */
function complaint({ stderr }: RunResult & { readonly type: 'exited' }): Quoted | null {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const text = cleanLine(lines.find((line) => /^(?:fatal|error): /u.test(line)) ?? lines.at(-1) ?? '', MAX_TEXT_LENGTH);
  return text === '' ? null : { code: 'quoted', text };
}

function withoutGitVariables(): Record<string, undefined> {
  // Where git finds its own programs is no business of a repository.
  const names = Object.keys(process.env).filter((name) => name.startsWith('GIT_') && name !== 'GIT_EXEC_PATH');
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function isolation(gitDir: string): Record<string, string | undefined> {
  return {
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // For a git older than GIT_CONFIG_GLOBAL.
    HOME: gitDir,
    XDG_CONFIG_HOME: undefined,
    LC_ALL: 'C',
  };
}
