import type { Feed, FeedEvent, FeedSink } from '../../core/feed.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { Mono, Ms } from '../../core/units.ts';
import { monotonic } from '../monotonic.ts';
import { basename, dirname, join, resolve } from 'node:path';
import { callTable } from './rows/call-row.ts';
import type { Condition } from './condition.ts';
import { readContent } from './content.ts';
import { searchCalls } from './search.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { isFolder } from './file-stat.ts';
import { HealthReporter } from './health.ts';
import { interruptionTable } from './rows/interruption-row.ts';
import { TableSource } from './source.ts';
import { FolderWatcher, type Cause } from './watcher.ts';

export type SqliteOptions = {
  /** agentsight's folder, or a `genai_events.db` in it. */
  readonly path: string;
  /** The name of the source; default: `sqlite:PATH`. */
  readonly uri?: SourceUri;
  /** `SourceHealth.cursor` of an earlier run: what came since then is a gap. Null for none. */
  readonly cursor?: string | null;
  /** Read the newest of the past before the rest of it: for a screen or an engine that acts while the rest is read. */
  readonly newestFirst?: boolean;
  /** A past of so many rows that are only counted is read by a thread beside this one. */
  readonly worthRows?: bigint;
  readonly now?: () => Ms;
  /** Monotonic time, ms: for every wait, whatever the wall clock is set to. */
  readonly mono?: () => Mono;
};

/** Follows agentsight's databases, read-only. */
export function sqliteFeed(options: SqliteOptions): Feed {
  const uri = options.uri ?? `sqlite:${options.path}`;
  return {
    uri,
    medium: 'sqlite',
    open: async (sink, signal) => {
      const following = new Following(options, uri, sink);
      try {
        await following.run(signal);
      } finally {
        following.close();
      }
    },
    content: (record) => readContent(pathsOf(options.path).callsFile, record),
    search: (search, signal) => searchCalls(pathsOf(options.path).callsFile, search, signal),
  };
}

const CALLS_FILE = 'genai_events.db';
const INTERRUPTIONS_FILE = 'interruption_events.db';
const POLL_EVERY_MS = 1_000;
const POLL_CLOSED_EVERY_MS = 50;

/** One run of the feed. */
class Following {
  readonly #folder: string;
  readonly #sink: FeedSink;
  readonly #reporter: HealthReporter;
  readonly #calls: TableSource;
  readonly #interruptions: TableSource;
  readonly #watcher: FolderWatcher;
  #held: readonly FeedEvent[] = [];
  #polledAt = 0;

  constructor(options: SqliteOptions, uri: SourceUri, sink: FeedSink) {
    const { folder, callsFile } = pathsOf(options.path);
    const { now = Date.now, mono = monotonic } = options;
    const cursor = parseCursor(options.cursor ?? null);
    this.#folder = folder;
    this.#sink = sink;
    this.#reporter = new HealthReporter(uri, now, sink.health);
    const shared = {
      now,
      mono,
      onSkip: this.#reporter.skip.bind(this.#reporter),
      newestFirst: options.newestFirst ?? false,
      mayBeSummed: sink.sumsBefore !== undefined,
      worthRows: options.worthRows,
      onAhead: () => this.#watcher.wake(),
    };
    const [calls, interruptions] = [callTable(callsFile), interruptionTable(join(folder, INTERRUPTIONS_FILE))];
    this.#calls = new TableSource({ ...shared, table: calls, resume: cursor?.calls ?? null });
    this.#interruptions = new TableSource({ ...shared, table: interruptions, resume: cursor?.interruptions ?? null });
    this.#watcher = new FolderWatcher(folder, [basename(callsFile), INTERRUPTIONS_FILE]);
  }

  async run(signal: AbortSignal): Promise<void> {
    let cause: Cause = 'files';
    while (!signal.aborted) {
      if (cause !== 'change' || this.#isPollDue()) this.#poll();
      this.#read();
      this.#report(true);
      cause = await this.#next(signal);
    }
  }

  close(): void {
    this.#report(false);
    this.#watcher.close();
    this.#calls.close();
    this.#interruptions.close();
  }

  // Changes may come faster than any poll; a file that is not open yet may be one of them.
  #isPollDue(): boolean {
    const isOpen = this.#calls.access !== null && this.#interruptions.access !== null;
    return performance.now() - this.#polledAt >= (isOpen ? POLL_EVERY_MS : POLL_CLOSED_EVERY_MS);
  }

  #poll(): void {
    this.#polledAt = performance.now();
    this.#watcher.renew();
    this.#calls.poll();
    this.#interruptions.poll();
  }

  // agentsight writes a call before the interruption that names it: read in the opposite order and emitted in the same,
  // no interruption comes before its call.
  #read(): void {
    if (this.#held.length === 0) this.#held = this.#interruptions.fresh();
    this.#deliver(this.#calls.fresh());
    if (!this.#calls.hasFresh) {
      this.#deliver(this.#held);
      this.#held = [];
    }
    this.#readPast(this.#nextPast());
    this.#deliver(this.#calls.sweep());
    this.#deliver(this.#interruptions.sweep());
  }

  // Calls before the interruptions that name them, and of both what is recent before the rest.
  #nextPast(): TableSource {
    if (this.#calls.hasRecent) return this.#calls;
    return this.#calls.hasBacklog && !this.#interruptions.hasRecent ? this.#calls : this.#interruptions;
  }

  #readPast(table: TableSource): void {
    this.#deliver(table.backlog(this.#sink.sumsBefore?.(0) ?? null));
    table.delivered();
  }

  #deliver(events: readonly FeedEvent[]): void {
    if (events.length > 0) this.#sink.events(events);
  }

  async #next(signal: AbortSignal): Promise<Cause> {
    if (!this.#calls.hasWork && !this.#interruptions.hasWork) return this.#watcher.wait(signal);
    await new Promise((done) => setImmediate(done));
    return this.#watcher.take() ?? 'change';
  }

  #report(mayWait: boolean): void {
    const [calls, interruptions] = [this.#calls, this.#interruptions];
    const report = {
      condition: conditionOf(calls, interruptions, this.#folder),
      isCaughtUp: areBoth(calls, interruptions, ({ isCaughtUp }) => isCaughtUp),
      isRecentRead: areBoth(calls, interruptions, ({ isRecentRead }) => isRecentRead),
      cursor: () => formatCursor({ calls: calls.cursor(), interruptions: interruptions.cursor() }),
    };
    this.#reporter.report(report, mayWait);
  }
}

// Only one of the two may be there: agentsight's server keeps its interruptions in another folder at times.
function areBoth(calls: TableSource, interruptions: TableSource, is: (table: TableSource) => boolean): boolean {
  const isWithoutCalls = calls.condition?.state === 'absent' && is(interruptions);
  const isWithoutInterruptions = (interruptions.condition?.state ?? 'ok') !== 'ok';
  return (is(calls) || isWithoutCalls) && (is(interruptions) || isWithoutInterruptions);
}

function conditionOf(calls: TableSource, interruptions: TableSource, folder: string): Condition {
  const [ofCalls, ofRows] = [calls.condition, interruptions.condition];
  if (ofCalls === null) return { state: 'ok', detail: { code: 'opening', folder } };
  if (ofCalls.state === 'absent' && ofRows?.state === 'ok') {
    const detail = { code: 'without_calls', file: INTERRUPTIONS_FILE, folder, why: ofCalls.detail } as const;
    return { state: 'degraded', detail };
  }
  if (ofCalls.state !== 'ok') return ofCalls;
  if (ofRows?.state === 'lost' || ofRows?.state === 'degraded') return { state: 'degraded', detail: ofRows.detail };
  const detail = {
    code: 'following_databases',
    files: ofRows?.state === 'absent' ? [CALLS_FILE] : [CALLS_FILE, INTERRUPTIONS_FILE],
    folder,
    isStill: calls.access === 'still',
    withoutInterruptions: ofRows?.state === 'absent' ? ofRows.detail : null,
    withoutWal: calls.withoutWal ?? interruptions.withoutWal,
  } as const;
  return { state: 'ok', detail };
}

// A file of another name than agentsight's is a copy of its calls; the interruptions lie beside it.
function pathsOf(path: string): { readonly folder: string; readonly callsFile: string } {
  const absolute = resolve(path);
  const isFile = absolute.endsWith('.db') && !isFolder(absolute);
  if (!isFile) return { folder: absolute, callsFile: join(absolute, CALLS_FILE) };
  const folder = dirname(absolute);
  return { folder, callsFile: basename(absolute) === INTERRUPTIONS_FILE ? join(folder, CALLS_FILE) : absolute };
}
