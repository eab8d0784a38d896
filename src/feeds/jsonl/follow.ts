import type { Mono, Ms } from '../../core/units.ts';
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errnoOf } from '../../core/errno.ts';
import type { SourceDetail } from '../../core/source-reasons.ts';
import { NOWHERE, parseCursor } from './cursor.ts';
import { identityOf, openTail } from './file/file-tail.ts';
import type { Buffers, FeedTarget, FileTail, OpeningPlan } from './file/file-tail.ts';
import { renamedTo } from './file/rotated.ts';
import type { HealthReport, Progress } from './health-report.ts';
import { problemWith, wrongKind } from './trouble.ts';

/** Follows the file behind a path through rotation, truncation and deletion. */
export type Follower = {
  /**
   * Polls once: reads what is new and checks what became of the path. Never rejects. `fifo`: the path names
   * no file but a FIFO, which is not touched.
   */
  readonly poll: (signal: AbortSignal) => Promise<'file' | 'fifo'>;
  readonly progress: () => Progress;
  /** True while an old file is read beside the new one; nothing notifies of changes to it. */
  readonly isRetiring: () => boolean;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly path: string;
  readonly cursor: string | null;
  readonly now: () => Ms;
  /** Monotonic time, ms: for every wait. */
  readonly mono: () => Mono;
  readonly target: FeedTarget;
  readonly health: HealthReport;
};

type State = Omit<Options, 'cursor'> & {
  readonly buffers: Buffers;
  /** The plan for opening the next file. */
  plan: OpeningPlan;
  current: FileTail | null;
  retired: { readonly tail: FileTail; readonly until: Ms } | null;
  wasOpen: boolean;
  missingSince: Ms | null;
  /** The cursor while no file is open. */
  cursor: string | null;
};

// Between a rename and the next write the name is missing for a moment, which is no news.
const MISSING_MS = 2_000;
// A writer that opened the file before it was renamed may still write to it.
const RETIRE_MS = 5_000;
const CHUNK_BYTES = 512 * 1024;

/** Creates a follower that has not polled yet. */
export function follower(options: Options): Follower {
  const state: State = {
    ...options,
    buffers: [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)],
    plan: {
      cursor: parseCursor(options.cursor),
      again: true,
      otherwise: options.cursor === NOWHERE ? 'gap' : 'historical',
      generation: 0,
    },
    current: null,
    retired: null,
    wasOpen: false,
    missingSince: null,
  };
  return {
    poll: (signal) => poll(state, signal),
    progress: () => progressOf(state),
    isRetiring: () => state.retired !== null,
    close: async () => {
      await state.retired?.tail.close();
      await state.current?.close();
    },
  };
}

async function poll(state: State, signal: AbortSignal): Promise<'file' | 'fifo'> {
  try {
    await readRetired(state, signal);
    if (state.current !== null) await readOn(state, state.current, signal);
    const there = await stat(state.path, { bigint: true });
    state.missingSince = null;
    if (there.isFIFO() && state.current === null) {
      state.wasOpen = true;
      return 'fifo';
    }
    await turnTo(state, there, signal);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') await miss(state);
    else await lose(state, await problemWith(state.path, error));
  }
  return 'file';
}

// The path names something: the file that we read, or something else.
async function turnTo(state: State, there: BigIntStats, signal: AbortSignal): Promise<void> {
  if (state.current?.identity !== identityOf(there)) {
    if (!there.isFile()) return lose(state, wrongKind(state.path, there));
    if (state.current !== null) await retire(state, state.current, signal);
    else await readFormer(state, identityOf(there), signal);
    // The rest of the old file is where the next run continues.
    if (signal.aborted) return;
    const tail = await openNext(state);
    state.health.change({ status: 'ok', detail: following(state) });
    await readOn(state, tail, signal);
  }
  if (!signal.aborted) state.health.change({ status: 'ok', detail: following(state), caughtUp: true });
}

async function openNext(state: State): Promise<FileTail> {
  state.current = await openTail(state.path, state.plan, state.target, state.buffers);
  state.wasOpen = true;
  return state.current;
}

async function readOn(state: State, tail: FileTail, signal: AbortSignal): Promise<void> {
  if ((await tail.drain(signal)) === 'end') return;
  // The same file, truncated and rewritten: what it held is gone.
  await leave(state, tail);
  const next = await openNext(state);
  await next.drain(signal);
}

// A new file has the name: the old one is read to its end before the new one is begun.
async function retire(state: State, tail: FileTail, signal: AbortSignal): Promise<void> {
  state.current = tail;
  await tail.drain(signal);
  if (signal.aborted) return;
  await endRetired(state);
  state.retired = { tail, until: state.mono() + RETIRE_MS };
  state.current = null;
  state.plan = planAfter(tail);
}

// The file that the cursor is about was rotated while it was not followed: its rest comes before what has its name now.
async function readFormer(state: State, identity: string, signal: AbortSignal): Promise<void> {
  const { path, plan, target, buffers } = state;
  const { cursor } = plan;
  if (cursor === null || identity === `${cursor.dev}:${cursor.ino}`) return;
  const renamed = await renamedTo(path, `${cursor.dev}:${cursor.ino}`);
  // One that cannot be read is given up: what has the name now can be.
  const tail = renamed === null ? null : await openTail(renamed, plan, target, buffers).catch(() => null);
  if (tail === null) return;
  // The number of a file that is gone may have been given to another.
  if (tail.cursor().generation !== cursor.generation) return tail.close();
  await retire(state, tail, signal);
  if (!signal.aborted) state.plan = { ...planAfter(tail), otherwise: 'gap' };
}

async function readRetired(state: State, signal: AbortSignal): Promise<void> {
  if (state.retired === null) return;
  // Problems of a file that is leaving anyway are not reported.
  await state.retired.tail.drain(signal).catch(() => undefined);
  if (state.mono() >= state.retired.until) await endRetired(state);
}

async function endRetired(state: State): Promise<void> {
  const ending = state.retired?.tail;
  state.retired = null;
  ending?.finish();
  await ending?.close();
}

// No more is to be had of this file.
async function leave(state: State, tail: FileTail): Promise<void> {
  tail.finish();
  state.cursor = JSON.stringify(tail.cursor());
  state.plan = planAfter(tail);
  state.current = null;
  await tail.close();
}

// The path names nothing.
async function miss(state: State): Promise<void> {
  const { path, current, health, mono } = state;
  state.missingSince ??= mono();
  if (current === null) {
    // What appears under the name from now on is new.
    state.plan = { ...state.plan, otherwise: 'live' };
    if (state.wasOpen) return;
    state.cursor ??= NOWHERE;
    return health.change({ status: 'absent', detail: { code: 'file_not_there', path } });
  }
  if (mono() - state.missingSince < MISSING_MS) return;
  if (!current.isDeleted()) {
    return health.change({ status: 'degraded', detail: { code: 'file_renamed', path } });
  }
  // An open file keeps its space on the disk, which may be why it was deleted.
  await leave(state, current);
  health.change({ status: 'lost', detail: { code: 'file_deleted', path } });
}

// The path or the file cannot be read. What is written until then is a gap.
async function lose(state: State, detail: SourceDetail): Promise<void> {
  const tail = state.current;
  state.current = null;
  if (tail !== null) {
    const cursor = tail.cursor();
    state.cursor = JSON.stringify(cursor);
    // A file that was lost before its history was read is begun again as it was the first time.
    if (tail.reachedPresent()) {
      state.plan = { cursor, again: false, otherwise: 'gap', generation: cursor.generation + 1 };
    }
    await tail.close().catch(() => undefined);
  }
  state.health.change({ status: state.wasOpen ? 'lost' : 'absent', detail });
}

function planAfter(tail: FileTail): OpeningPlan {
  return { cursor: null, again: false, otherwise: 'live', generation: tail.cursor().generation + 1 };
}

function progressOf({ current, cursor, now }: State): Progress {
  if (current === null) return { cursor, lagMs: null };
  const unreadSince = current.unreadSince();
  const lagMs = unreadSince === null ? 0 : Math.max(0, Math.round(now() - unreadSince));
  return { cursor: JSON.stringify(current.cursor()), lagMs };
}

function following({ path }: State): SourceDetail {
  return { code: 'following', target: path };
}
