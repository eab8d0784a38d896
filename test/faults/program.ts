import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from '../helpers/program.ts';
import { removeTree } from '../helpers/temp-dir.ts';

/** A folder, gone after the attempt, whatever it does. */
export async function inFolder(attempt: (folder: string) => Promise<string | null>): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-fault-'));
  try {
    return await attempt(folder);
  } finally {
    removeTree(folder);
  }
}

/** An environment without anything of the one that runs the tests. */
export const environment = (folder: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  AGENTSIGHT_CONFIG: join(folder, 'agentsight.json'),
});

/** A line of agentsight's JSONL: a call that ended with a critical error. */
export function failedCall(id: string, error = 'prompt is too long: 9 tokens > 8 maximum'): string {
  const at = Date.now() * 1_000_000;
  return `${JSON.stringify({
    LLMCall: {
      call_id: `call-with-a-long-id-${id}`,
      start_timestamp_ns: at,
      end_timestamp_ns: at + 1_000_000,
      duration_ns: 1_000_000,
      provider: 'openai',
      model: 'm',
      request: { messages: [], stream: false },
      response: { messages: [], streamed: false, raw_body: null },
      token_usage: null,
      error,
      pid: 100,
      process_name: 'node',
      agent_name: 'A',
      metadata: { status_code: '400', conversation_id: `conversation-${id}` },
    },
  })}\n`;
}

/** What is read of a line of `sightline.event/1`. */
export type Line = {
  readonly kind: string;
  readonly signal_id?: string;
  readonly fate?: string;
  readonly settled?: boolean;
  readonly repeated?: boolean;
};

/** The lines of `sightline.event/1`; throws for one that is torn. */
export function linesOf(text: string): readonly Line[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** The signals whose settled fate was printed. */
export function fatesOf(text: string): ReadonlySet<string> {
  return new Set(linesOf(text).flatMap((line) => (line.kind === 'fate' && line.settled ? [line.signal_id ?? ''] : [])));
}

/** A started program. */
export type Run = { readonly child: ChildProcess; readonly errors: () => string };

/** How the program is started: more of its arguments, and of Node's. */
type Start = {
  readonly args?: readonly string[];
  readonly node?: readonly string[];
  readonly env?: Record<string, string>;
};

/** Starts the built program, which follows `feed.jsonl` of the folder and keeps its state there. */
export function headless(folder: string, stdout: 'pipe' | number, { args = [], node = [], env = {} }: Start = {}): Run {
  const feed = join(folder, 'feed.jsonl');
  const options = [
    '--source',
    `jsonl:${feed}`,
    '--state-dir',
    join(folder, 'state'),
    '--log-file',
    join(folder, 'log'),
  ];
  const child = spawn(process.execPath, [...node, PROGRAM, 'headless', ...options, ...args], {
    env: { ...environment(folder), ...env },
    stdio: ['ignore', stdout, 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  return { child, errors: () => errors };
}

/** Sends the signal, unless the program has ended, and waits for its end. */
export async function ended({ child }: Run, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
