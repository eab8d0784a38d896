import { cleanLine } from '../../core/text.ts';
import type { RunResult } from '../process/run.ts';
import type { CheckpointerReason, ExitReason, WsCkptProblem } from '../../core/checkpointer-reasons.ts';

/** The tool's path, and the workspace that it is asked about; a remedy names both. */
export type Subject = {
  readonly binary: string;
  readonly workspace: string;
  /** The id that the daemon gave the workspace; null (or left out) where it has not answered yet. */
  readonly id?: () => string | null;
};

/**
 * Returns how the daemon learns which workspace: by its id, so that a link that is swapped between our check and the daemon's
 * leads nowhere else; by its path where the id is not known.
 */
export function workspaceFlag({ workspace, id }: Subject): string {
  return `--workspace=${id?.() ?? workspace}`;
}

/** The meaning of an answer of any ws-ckpt command, beside success. */
export type Trouble =
  /**
   * Nothing was done and nothing can be until an operator acts; `unmanaged`: the daemon does not know this workspace
   * (any more).
   */
  | { readonly type: 'unavailable' | 'unmanaged'; readonly reason: WsCkptProblem }
  /** The connection or the client was lost half-way: the daemon may have done it. */
  | { readonly type: 'lost'; readonly reason: CheckpointerReason }
  | { readonly type: 'timed_out'; readonly reason: CheckpointerReason }
  | { readonly type: 'aborted'; readonly reason: CheckpointerReason }
  | { readonly type: 'failed'; readonly reason: CheckpointerReason };

type Exited = Extract<RunResult, { type: 'exited' }>;

const LOST =
  /failed to (?:read|write|send|receive)\b.*(?:response|request)|connection reset|broken pipe|early eof|unexpected eof/iu;

/** Returns what went wrong in a run that was no success. */
export function troubleOf(result: RunResult, subject: Subject): Trouble {
  switch (result.type) {
    case 'not_found':
      return blocked('unavailable', { code: 'not_installed', binary: subject.binary });
    case 'spawn_failed':
      return blocked('unavailable', result.reason);
    case 'timed_out':
      return { type: 'timed_out', reason: { code: 'timed_out', program: 'ws-ckpt', afterMs: result.durationMs } };
    case 'aborted':
      return { type: 'aborted', reason: { code: 'shut_down' } };
    case 'exited':
      return exitTrouble(result, subject);
  }
}

function exitTrouble(result: Exited, { workspace }: Subject): Trouble {
  const text = result.stderr;
  const reason = failureReason(result);
  if (result.code === null) return { type: 'lost', reason };
  if (/daemon is not running/iu.test(text)) return blocked('unavailable', { code: 'daemon_down' });
  if (/daemon is starting up/iu.test(text)) return blocked('unavailable', { code: 'daemon_stale' });
  if (/failed to connect to ws-ckpt daemon/iu.test(text)) {
    const isDenied = /permission denied/iu.test(text);
    return blocked('unavailable', isDenied ? { code: 'socket_denied' } : reason);
  }
  if (/workspace registered \(/iu.test(text)) return blocked('unmanaged', { code: 'link_replaced', workspace });
  if (/workspace not found|\[WorkspaceNotFound\]|path does not exist/iu.test(text)) {
    return blocked('unmanaged', { code: 'unmanaged', workspace });
  }
  // A Rust panic (101) comes after the request was sent, when its answer could not be printed.
  if (LOST.test(text) || result.code === 101) return { type: 'lost', reason };
  return { type: 'failed', reason };
}

function blocked(type: 'unavailable' | 'unmanaged', reason: WsCkptProblem): Trouble {
  return { type, reason };
}

/** `exit 1: btrfs snapshot failed: …`: how it ended and the first line that explains why. */
export function failureReason(result: Exited): ExitReason {
  const output = [...lines(result.stderr), ...lines(result.stdout)];
  const line = output.find((text) => !/^(?:Failed after|Completed in) /u.test(text));
  const { code: exitCode, signal } = result;
  return { code: 'exited', exitCode, signal, line: line?.replace(/^[✗⚠] /u, '') ?? null };
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => cleanLine(line, 500))
    .filter((line) => line !== '');
}

/** The meaning of an answer of `checkpoint`. */
export type Verdict =
  | { readonly type: 'created' }
  /** Exit 0, but the workspace holds no file and nothing was made. */
  | { readonly type: 'empty' }
  /** The id is taken. */
  | { readonly type: 'duplicate'; readonly reason: CheckpointerReason }
  /** The workspace was written to within the last 100 ms: worth another try soon. */
  | { readonly type: 'busy'; readonly reason: CheckpointerReason }
  /** The arguments are not what this version wants. */
  | { readonly type: 'usage'; readonly reason: CheckpointerReason }
  | Trouble;

/** Success is exit 0 *and* the created line for this very id. */
export function verdictOf(result: RunResult, id: string, subject: Subject): Verdict {
  if (result.type !== 'exited') return troubleOf(result, subject);
  const reason = failureReason(result);
  if (result.code === 0) {
    if (lines(result.stdout).includes(`✓ Checkpoint created: ${id}`)) return { type: 'created' };
    // The notice is on stderr; versions may differ.
    if (/empty workspace, no snapshot/iu.test(`${result.stderr}\n${result.stdout}`)) return { type: 'empty' };
    return { type: 'failed', reason: { code: 'not_confirmed', why: reason } };
  }
  if (/snapshot id '.*' already exists|\[SnapshotAlreadyExists\]/iu.test(result.stderr))
    return { type: 'duplicate', reason };
  if (/\[WriteLockConflict\]|active write operations/iu.test(result.stderr)) return { type: 'busy', reason };
  if (result.code === 2) return { type: 'usage', reason };
  return troubleOf(result, subject);
}
