import { PassThrough, Writable } from 'node:stream';

/** Streams that play a terminal of a fixed size; what is written is counted and forgotten. */
export type PlayedTerminal = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Bytes written so far. */
  readonly written: () => number;
  /** Resolves with the next write, `performance.now()` of it. */
  readonly nextWrite: () => Promise<number>;
  readonly send: (bytes: string) => void;
};

export function playTerminal(columns: number, rows: number): PlayedTerminal {
  let written = 0;
  let waiting: ((at: number) => void)[] = [];
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      written += Buffer.byteLength(chunk);
      const at = performance.now();
      for (const tell of waiting.splice(0)) tell(at);
      done();
    },
  });
  const input = new PassThrough();
  const tty = { isTTY: true, setRawMode: () => input, ref: () => input, unref: () => input };
  return {
    input: Object.assign(input, tty) as unknown as NodeJS.ReadStream,
    output: Object.assign(output, { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream,
    written: () => written,
    nextWrite: () =>
      new Promise((resolve) => {
        waiting = [...waiting, resolve];
      }),
    send: (bytes) => void input.write(bytes),
  };
}
