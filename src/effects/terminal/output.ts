import { fstatSync } from 'node:fs';
import { shortened } from './frame-bytes.ts';
import { isatty } from 'node:tty';
import { INVISIBLE, cleanText } from '../../core/text.ts';
import { fileSink, type Sink, type SinkState, streamSink } from './sink.ts';

/** The control characters that a drawn frame may hold: line feeds, tabs, carriage returns, and CSI sequences without intermediate bytes. */
const NOT_DRAWN =
  // oxlint-disable-next-line no-control-regex -- control characters are what this pattern is for
  /\u001b(?!\[[0-9:;<=>?]*[A-Za-z])|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The one door for text that leaves this process. Whatever goes to standard output or standard error passes here and is
 * cleaned: a path, a message of Node's or a child's output may hold escape sequences. A lint rule (`house/output`) forbids
 * every other way; only the screen gets the terminal itself, for what it draws.
 */

/** Bytes that a reader of standard error may leave unread; what comes then is left out. */
const MAX_UNREAD_TALK = 1024 * 1024;
/** The time that our end waits for readers that have stopped reading, ms. */
export const FLUSH_MS = 500;

let isPatient = false;
let format: LogFormat = 'text';
const sinks = new Map<1 | 2, Sink>();

/** Prints text of ours on standard output, line feeds included. Foreign text goes by `printLines`. */
export function print(text: string): void {
  sink(1).write(ended(cleanText(text, text.length)));
}

/** Prints lines on standard output; a line feed or a tab inside one is a blank, so that none is taken for two. */
export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) sink(1).write(lines.map((line) => `${oneLine(line)}\n`).join(''));
}

/** Prints a value as JSON on standard output, on one line unless `indent` specifies otherwise; `done`: it has left us. */
export function printJson(value: unknown, { indent = 0, done }: { indent?: number; done?: () => void } = {}): void {
  sink(1).write(`${cleanJson(value, indent)}\n`, done);
}

/** The levels of log messages, the gravest first, with their priorities as syslog and journald number them. */
const PRIORITIES = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;
export type LogLevel = keyof typeof PRIORITIES;

/**
 * The form of a message on standard error: text after the program's name; text after `<N>`, which journald takes as its
 * priority (sd-daemon(3)); one JSON object a line.
 */
export type LogFormat = 'text' | 'journal' | 'json';

/** Sets the form of what is printed on standard error from now on; `auto`: journal where journald reads it, else text. */
export function setLogFormat(wanted: LogFormat | 'auto'): void {
  format = wanted === 'auto' ? (isReadByJournal(process.env['JOURNAL_STREAM']) ? 'journal' : 'text') : wanted;
}

// The service manager names the stream that it has connected to the journal (systemd.exec(5)); a redirection is another.
function isReadByJournal(stream: string | undefined): boolean {
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Prints one line for people on standard error, after the program's name. */
export function complain(text: string, level: LogLevel = 'warning'): void {
  if (format === 'text') return printError(`sightline: ${oneLine(text)}`);
  writeError(logLine(oneLine(text), level));
}

/** Prints text of ours on standard error, line feeds included. */
export function printError(text: string): void {
  const clean = cleanText(text, text.length);
  if (format === 'text') return writeError(ended(clean));
  // In the other forms only an error that ends us comes by here.
  const lines = format === 'json' ? [clean.trimEnd()] : clean.trimEnd().split('\n');
  for (const line of lines) writeError(logLine(line, 'error'));
}

function logLine(message: string, level: LogLevel): string {
  if (format === 'journal') return `<${PRIORITIES[level]}>${message}\n`;
  return `${cleanJson({ schema: 'sightline.log/1', at: new Date().toISOString(), level, message })}\n`;
}

function writeError(text: string): void {
  const target = sink(2);
  if (target.waiting() < MAX_UNREAD_TALK) target.write(text);
}

/** Returns why standard output does not take what was printed, where that is a failure; null where all is well. */
export function outputProblem(): string | null {
  return isPatient || sink(1).state() !== 'blocked' ? null : 'no space left on device';
}

/** A full disk under standard output is no failure: what is printed waits for room, also in a later run. */
export function waitForRoom(): void {
  isPatient = true;
}

/** Bytes that wait for the reader of standard output. */
export function unread(): number {
  return sink(1).waiting();
}

/** Calls back when standard output takes nothing for now, takes text again, or has lost its reader for good. */
export function onOutputState(listener: (state: SinkState, error: NodeJS.ErrnoException | null) => void): () => void {
  return sink(1).onState(listener);
}

/** Resolves when everything printed has left us, or its readers do not read on; true if nothing was left behind. */
export async function flushOutput(): Promise<boolean> {
  const [isOut] = await Promise.all([sink(1).flush(FLUSH_MS), sink(2).flush(FLUSH_MS)]);
  return isOut;
}

/** Resolves when the reader of standard output has taken all of a document, however slow it is, or has left. */
export async function deliverOutput(): Promise<void> {
  await sink(1).flush(null);
  await flushOutput();
}

/** The terminal of standard output and its size; null where standard output is none. */
export function outputTerminal(): { readonly columns: number; readonly rows: number } | null {
  const { isTTY, columns, rows } = process.stdout;
  return isTTY ? { columns, rows } : null;
}

/** Standard output for a screen that draws with escape sequences of its own: colours, cursor and modes pass, no other. */
export function screenStream(terminal = rawTerminal()): NodeJS.WriteStream {
  const write = (chunk: string | Uint8Array, ...rest: never[]): boolean =>
    terminal.write(typeof chunk === 'string' ? shortened(cleanFrame(chunk)) : chunk, ...rest);
  return new Proxy(terminal, {
    get: (target, name) => {
      if (name === 'write') return write;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Standard output itself, for the fixed sequences around a screen (title, bell, mouse, clipboard), which clean their texts. */
export function rawTerminal(): NodeJS.WriteStream {
  sink(1);
  return process.stdout;
}

/** Is one of the three standard streams a terminal? */
export function hasTerminal(): boolean {
  return isatty(0) || isatty(1) || isatty(2);
}

/** A value as JSON: no text in it holds a control character but line feed and tab, and no byte is an invisible character. */
export function cleanJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  if (!SUSPECT_JSON.test(json)) return json;
  // An emoji keeps its joiners, as escapes. So does a member's name, which a replacer does not see.
  return JSON.stringify(value, cleanMember, indent).replaceAll(INVISIBLE_IN_JSON, escaped);
}

const INVISIBLE_IN_JSON = /[\u007f-\u009f\u2028\u2029\ufff9-\ufffb\u{13430}-\u{1343f}\p{DI}]/gu;
/** Anything that is not plain in JSON: an escape other than for quotes, backslashes, line feeds and tabs, or an invisible character. */
const SUSPECT_JSON = /\\[bfru]|[\u007f-\u009f\u2028\u2029\ufff9-\ufffb\u{13430}-\u{1343f}\p{DI}]/u;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => {
    return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }).join('');
}

function cleanMember(_: string, value: unknown): unknown {
  return typeof value === 'string' ? cleanText(value, value.length) : value;
}

function oneLine(text: string): string {
  return cleanText(text, text.length).replaceAll(/[\n\t]+/gu, ' ');
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

function sink(descriptor: 1 | 2): Sink {
  const known = sinks.get(descriptor);
  if (known !== undefined) return known;
  const made = isFile(descriptor)
    ? fileSink(descriptor)
    : streamSink(descriptor === 1 ? process.stdout : process.stderr);
  sinks.set(descriptor, made);
  return made;
}

function isFile(descriptor: 1 | 2): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() || (stats.isCharacterDevice() && !isatty(descriptor));
  } catch {
    return false;
  }
}

/**
 * Returns what a screen draws, without whatever it never means to send: of escape sequences only CSI (colours, the cursor, modes)
 * is left. The texts in it are clean already; this holds where one was forgotten.
 */
function cleanFrame(frame: string): string {
  return frame.replace(NOT_DRAWN, '').replace(INVISIBLE, '');
}
