import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { eventSchema } from '../../src/commands/headless/schema.ts';
import { cleanEnvironment, PROGRAM } from './program.ts';
import { until } from './until.ts';

/** One line of `sightline.event/1`: what every line has, and the fields that tests read. */
export type Line = {
  readonly schema: string;
  readonly seq: number;
  readonly at: string;
  readonly host: string;
  readonly kind: string;
  readonly signal_id?: string;
  readonly signal?: string;
  readonly fate?: string;
  readonly reason?: string;
  readonly snapshot?: string | null;
  readonly duration_ms?: number | null;
  readonly health?: string;
  readonly detail?: string;
  readonly [field: string]: unknown;
};

export type Ended = { readonly code: number | null; readonly signal: string | null; readonly tookMs: number };

/** A running `sightline headless`; ended with the test if it is still there. */
export type Headless = {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly lines: readonly Line[];
  /** The very bytes of it, as text. */
  readonly text: () => string;
  readonly errors: () => string;
  /** Waits for the first line that has these fields (or passes the test). */
  readonly line: (wanted: Wanted, timeoutMs?: number) => Promise<Line>;
  /** The lines so far that have these fields. */
  readonly all: (wanted: Wanted) => readonly Line[];
  /** Waits for its end, after a signal if one is given. */
  readonly end: (signal?: NodeJS.Signals) => Promise<Ended>;
};

export type Wanted = Readonly<Record<string, unknown>> | ((line: Line) => boolean);

export type HeadlessOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: StdioOptions;
  /** Another build than the one in `dist/`. */
  readonly program?: string;
  /** Starts this instead of our Node: a program that becomes it. */
  readonly launcher?: readonly [file: string, ...args: string[]];
};

const PATIENCE_MS = 30_000;
/** A run that a test left on is given this long to end cleanly, ms. */
const OVERDUE_MS = 5_000;

/** Starts the built program in an environment of its own. */
export function startHeadless(
  args: readonly string[],
  { env = {}, stdio = 'pipe', program = PROGRAM, launcher = [process.execPath] }: HeadlessOptions = {},
): Headless {
  const surroundings = { ...cleanEnvironment(), ...env };
  const [file, ...before] = launcher;
  const child = spawn(file, [...before, program, 'headless', ...args], { env: surroundings, stdio, cwd: '/' });
  const lines: Line[] = [];
  let text = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const rest = text.slice(text.lastIndexOf('\n') + 1) + chunk;
    text += chunk;
    for (const line of rest.split('\n').slice(0, -1)) lines.push(eventSchema.parse(JSON.parse(line)) as Line);
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const exited = new Promise<Omit<Ended, 'tookMs'>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    const overdue = setTimeout(() => child.kill('SIGKILL'), OVERDUE_MS);
    await exited;
    clearTimeout(overdue);
  });
  return {
    child,
    lines,
    text: () => text,
    errors: () => errors,
    all: (wanted) => lines.filter(matches(wanted)),
    line: async (wanted, timeoutMs = PATIENCE_MS) => {
      const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
      const find = (): Line | undefined => lines.find(matches(wanted));
      await until(() => find() ?? isOver(), timeoutMs).catch(() => undefined);
      const line = find();
      if (line !== undefined) return line;
      throw new Error(`no line ${describe(wanted)}\nstdout: ${text}\nstderr: ${errors}`);
    },
    end: async (signal) => {
      const startedAt = performance.now();
      if (signal !== undefined) child.kill(signal);
      return { ...(await exited), tookMs: performance.now() - startedAt };
    },
  };
}

function describe(wanted: Wanted): string {
  return typeof wanted === 'function' ? String(wanted) : JSON.stringify(wanted);
}

function matches(wanted: Wanted): (line: Line) => boolean {
  if (typeof wanted === 'function') return wanted;
  return (line) => Object.entries(wanted).every(([field, value]) => line[field] === value);
}
