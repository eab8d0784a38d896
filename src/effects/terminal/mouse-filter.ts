import { PassThrough } from 'node:stream';

/** The keys of a keyboard without what the mouse says. `hold` reads nothing until `go`: somebody else has the terminal. */
export type MouseFilter = {
  readonly stream: NodeJS.ReadStream;
  readonly hold: () => void;
  readonly go: () => void;
};

const ESC = '\u001b';
const MOUSE = new RegExp(`${ESC}\\[<\\d{1,3};\\d{1,4};\\d{1,4}[Mm]`, 'g');
/** The beginning of what the mouse says, at the end of a chunk. */
const BEGUN = new RegExp(`${ESC}\\[<[\\d;]{0,14}$`);

/**
 * Takes the reports of the mouse (SGR) out of what a terminal sends and calls back with each, without its escape; the
 * rest goes on as it came. Ink throws such reports away before anybody could see them.
 */
export function filterMouse(keyboard: NodeJS.ReadStream, onMouse: (report: string) => void): MouseFilter {
  const keys = new PassThrough();
  let rest = '';
  const read = (chunk: Buffer): void => {
    // Latin-1 keeps every byte, wherever a character is split.
    const text = rest + chunk.toString('latin1');
    rest = BEGUN.exec(text)?.[0] ?? '';
    const whole = text.slice(0, text.length - rest.length);
    const others = whole.replaceAll(MOUSE, '');
    if (others !== '') keys.write(Buffer.from(others, 'latin1'));
    for (const [report] of whole.matchAll(MOUSE)) onMouse(report.slice(1));
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
  keyboard.on('data', read);
  return {
    stream: stream as unknown as NodeJS.ReadStream,
    hold: () => void keyboard.pause(),
    go: () => void keyboard.resume(),
  };
}
