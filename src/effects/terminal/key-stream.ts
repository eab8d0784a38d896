import { PassThrough } from 'node:stream';
import { type Assembled, SequenceAssembler } from './key-sequences.ts';

/** A keyboard whose escape sequences arrive whole, without the reports of the mouse. */
export type KeyStream = {
  readonly stream: NodeJS.ReadStream;
  /** Takes nothing for a key until `resume`: another program has the terminal. */
  readonly pause: () => void;
  readonly resume: () => void;
};

/** Receivers of what a terminal sends that is no key. */
export type Reports = {
  /** A report of the mouse (SGR, without the escape byte); Ink would drop it. */
  readonly mouse: (report: string) => void;
  /** The column of the cursor, where the terminal was asked for it. */
  readonly column: (column: number) => void;
};

/**
 * Reads a terminal's keyboard: escape sequences are put together, and reports of the terminal go to `reports`. Ink itself takes a pause of 20 ms within a sequence for its end, and the
 * rest of an arrow key for a letter.
 */
export function readKeys(keyboard: NodeJS.ReadStream, reports: Reports): KeyStream {
  const keys = new PassThrough();
  const assembler = new SequenceAssembler();
  let timer: NodeJS.Timeout | undefined;
  let waiting = 0;
  let isAway = false;
  // After a busy moment the rest may have arrived already: what can be read is read before the time counts.
  const expire = (since: number): void => {
    setImmediate(() => {
      if (since === waiting) forward(assembler.expire());
    });
  };
  const forward = ({ keys: bytes, mouse, columns }: Assembled): void => {
    clearTimeout(timer);
    waiting += 1;
    const { patience } = assembler;
    if (patience !== null) timer = setTimeout(expire, patience, waiting).unref();
    if (bytes !== '') keys.write(Buffer.from(bytes, 'latin1'));
    for (const report of mouse) reports.mouse(report);
    for (const column of columns) reports.column(column);
  };
  const stream = Object.assign(keys, {
    isTTY: true,
    setRawMode: (on: boolean) => {
      keyboard.setRawMode(on);
      return stream;
    },
    ref: () => {
      keyboard.ref();
      return stream;
    },
    unref: () => {
      keyboard.unref();
      return stream;
    },
  });
  keyboard.on('data', (chunk: Buffer) => {
    if (!isAway) forward(assembler.push(chunk.toString('latin1')));
  });
  // A question before there is a screen leaves it paused, and a listener alone does not undo that.
  keyboard.resume();
  return {
    stream: stream as unknown as NodeJS.ReadStream,
    pause: () => {
      isAway = true;
      keyboard.pause();
      clearTimeout(timer);
      waiting += 1;
      assembler.reset();
    },
    resume: () => {
      isAway = false;
      keyboard.resume();
    },
  };
}
