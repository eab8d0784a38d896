import { constants, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/errno.ts';
import type { Feed, FeedSink } from '../../core/feed.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { Mono, Ms } from '../../core/units.ts';
import { readContent, searchLines } from './content.ts';
import { identityOf } from './file/file-tail.ts';
import { type FileWatcher, watchFile } from './file/watcher.ts';
import { follower } from './follow.ts';
import { type HealthReport, healthReport } from './health-report.ts';
import { type LineReader, lineReader } from './line-reader.ts';
import { readStream } from './stream.ts';
import { problemWith } from './trouble.ts';
import { monotonic } from '../monotonic.ts';

/** Options for following a JSONL or logtail file. */
export type JsonlOptions = {
  readonly path: string;
  /** The scheme that the user chose; each line shows its own format. */
  readonly format: 'jsonl' | 'logtail';
  /** The name of the source; default: `FORMAT:PATH`. */
  readonly uri?: SourceUri;
  /** `SourceHealth.cursor` of an earlier run, null for none. */
  readonly cursor?: string | null;
  readonly now?: () => Ms;
  readonly mono?: () => Mono;
  /** The poll interval beside change notification, for NFS and lost events, ms. */
  readonly pollMs?: Ms;
};

const POLL_MS = 1_000;
const RETIRING_POLL_MS = 100;

/**
 * Follows a file of lines through truncation, rotation, deletion and its first appearance. Lines that were there at
 * opening are historical (with a cursor: those beyond it are a gap), all later ones live.
 */
export function jsonlFeed(options: JsonlOptions): Feed {
  const uri = options.uri ?? `${options.format}:${options.path}`;
  return {
    uri,
    medium: options.format,
    open: (sink, signal) => openFile(uri, options, sink, signal),
    content: (record, call) => readContent(resolve(options.path), record, call),
    search: (search, signal) => searchLines(resolve(options.path), search, signal),
  };
}

async function openFile(uri: string, options: JsonlOptions, sink: FeedSink, signal: AbortSignal): Promise<void> {
  const { now = Date.now, mono = monotonic, pollMs = POLL_MS, cursor = null } = options;
  const path = resolve(options.path);
  const health = healthReport({ uri, medium: options.format, sink, now, progressOf: () => files.progress() });
  const target = { events: sink.events, delivered: health.progress, skip: health.skip };
  const { sumsBefore } = sink;
  const files = follower({ path, cursor, now, mono, target: { ...target, ...(sumsBefore && { sumsBefore }) }, health });
  const fifoReader = lineReader({ ...target, recordOf: (_line, number) => `fifo:${number}`, arrivalOf: () => 'gap' });
  const changes = watchFile(path);
  try {
    while (!signal.aborted) {
      const kind = await files.poll(signal);
      if (kind === 'fifo') await followFifo({ path, reader: fifoReader, health, changes, pollMs }, signal);
      if (health.flushIn() === 0) health.flush();
      const limit = files.isRetiring() ? Math.min(pollMs, RETIRING_POLL_MS) : pollMs;
      await changes.wait(Math.min(limit, health.flushIn() ?? limit), signal);
    }
  } finally {
    health.flush();
    changes.close();
    await files.close();
  }
}

type Fifo = {
  readonly path: string;
  readonly reader: LineReader;
  readonly health: HealthReport;
  readonly changes: FileWatcher;
  readonly pollMs: Ms;
};

// A FIFO is a pipe with a name: read as standard input is, but it may come back after its end, or be created again.
async function followFifo(fifo: Fifo, signal: AbortSignal): Promise<void> {
  const { path, reader, health } = fifo;
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  try {
    const there = identityOf(await stat(path, { bigint: true }));
    const stream = await openFifo(path);
    health.change({ status: 'ok', detail: { code: 'reading_fifo', path }, caughtUp: true });
    void untilReplaced(fifo, there, until).then(() => ended.abort());
    const error = await readStream(stream, reader, until);
    if (error !== null) throw error;
    if (ended.signal.aborted && !signal.aborted && !(await isThere(path))) {
      health.change({ status: 'lost', detail: { code: 'file_deleted', path } });
    }
  } catch (error) {
    health.change({ status: 'lost', detail: await problemWith(path, error) });
  } finally {
    ended.abort();
  }
}

// As long as we hold it open, a FIFO that has lost its name never ends, and the writers of a new one wait for a reader.
async function untilReplaced({ path, changes, pollMs }: Fifo, identity: string, signal: AbortSignal): Promise<void> {
  // Twice in a row: what was written before it went is read in between.
  for (let others = 0; others < 2 && !signal.aborted;) {
    await changes.wait(pollMs, signal);
    const there = await stat(path, { bigint: true }).catch(() => null);
    others = there !== null && identityOf(there) === identity ? 0 : others + 1;
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const openDescriptor = promisify(open);

/** Opens a FIFO as a stream. It outlives its writers where we may write to it too; else it ends with the last one. */
async function openFifo(path: string): Promise<Readable> {
  // A FIFO that is open for writing has always a writer: us.
  const fd = await openDescriptor(path, constants.O_RDWR | constants.O_NONBLOCK).catch((error: unknown) => {
    if (errnoOf(error) !== 'EACCES') throw error;
    return openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK);
  });
  return new Socket({ fd, readable: true, writable: false });
}
