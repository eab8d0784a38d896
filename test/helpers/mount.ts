import { Console } from 'node:console';
import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { type Screen, openScreen } from '../../src/ui/app/open-screen.tsx';
import type { Size } from '../../src/ui/render/frame.ts';
import { until } from './until.ts';
import type { ScreenWorld } from './view.ts';

// Ink diverts the console while it draws, and vitest's has no constructor.
Object.assign(console, { Console });

export type MountOptions = Partial<Size> & { readonly ascii?: boolean };

/** The real screen in this process, on streams that play a terminal. */
export type Mounted = {
  readonly screen: Screen;
  readonly text: () => string;
  /** Waits for a text on the screen; throws what broke the screen. */
  readonly shows: (text: string | RegExp) => Promise<void>;
  readonly hides: (text: string | RegExp) => Promise<void>;
  /** Writes what a terminal would send, all at once. */
  readonly send: (bytes: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Bytes written so far. */
  readonly written: () => number;
  readonly asked: readonly string[];
};

export function mount(world: ScreenWorld, { columns = 120, rows = 34, ascii = false }: MountOptions = {}): Mounted {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  world.engine.commit();
  let written = 0;
  let broken: Error | null = null;
  const output = Object.assign(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written += chunk.length;
        terminal.write(chunk, done);
      },
    }),
    { isTTY: true, columns, rows },
  );
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => input,
    ref: () => input,
    unref: () => input,
  });
  const asked: string[] = [];
  const screen = openScreen({
    engine: world.engine,
    terminal: {
      copy: (text) => asked.push(`copy ${text}`) > 0,
      suspend: () => void asked.push('suspend'),
      redraw: () => void asked.push('redraw'),
      pager: async () => false,
      lend: async ({ file }) => {
        asked.push(`lend ${file ?? 'shell'}`);
        return { ok: true, value: { code: 0, signal: null } };
      },
      quit: () => void asked.push('quit'),
    },
    input: input as unknown as NodeJS.ReadStream,
    output: output as unknown as NodeJS.WriteStream,
    now: () => world.now,
    ascii,
    colour: true,
  });
  screen.closed.catch((error: unknown) => {
    broken = error instanceof Error ? error : new Error(String(error));
  });
  onTestFinished(() => screen.close());
  const lineAt = (row: number): string => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '';
  const text = (): string => Array.from({ length: terminal.rows }, (_, row) => lineAt(row)).join('\n');
  const has = (wanted: string | RegExp): boolean => {
    if (broken !== null) throw broken;
    return typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text());
  };
  return {
    screen,
    text,
    shows: async (wanted) => {
      await until(() => has(wanted)).catch((error: unknown) => {
        throw new Error(`not shown: ${String(wanted)}\n${text()}`, { cause: error });
      });
    },
    hides: async (wanted) => {
      await until(() => !has(wanted) && text().trim() !== '');
    },
    send: (bytes) => void input.write(bytes),
    resize: (nextColumns, nextRows) => {
      terminal.resize(nextColumns, nextRows);
      Object.assign(output, { columns: nextColumns, rows: nextRows });
      output.emit('resize');
    },
    written: () => written,
    asked,
  };
}
