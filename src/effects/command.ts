import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { CheckpointerReason } from '../core/checkpointer-reasons.ts';
import type { Result } from '../core/result.ts';
import type { Availability, CheckpointControl, Checkpointer, CheckpointRequest, Outcome } from '../core/snapshots.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import { cleanLine, cleanText } from '../core/text.ts';
import { run, type RunResult } from './process/run.ts';

/** Characters kept of a message; Linux limits one variable of the environment to 128 KiB. */
const MAX_MESSAGE = 4_000;

const ONLY_CHECKPOINTS = { code: 'only_checkpoints' } as const;

/**
 * Checkpoints by a command of the user's own, given as argv. It finds what to do in SIGHTLINE_WORKSPACE,
 * SIGHTLINE_SNAPSHOT, SIGHTLINE_MESSAGE and SIGHTLINE_METADATA (JSON); exit 0 means that the snapshot was made.
 */
export function commandCheckpointer(workspace: string, argv: readonly string[]): Checkpointer {
  const refused = (): Promise<Result<never, CheckpointerReason>> =>
    Promise.resolve({ ok: false, reason: ONLY_CHECKPOINTS });
  return {
    name: 'command',
    workspace,
    capabilities: { list: false, diff: false, rollback: false, remove: false },
    probe: () => probe(argv),
    prepare: async () => {
      const { reason } = await probe(argv);
      return reason === null ? { ok: true, value: null } : { ok: false, reason };
    },
    checkpoint: (request, control) => checkpoint(argv, request, control),
    lookUp: () => Promise.resolve({ type: 'unknown', reason: ONLY_CHECKPOINTS }),
    list: refused,
    diff: refused,
    rollback: refused,
    remove: refused,
    watch: () => undefined,
  };
}

async function probe(argv: readonly string[]): Promise<Availability> {
  const reason = await whyNotRunnable(argv[0] ?? '');
  const state = reason === null ? 'available' : 'unavailable';
  return { state, name: 'command', version: null, reason, usedRatio: null, freeSpaceHint: null };
}

async function whyNotRunnable(file: string): Promise<CheckpointerReason | null> {
  if (file === '') return { code: 'no_command' };
  const directories = file.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  const tries = directories.map((directory) => access(join(directory, file), constants.X_OK));
  if ((await Promise.allSettled(tries)).some(({ status }) => status === 'fulfilled')) return null;
  return { code: 'command_not_runnable', file: cleanLine(file, 200) };
}

async function checkpoint(
  [file = '', ...args]: readonly string[],
  request: CheckpointRequest,
  { abort }: CheckpointControl,
): Promise<Outcome> {
  const env = {
    SIGHTLINE_WORKSPACE: request.workspace,
    SIGHTLINE_SNAPSHOT: request.snapshot,
    SIGHTLINE_MESSAGE: cleanLine(request.message, MAX_MESSAGE),
    SIGHTLINE_METADATA: JSON.stringify(request.metadata),
  };
  const result = await run(file, args, { timeoutMs: request.timeoutMs, abort, env });
  const stderr = 'stderr' in result ? cleanText(result.stderr.trim(), MAX_TEXT_LENGTH) : '';
  const exitCode = result.type === 'exited' ? result.code : null;
  return { ...ending(result, request, stderr), durationMs: result.durationMs, exitCode, stderr };
}

type Ending =
  | { readonly type: 'created'; readonly snapshot: string; readonly late: false }
  | { readonly type: 'failed' | 'timed_out' | 'unavailable' | 'unknown'; readonly reason: CheckpointerReason };

function ending(result: RunResult, { snapshot, timeoutMs }: CheckpointRequest, stderr: string): Ending {
  switch (result.type) {
    case 'exited': {
      if (result.code === 0) return { type: 'created', snapshot, late: false };
      const line = stderr === '' ? null : cleanLine(stderr.split('\n')[0] ?? '', 500);
      return { type: 'failed', reason: { code: 'exited', exitCode: result.code, signal: result.signal, line } };
    }
    case 'timed_out':
      return { type: 'timed_out', reason: { code: 'timed_out', program: 'command', afterMs: timeoutMs } };
    case 'aborted':
      return { type: 'unknown', reason: { code: 'shut_down' } };
    case 'not_found':
    case 'spawn_failed':
      return { type: 'unavailable', reason: result.reason };
  }
}
