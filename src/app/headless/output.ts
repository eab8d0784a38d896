import { isoTime } from '../iso-time.ts';
import type { Line } from './lines.ts';

export type Output = {
  /** One JSON object a line on stdout, flushed at once. */
  readonly line: (line: Line) => void;
  /** A line for people on stderr. */
  readonly talk: (text: string) => void;
  /** Resolves when the reader of stdout has gone away. */
  readonly closed: Promise<void>;
  /** Resolves when everything said has left us. */
  readonly flush: () => Promise<void>;
};

/** Writes `sightline.event/1` to this process's own streams. */
export function createOutput(host: string): Output {
  let seq = 0;
  let open = true;
  const closed = Promise.withResolvers<undefined>();
  const close = (): void => {
    open = false;
    closed.resolve(undefined);
  };
  process.stdout.on('error', close);
  process.stdout.on('close', close);
  return {
    line: ({ at, kind, ...facts }) => {
      seq += 1;
      const event = { schema: 'sightline.event/1', seq, at: isoTime(at), host, kind, ...facts };
      if (open) process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    talk: (text) => void process.stderr.write(`sightline: ${text}\n`),
    closed: closed.promise,
    flush: () => (open ? new Promise((resolve) => void process.stdout.write('', () => resolve())) : Promise.resolve()),
  };
}
