import type { Readable } from 'node:stream';
import { fileReasonOf } from '../../core/errno.ts';
import type { Feed } from '../../core/feed.ts';
import type { Ms } from '../../core/units.ts';
import { healthReport } from './health-report.ts';
import { lineReader } from './line-reader.ts';
import { readStream } from './stream.ts';

/** Options for standard input: the stream, and the clock that dates its health. */
export type StdinOptions = { readonly input: Readable; readonly now?: () => Ms };

/**
 * Lines from a pipe (`ssh host tail -F … | sightline …`), each JSONL or logtail. They arrive as `gap`: a pipe does not
 * tell which of its lines are old. Ends with the stream; cannot be continued.
 */
export function stdinFeed({ input, now = Date.now }: StdinOptions): Feed {
  return {
    uri: '-',
    medium: 'stdin',
    open: async (sink, signal) => {
      const progressOf = (): { cursor: null; lagMs: null } => ({ cursor: null, lagMs: null });
      const health = healthReport({ uri: '-', medium: 'stdin', sink, now, progressOf });
      const reader = lineReader({
        events: sink.events,
        delivered: health.progress,
        skip: health.skip,
        recordOf: (_line, number) => String(number),
        arrivalOf: () => 'gap',
      });
      health.change({ status: 'ok', detail: { code: 'reading_stdin' }, caughtUp: true });
      const error = await readStream(input, reader, signal);
      health.flush();
      if (signal.aborted) return;
      if (error === null) health.change({ ended: true, detail: { code: 'stdin_ended' } });
      else health.change({ status: 'lost', ended: true, detail: { code: 'stdin_failed', why: fileReasonOf(error) } });
    },
  };
}
