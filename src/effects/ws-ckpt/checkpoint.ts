import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { CheckpointControl, CheckpointRequest, Outcome } from '../../core/snapshots.ts';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine, cleanText } from '../../core/text.ts';
import { pause } from '../pause.ts';
import type { RunResult } from '../process/run.ts';
import { verdictOf, type Subject, type Verdict, workspaceFlag } from './answers.ts';
import { idFlag, type Client } from './client.ts';
import type { Guard } from './guard.ts';
import { nextSnapshotId, snapshotId } from './snapshot-id.ts';
import { lookUpSnapshot } from './snapshots.ts';

/** Pauses before a busy workspace is tried again, ms. */
const BUSY_PAUSES_MS = [250, 500, 1_000];
/** Time for the lookup of the snapshot after an unknown outcome, over the deadline, ms. */
const LOOK_UP_MS = 2_000;
/** Interval between two polls: the daemon may still be at it, or be coming back, ms. */
const LOOK_AGAIN_MS = 250;
/** Deadline of asking for the version, ms. */
const VERSION_MS = 2_000;
/** Characters kept of a message; Linux limits one argument to 128 KiB. */
const MAX_MESSAGE = 4_000;

export type Tool = { readonly client: Client; readonly guard: Guard; readonly subject: Subject };

type Attempt = { readonly stem: string; readonly id: string; readonly flag: string; readonly busy: number };
type Clock = { readonly spent: () => number; readonly left: () => number };

/** One checkpoint, all its retries within the deadline. */
export async function makeCheckpoint(
  tool: Tool,
  request: CheckpointRequest,
  control: CheckpointControl,
): Promise<Outcome> {
  const startedAt = performance.now();
  const spent = (): number => Math.round(performance.now() - startedAt);
  const clock: Clock = { spent, left: () => request.timeoutMs - spent() };
  const stem = snapshotId(request.snapshot);
  let attempt: Attempt = { stem, id: stem, flag: await idFlagOf(tool), busy: 0 };
  for (;;) {
    const blocked = await tool.guard.check(control.abort);
    if (blocked !== null) return outcome(null, clock, whenBlocked(blocked, control));
    const result = await tool.client.call(checkpointArgs(tool.subject, request, attempt), {
      timeoutMs: Math.max(1, clock.left()),
      abort: control.abort,
    });
    const verdict = verdictOf(result, attempt.id, tool.subject);
    const next = await again(tool, { attempt, verdict, clock, stopping: control.stopping });
    if (next === null) return settle(tool, { request, control, attempt, verdict, result, clock });
    attempt = next;
  }
}

async function idFlagOf({ client }: Tool): Promise<string> {
  const version = await client.version(VERSION_MS);
  return idFlag('version' in version ? version.version : null);
}

function whenBlocked(reason: CheckpointerReason, { abort }: CheckpointControl): Ending {
  return abort.aborted ? { type: 'unknown', reason: { code: 'shut_down' } } : { type: 'unavailable', reason };
}

function checkpointArgs(subject: Subject, request: CheckpointRequest, { id, flag }: Attempt): string[] {
  const bounded = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? cleanLine(value, MAX_ID_LENGTH) : value;
  // Values are attached, so that none is taken for a flag.
  return [
    'checkpoint',
    workspaceFlag(subject),
    `${flag}=${id}`,
    `--message=${cleanLine(request.message, MAX_MESSAGE)}`,
    `--metadata=${JSON.stringify(request.metadata, bounded)}`,
  ];
}

type Tried = {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
};

/** The next attempt of the same run; null when this one was the last. */
async function again(tool: Tool, { attempt, verdict, clock, stopping }: Tried): Promise<Attempt | null> {
  if (clock.left() <= 0) return null;
  if (verdict.type === 'duplicate') {
    const id = nextSnapshotId(attempt.stem, attempt.id);
    return id === null ? null : { ...attempt, id };
  }
  if (verdict.type === 'busy') {
    const ms = BUSY_PAUSES_MS[attempt.busy];
    if (ms === undefined || ms >= clock.left() || !(await pause(ms, stopping))) return null;
    return { ...attempt, busy: attempt.busy + 1 };
  }
  if (verdict.type === 'usage') {
    // The binary may have been exchanged for one that wants the other flag.
    tool.client.forgetVersion();
    const flag = await idFlagOf(tool);
    return flag === attempt.flag ? null : { ...attempt, flag };
  }
  return null;
}

type Ending =
  | { readonly type: 'created'; readonly snapshot: string; readonly late: boolean }
  | { readonly type: 'empty' }
  | { readonly type: 'failed' | 'timed_out' | 'unavailable' | 'unknown'; readonly reason: CheckpointerReason };

type Last = Omit<Tried, 'stopping'> & {
  readonly request: CheckpointRequest;
  readonly control: CheckpointControl;
  readonly result: RunResult;
};

async function settle(tool: Tool, last: Last): Promise<Outcome> {
  const { attempt, verdict, result, clock } = last;
  if (result.type === 'not_found') tool.client.forgetVersion();
  switch (verdict.type) {
    case 'created':
      return outcome(result, clock, { type: 'created', snapshot: attempt.id, late: false });
    case 'empty':
      return outcome(result, clock, { type: 'empty' });
    case 'timed_out':
    case 'lost':
      return outcome(result, clock, await lateEnding(tool, last, verdict));
    case 'aborted':
      return outcome(result, clock, { type: 'unknown', reason: verdict.reason });
    case 'unmanaged':
      tool.guard.distrust();
      return outcome(result, clock, { type: 'unavailable', reason: verdict.reason });
    case 'unavailable':
      return outcome(result, clock, { type: 'unavailable', reason: verdict.reason });
    case 'duplicate':
    case 'busy':
    case 'usage':
    case 'failed':
      return outcome(result, clock, { type: 'failed', reason: verdict.reason });
  }
}

/** The client is gone, but the daemon may have made the snapshot, or may be about to. */
async function lateEnding(
  { client, subject }: Tool,
  { request, control }: Last,
  verdict: { readonly type: 'timed_out' | 'lost'; readonly reason: CheckpointerReason },
): Promise<Ending> {
  const stopped = AbortSignal.any([control.abort, control.stopping]);
  const until = performance.now() + LOOK_UP_MS;
  while (!stopped.aborted) {
    const ms = Math.round(until - performance.now());
    if (ms <= 0) return { type: verdict.type === 'lost' ? 'failed' : 'timed_out', reason: verdict.reason };
    // A list can be killed at once: no SIGTERM first, which would take a second more from a stubborn one.
    const abort = AbortSignal.any([stopped, AbortSignal.timeout(ms)]);
    const found = await lookUpSnapshot(client, subject, request, { timeoutMs: null, abort });
    if (found.type === 'found') return { type: 'created', snapshot: found.snapshot, late: true };
    await pause(LOOK_AGAIN_MS, stopped);
  }
  return { type: 'unknown', reason: { code: 'not_looked_up', why: verdict.reason } };
}

function outcome(result: RunResult | null, { spent }: Clock, ending: Ending): Outcome {
  const exitCode = result?.type === 'exited' ? result.code : null;
  const stderr = result !== null && 'stderr' in result ? cleanText(result.stderr.trim(), MAX_TEXT_LENGTH) : '';
  return { ...ending, durationMs: spent(), exitCode, stderr };
}
