import { stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { Ms } from '../../core/events.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { parseCursor } from './cursor.ts';
import { identityOf, openTail } from './file-tail.ts';
import type { FeedTarget, FileTail, OpeningPlan } from './file-tail.ts';
import type { HealthReport, Progress } from './health-report.ts';
import { codeOf, troubleWith, wrongKind } from './trouble.ts';

/** Follows the file behind a path, whatever becomes of it. */
export type Follower = {
  /**
   * One look: reads what is new and notices what became of the path. Never rejects. `fifo` says that the path names
   * no file but a FIFO, which is not touched.
   */
  readonly look: (signal: AbortSignal) => Promise<'file' | 'fifo'>;
  readonly progress: () => Progress;
  /** True while an old file is read beside the new one; nothing tells of changes to it. */
  readonly isRetiring: () => boolean;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly path: string;
  readonly cursor: string | null;
  readonly now: () => Ms;
  readonly target: FeedTarget;
  readonly health: HealthReport;
};

// Between a rename and the next write the name is missing for a moment, which is no news.
const MISSING_MS = 2_000;
// A writer that opened the file before it was renamed may still write to it.
const RETIRE_MS = 5_000;
const CHUNK_BYTES = 512 * 1024;

/** A follower that has not looked yet. */
export function follower({ path, cursor: earlier, now, target, health }: Options): Follower {
  const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;
  let plan: OpeningPlan = { cursor: parseCursor(earlier), again: true, otherwise: 'historical', generation: 0 };
  let current: FileTail | null = null;
  let retired: { readonly tail: FileTail; readonly until: Ms } | null = null;
  let wasOpen = false;
  let missingSince: Ms | null = null;
  let lastCursor = earlier;

  async function look(signal: AbortSignal): Promise<'file' | 'fifo'> {
    try {
      await readRetired(signal);
      if (current !== null) await readOn(current, signal);
      const there = await stat(path, { bigint: true });
      missingSince = null;
      if (there.isFIFO() && current === null) return 'fifo';
      await turnTo(there, signal);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') await miss();
      else await lose(await troubleWith(path, error));
    }
    return 'file';
  }

  // The path names something: the file that we read, or something else.
  async function turnTo(there: BigIntStats, signal: AbortSignal): Promise<void> {
    if (current?.identity === identityOf(there)) return sayFollowing(signal);
    if (!there.isFile()) return lose(wrongKind(path, there));
    if (current !== null) await retire(current, signal);
    current = await openTail(path, plan, target, buffers);
    wasOpen = true;
    health.change({ health: 'ok', detail: following() });
    await readOn(current, signal);
    sayFollowing(signal);
  }

  async function readOn(tail: FileTail, signal: AbortSignal): Promise<void> {
    if ((await tail.drain(signal)) === 'end') return;
    // The same file, cut and written anew: what stood there is gone.
    await leave(tail);
    current = await openTail(path, plan, target, buffers);
    await current.drain(signal);
  }

  // A new file has the name: the old one is read to its end before the new one is begun.
  async function retire(tail: FileTail, signal: AbortSignal): Promise<void> {
    await tail.drain(signal);
    await endRetired();
    retired = { tail, until: now() + RETIRE_MS };
    current = null;
    plan = planAfter(tail);
  }

  async function readRetired(signal: AbortSignal): Promise<void> {
    if (retired === null) return;
    // Whatever is wrong with a file that is leaving anyway is not worth a word.
    await retired.tail.drain(signal).catch(() => undefined);
    if (now() >= retired.until) await endRetired();
  }

  async function endRetired(): Promise<void> {
    const ending = retired?.tail;
    retired = null;
    ending?.finish();
    await ending?.close();
  }

  async function leave(tail: FileTail): Promise<void> {
    tail.finish();
    lastCursor = JSON.stringify(tail.cursor());
    plan = planAfter(tail);
    current = null;
    await tail.close();
  }

  async function miss(): Promise<void> {
    missingSince ??= now();
    // What appears under the name from now on is new.
    if (current === null) {
      plan = { ...plan, otherwise: 'live' };
      return sayTrouble(await troubleWith(path, Object.assign(new Error(), { code: 'ENOENT' })));
    }
    if (now() - missingSince < MISSING_MS) return;
    if (!current.isDeleted()) {
      const detail = cleanLine(`${path} was renamed; reading it on and waiting for a new one`, MAX_TEXT_LENGTH);
      return health.change({ health: 'degraded', detail });
    }
    // An open file keeps its space on the disk, which may be why it was deleted.
    await leave(current);
    sayTrouble(cleanLine(`${path} was deleted; waiting for it to be written again`, MAX_TEXT_LENGTH));
  }

  async function lose(detail: string): Promise<void> {
    const tail = current;
    current = null;
    if (tail !== null) {
      if (tail.reachedPresent()) plan = { cursor: tail.cursor(), again: false, otherwise: 'gap', generation: 0 };
      lastCursor = JSON.stringify(tail.cursor());
      await tail.close().catch(() => undefined);
    }
    sayTrouble(detail);
  }

  function sayTrouble(detail: string): void {
    health.change({ health: wasOpen ? 'lost' : 'absent', detail });
  }

  function sayFollowing(signal: AbortSignal): void {
    if (signal.aborted) return;
    health.change({ health: 'ok', detail: following(), caughtUp: true });
  }

  function following(): string {
    return cleanLine(`following ${path}`, MAX_TEXT_LENGTH);
  }

  return {
    look,
    progress: () => ({
      cursor: current === null ? lastCursor : JSON.stringify(current.cursor()),
      lagMs: lagOf(current, now()),
    }),
    isRetiring: () => retired !== null,
    close: async () => {
      await retired?.tail.close();
      await current?.close();
    },
  };
}

function planAfter(tail: FileTail): OpeningPlan {
  return { cursor: null, again: false, otherwise: 'live', generation: tail.cursor().generation + 1 };
}

function lagOf(tail: FileTail | null, now: Ms): Ms | null {
  const unread = tail?.unreadSince() ?? null;
  if (unread !== null) return Math.max(0, Math.round(now - unread));
  return tail === null ? null : 0;
}
