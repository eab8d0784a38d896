/**
 * What a person would use instead, on the same calls in the same run: `sqlite3` and `jq` for the sums that `once` prints,
 * `lnav` for the calls on a screen. CPU time, and beside it the wall clock and the most memory. A peer that is not
 * installed is left out.
 */
import { spawn as spawnChild, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { GENAI_FILE } from '../../../src/feeds/demo/schema.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { pause, PROGRAM, report } from '../measure.ts';
import { fill } from '../sqlite/rows.ts';

const CALLS = 100_000;
const CONVERSATIONS = 500;
const AGENTS = 20;
const LINES_AT_ONCE = 5_000;
const POLL_MS = 10;
/** A screen that takes less than this share of a core for this long has read everything. */
const STILL_SHARE = 0.05;
const STILL_MS = 1_000;
const PATIENCE_MS = 120_000;

const SUMS =
  'SELECT agent_name, conversation_id, model, count(*), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), ' +
  'sum(status_code >= 400), max(end_timestamp_ns) FROM genai_events GROUP BY 1, 2, 3';
const JQ_SUMS =
  'reduce (inputs | .LLMCall) as $call ({}; .[$call.metadata.conversation_id] |= {calls: (.calls + 1), ' +
  'input: (.input + $call.token_usage.input_tokens), output: (.output + $call.token_usage.output_tokens)})';

type Cost = { readonly wallMs: number; readonly cpuMs: number; readonly rssMb: number };

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
const [data, feed] = [join(folder, 'data'), join(folder, 'feed.jsonl')];
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  NODE_ENV: 'production',
};

try {
  mkdirSync(data);
  fill(data, CALLS);
  writeLines();
  const ours = (source: string) => [PROGRAM, '--source', source, '--state-dir', join(folder, 'state')];
  const screen = [...ours(`jsonl:${feed}`), '--no-attach', '--checkpointer', 'none'];
  await compare('sums over SQLite', ended, [
    ['sightline once', process.execPath, [PROGRAM, 'once', ...ours(`sqlite:${data}`).slice(1), '--json']],
    [versionOf('sqlite3', '--version'), 'sqlite3', [join(data, GENAI_FILE), SUMS]],
  ]);
  await compare('sums over JSONL', ended, [
    ['sightline once', process.execPath, [PROGRAM, 'once', ...ours(`jsonl:${feed}`).slice(1), '--json']],
    [versionOf('jq', '--version'), 'jq', ['-n', JQ_SUMS, feed]],
  ]);
  await compare('JSONL on a screen', settled, [
    ['sightline', process.execPath, screen],
    [versionOf('lnav', '-V'), 'lnav', [feed]],
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Each of the same calls, one after another, the first one against the others. */
async function compare(
  what: string,
  measure: (file: string, args: readonly string[]) => Promise<Cost>,
  programs: readonly (readonly [name: string | null, file: string, args: readonly string[]])[],
): Promise<void> {
  for (const [name, file, args] of programs) {
    if (name === null) continue;
    const { wallMs, cpuMs, rssMb } = await measure(file, args);
    const target = `wall ${(wallMs / 1_000).toFixed(1)} s, ${rssMb.toFixed(0)} MB`;
    report({
      name: `${CALLS / 1_000} 000 calls, ${what}: ${name}`,
      value: cpuMs / 1_000,
      unit: 's CPU',
      target,
      ok: true,
    });
  }
}

/** A name with its version; null where it is not installed. */
function versionOf(file: string, flag: string): string | null {
  const { stdout, error } = spawnSync(file, [flag], { encoding: 'utf8' });
  if (error !== undefined) return null;
  return `${file} ${/\d+\.\d[\d.]*/u.exec(stdout)?.[0] ?? ''}`;
}

/** The cost of a program that ends by itself. */
async function ended(file: string, args: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const child = spawnChild(file, args, { env, cwd: folder, stdio: 'ignore' });
  let cost = { cpuMs: 0, rssMb: 0 };
  const poll = setInterval(() => {
    cost = costOf(child.pid ?? 0) ?? cost;
  }, POLL_MS);
  await once(child, 'exit');
  clearInterval(poll);
  return { wallMs: performance.now() - start, ...cost };
}

/** The cost of a program in a terminal until it has read everything. */
async function settled(file: string, args: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const screen = spawnInTerminal(file, [...args], { cols: 120, rows: 40, cwd: folder, env });
  const exited = new Promise<void>((done) => {
    screen.onExit(() => done());
  });
  let cost = { cpuMs: 0, rssMb: 0 };
  while (performance.now() - start < PATIENCE_MS) {
    await pause(STILL_MS);
    const now = costOf(screen.pid) ?? cost;
    const isStill = now.cpuMs - cost.cpuMs < STILL_SHARE * STILL_MS;
    cost = now;
    if (isStill) break;
  }
  const wallMs = performance.now() - start - STILL_MS;
  screen.kill('SIGKILL');
  await exited;
  return { wallMs, ...cost };
}

/** CPU time so far and the most memory; null where the process is gone. */
function costOf(pid: number): Omit<Cost, 'wallMs'> | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]));
    const kb = Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return Number.isNaN(kb) ? null : { cpuMs: ns.reduce((sum, one) => sum + one, 0) / 1e6, rssMb: kb / 1_024 };
  } catch {
    return null;
  }
}

function writeLines(): void {
  const first = BigInt(Date.now() - 3_600_000) * 1_000_000n;
  for (let from = 0; from < CALLS; from += LINES_AT_ONCE) {
    const lines = Array.from({ length: LINES_AT_ONCE }, (_, at) => {
      const n = from + at;
      const endNs = first + BigInt(n) * 20_000_000n;
      return callLineOf({ id: `msg_${n}`, status: n % 50 === 49 ? 429 : 200 })
        .replace('1780012345678901234', `${endNs - 1_500_000_000n}`)
        .replace('1780012349178901235', `${endNs}`)
        .replace('0f1e2d3c4b5a69788796a5b4c3d2e1f0', `conversation ${n % CONVERSATIONS}`)
        .replace('"agent_name":"Claude"', `"agent_name":"Agent ${n % AGENTS}"`);
    });
    appendFileSync(feed, `${lines.join('\n')}\n`);
  }
}
