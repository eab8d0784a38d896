import { closeSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { createInterface } from 'node:readline/promises';
import { complain, printError } from './output.ts';

/** Longest text that is sent to the clipboard, bytes: some terminals drop longer sequences, and an id is short. */
const MAX_COPY_BYTES = 4_096;
/** The time that a stop may take to reach us before we go on as if there were no shell to come back to, ms. */
const STOP_GRACE_MS = 250;

/** The source of keys. `close` gives back what was opened for it. */
export type Keyboard = {
  readonly stream: NodeJS.ReadStream;
  /** The terminal itself, for a program that is to have it instead of us. */
  readonly descriptor: number;
  readonly close: () => void;
};

/**
 * The keyboard of this terminal: standard input, or the controlling terminal where standard input brings a feed. Null
 * where there is none.
 */
export function openKeyboard(stdinIsFeed: boolean): Keyboard | null {
  // Paused, it leaves to the shell what is typed while we end.
  if (!stdinIsFeed && process.stdin.isTTY)
    return { stream: process.stdin, descriptor: 0, close: () => process.stdin.pause() };
  let descriptor: number;
  try {
    descriptor = openSync('/dev/tty', 'r+');
  } catch {
    return null;
  }
  try {
    const stream = new ReadStream(descriptor);
    return { stream, descriptor, close: () => stream.destroy() };
  } catch {
    closeSync(descriptor);
    return null;
  }
}

/** Puts text on the clipboard of this terminal's user (OSC 52); false where it is too long for that. */
export function copyByTerminal(output: NodeJS.WriteStream, text: string): boolean {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > MAX_COPY_BYTES) return false;
  output.write(`\u001b]52;c;${bytes.toString('base64')}\u0007`);
  return true;
}

/** Stopping and being continued, as a shell's job control does it. */
export type JobControl = {
  /**
   * Stops this process and its group, as Ctrl-Z does outside raw mode, and resolves when it has been continued. Where
   * there is no shell to continue it (an orphaned group), the kernel ignores the stop, and it resolves soon.
   */
  readonly stop: () => Promise<void>;
  readonly forget: () => void;
};

/** `onStop`: we are asked to stop (SIGTSTP). `onContinue`: we were stopped without being asked, and go on. */
export function joinJobControl({
  onStop,
  onContinue,
}: Readonly<Record<'onStop' | 'onContinue', () => void>>): JobControl {
  let resume: (() => void) | null = null;
  const continued = (): void => (resume === null ? onContinue() : resume());
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', continued);
  return {
    stop: async () => {
      // A signal with a listener does not stop the process.
      process.off('SIGTSTP', onStop);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, STOP_GRACE_MS);
        resume = () => {
          clearTimeout(timer);
          resolve();
        };
        process.kill(0, 'SIGTSTP');
      });
      resume = null;
      process.on('SIGTSTP', onStop);
    },
    forget: () => {
      process.off('SIGTSTP', onStop);
      process.off('SIGCONT', continued);
    },
  };
}

/** Calls back once when the terminal behind a keyboard is gone. */
export function onTerminalGone({ stream }: Keyboard, gone: () => void): () => void {
  stream.on('end', gone);
  stream.on('error', gone);
  return () => {
    stream.off('end', gone);
    // A terminal may still break while it is closed; there is no listener any more.
    stream.off('error', gone);
    stream.on('error', () => undefined);
  };
}

/** True if the locale is UTF-8; false if no locale is set. */
export function isUtf8Locale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}

/** True if the terminal reports a light background (COLORFGBG, as rxvt, Konsole and others set it). */
export function hasLightBackground(env: Readonly<Record<string, string | undefined>>): boolean {
  const background = /(?:^|;)(\d{1,2})$/.exec(env['COLORFGBG'] ?? '')?.[1];
  return background === '7' || background === '15';
}

/** Asks before there is a screen: reads lines until `read` takes one; null where the person leaves (Ctrl-C, Ctrl-D). */
export async function askLine<T>(
  { stream }: Keyboard,
  question: string,
  { read, again }: { readonly read: (line: string) => T | undefined; readonly again: string },
): Promise<T | null> {
  const lines = createInterface({ input: stream, terminal: false });
  printError(`sightline: ${question}`);
  try {
    for await (const line of lines) {
      const answer = read(line.trim());
      if (answer !== undefined) return answer;
      complain(again);
    }
    return null;
  } finally {
    lines.close();
  }
}
