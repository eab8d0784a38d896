import { resolve } from 'node:path';
import type { Feed, FeedSink, Ms, SourceUri } from '../../core/events.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { readContent } from './content.ts';
import { openFifo } from './file/fifo.ts';
import { follower } from './follow.ts';
import { healthReport } from './health-report.ts';
import type { HealthReport } from './health-report.ts';
import { lineReader } from './line-reader.ts';
import type { LineReader } from './line-reader.ts';
import { readStream } from './stream.ts';
import { troubleWith } from './trouble.ts';
import { waker } from './file/waker.ts';

/** What following a JSONL or logtail file needs. */
export type JsonlOptions = {
  readonly path: string;
  /** What the user called it; each line says itself which of the two it is. */
  readonly format: 'jsonl' | 'logtail';
  /** How the source is named; `FORMAT:PATH` where it is left out. */
  readonly uri?: SourceUri;
  /** `SourceHealth.cursor` of an earlier run, null for none. */
  readonly cursor?: string | null;
  readonly now?: () => Ms;
  /** The slow look beside change notification, for NFS and lost events, ms. */
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
  };
}

async function openFile(uri: string, options: JsonlOptions, sink: FeedSink, signal: AbortSignal): Promise<void> {
  const { now = Date.now, pollMs = POLL_MS, cursor = null } = options;
  const path = resolve(options.path);
  const health = healthReport({ uri, medium: options.format, sink, now, progressOf: () => files.progress() });
  const target = { events: sink.events, delivered: health.progress, skip: health.skip };
  const files = follower({ path, cursor, now, target, health });
  const fifoReader = lineReader({ ...target, recordOf: (_line, number) => `fifo:${number}`, arrivalOf: () => 'gap' });
  const changes = waker(path);
  try {
    while (!signal.aborted) {
      const kind = await files.look(signal);
      if (kind === 'fifo') await followFifo(path, fifoReader, health, signal);
      if (health.dueIn() === 0) health.flush();
      const limit = files.isRetiring() ? Math.min(pollMs, RETIRING_POLL_MS) : pollMs;
      await changes.wait(Math.min(limit, health.dueIn() ?? limit), signal);
    }
  } finally {
    health.flush();
    changes.close();
    await files.close();
  }
}

// A FIFO is a pipe with a name: read as standard input is, but it may come back after its end.
async function followFifo(path: string, reader: LineReader, health: HealthReport, signal: AbortSignal): Promise<void> {
  try {
    const stream = await openFifo(path);
    const detail = cleanLine(`reading the FIFO ${path}`, MAX_TEXT_LENGTH);
    health.change({ health: 'ok', detail, caughtUp: true });
    const error = await readStream(stream, reader, signal);
    if (error !== null) throw error;
  } catch (error) {
    health.change({ health: 'lost', detail: await troubleWith(path, error) });
  }
}
