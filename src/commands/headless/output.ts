import { isoTime } from '../iso-time.ts';
import type { Line } from './lines.ts';

/** What a reader that stops reading may leave unread, bytes; what comes then is left out, and `seq` shows it. */
const MAX_UNREAD = 16 * 1024 * 1024;
/** How long our end waits for a reader that has stopped reading, ms. */
const FLUSH_MS = 500;

export type Output = {
  /** One JSON object a line on stdout, flushed at once. */
  readonly line: (line: Line) => void;
  /** A line for people on stderr. */
  readonly talk: (text: string) => void;
  /** Resolves when the reader of stdout has gone away. */
  readonly closed: Promise<void>;
  /** Resolves when everything said has left us, or its reader does not read on. */
  readonly flush: () => Promise<void>;
};

/** Writes `sightline.event/1` to this process's own streams. */
export function createOutput(host: string): Output {
  let seq = 0;
  let open = true;
  let leftOut = 0;
  const closed = Promise.withResolvers<undefined>();
  const close = (): void => {
    open = false;
    closed.resolve(undefined);
  };
  process.stdout.on('error', close);
  process.stdout.on('close', close);
  const talk = (text: string): void => {
    if (process.stderr.writableLength < MAX_UNREAD) process.stderr.write(`sightline: ${text}\n`);
  };
  const write = (text: string): void => {
    if (process.stdout.writableLength > MAX_UNREAD) {
      if (leftOut === 0) talk('nobody reads standard output: lines are left out until somebody does');
      leftOut += 1;
      return;
    }
    if (leftOut > 0) talk(`standard output is read again; ${leftOut} lines were left out`);
    leftOut = 0;
    process.stdout.write(text);
  };
  return {
    line: ({ at, kind, ...facts }) => {
      seq += 1;
      const event = { schema: 'sightline.event/1', seq, at: isoTime(at), host, kind, ...facts };
      if (open) write(`${JSON.stringify(event)}\n`);
    },
    talk,
    closed: closed.promise,
    flush: () => (open ? flushed() : Promise.resolve()),
  };
}

function flushed(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MS);
    process.stdout.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
