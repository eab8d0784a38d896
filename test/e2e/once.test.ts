import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OnceState, stateSchema } from '../../src/commands/once/schema.ts';
import { cleanEnvironment, PROGRAM, runProgram } from '../helpers/program.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { nodeWithoutAgentsight } from '../helpers/no-agentsight.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const MINUTE_NS = 60_000_000_000n;

function once(
  args: readonly string[],
  node?: string,
): {
  readonly status: number | null;
  readonly doc: OnceState;
  readonly stderr: string;
} {
  const { status, stdout, stderr } = runProgram(['once', '--json', ...args], node === undefined ? {} : { node });
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.trimEnd()).not.toContain('\n');
  return { status, doc: stateSchema.parse(JSON.parse(stdout)), stderr };
}

test('0 when all is well; the totals are there', async () => {
  const world = await headlessWorld();
  await world.writer.call({ conversation_id: 'c1' });
  await world.writer.call({ conversation_id: 'c2' });
  const { status, doc } = once(['--source', `sqlite:${world.folder}`]);
  expect(status).toBe(0);
  expect(doc).toMatchObject({
    schema: 'sightline.state/1',
    sources: [{ medium: 'sqlite', health: 'ok', calls: 2, interruptions: 0, historical_signals: 0 }],
    agents: [{ agent: 'Claude', calls: 2, failed: 0, input_tokens: 240, output_tokens: 16, state: 'active' }],
    interruptions: [],
    signals: [],
    reactor: { mode: 'observe', workspaces: [], silences: [] },
  });
  expect(doc.conversations).toHaveLength(2);
});

test('what a user asked is told with --content only', async () => {
  const world = await headlessWorld();
  await world.writer.call({ conversation_id: 'c1', user_query: 'make the failing test pass' });
  const source = ['--source', `sqlite:${world.folder}`];
  expect(JSON.stringify(once(source).doc)).not.toContain('failing test');
  expect(once([...source, '--content']).doc.conversations[0]?.user_query).toBe('make the failing test pass');
});

test('1 while something critical or high is unresolved, as far as --since goes', async () => {
  const world = await headlessWorld();
  const hourAgo = BigInt(Date.now()) * 1_000_000n - 61n * MINUTE_NS;
  await world.writer.call({ start_timestamp_ns: hourAgo, end_timestamp_ns: hourAgo + 1n });
  const { id } = await world.writer.interruption({ severity: 'high', occurred_at_ns: hourAgo });
  const source = ['--source', `sqlite:${world.folder}`];
  expect(once(source)).toMatchObject({ status: 1, doc: { signals: [{ fate: 'historical', settled: true }] } });
  const recent = once([...source, '--since', '1h']);
  expect(recent).toMatchObject({ status: 0, doc: { interruptions: [], signals: [], conversations: [] } });
  const bar = (severity: string): number | null => once([...source, '--fail-on', severity]).status;
  expect(['critical', 'high', 'low', 'none'].map(bar)).toEqual([0, 1, 1, 0]);
  await world.writer.updateInterruption(id, { resolved: 1 });
  expect(once(source).status).toBe(0);
});

test('a derived storm counts until a success; an end on purpose does not count', async () => {
  const world = await headlessWorld();
  const source = ['--source', `sqlite:${world.folder}`];
  await world.storm('c1', 7);
  const { status, doc } = once(source);
  expect(status).toBe(1);
  expect(doc.interruptions).toMatchObject([
    { type: 'retry_storm', derived: true, interruption_id: null, resolved: false },
  ]);
  expect(doc.sources).toMatchObject([{ historical_signals: doc.signals.length }]);
  await world.writer.call({ conversation_id: 'c1' });
  const detail = '{"exit_code":0,"signal":15,"core_dump":false}';
  await world.writer.interruption({ interruption_type: 'agent_crash', severity: 'critical', detail });
  const after = once(source);
  expect(after.status).toBe(0);
  expect(after.doc.interruptions.map(({ downgraded }) => downgraded !== null)).toContain(true);
});

test('2 for a usage error, 3 where no source could be read, with the remedy', () => {
  const folder = join(tempDir(), 'none');
  expect(runProgram(['once', '--json', '--since', 'soon']).status).toBe(2);
  const { status, doc, stderr } = once(['--source', `sqlite:${folder}`, '--source', `jsonl:${folder}.jsonl`]);
  expect(status).toBe(3);
  expect(doc.sources.map(({ health }) => health)).toEqual(['absent', 'absent']);
  expect(stderr).toContain(folder);
});

test('3 where agentsight is not on this machine', (context) => {
  const node = nodeWithoutAgentsight();
  if (node === null) return context.skip('agentsight is installed here, and cannot be hidden');
  expect(once([], node).status).toBe(3);
});

test('one source of two that can be read is enough', async () => {
  const world = await headlessWorld();
  await world.writer.call();
  expect(once(['--source', `sqlite:${world.folder}`, '--source', 'jsonl:/nowhere.jsonl']).status).toBe(0);
});

test('standard input is read to its end', () => {
  const line = (n: number): string =>
    `{"LLMCall":{"call_id":"c${n}","start_timestamp_ns":1780012345678901234,"end_timestamp_ns":178001234${n}678901234,"agent_name":"Cosh","pid":1,"process_name":"cosh","provider":"openai","model":"m","error":"process crashed","metadata":{"status_code":"500"}}}`;
  const input = `${Array.from({ length: 9 }, (_, n) => line(n)).join('\n')}\nnot json`;
  const args = [PROGRAM, 'once', '--json', '--source', '-'];
  const { status, stdout } = spawnSync(process.execPath, args, { input, encoding: 'utf8', env: cleanEnvironment() });
  const doc = stateSchema.parse(JSON.parse(stdout));
  expect(doc.sources).toMatchObject([{ uri: '-', medium: 'stdin', calls: 9, skipped: { malformed: 1 } }]);
  expect(doc.signals).toHaveLength(9);
  expect(doc.signals.every(({ fate }) => fate === 'historical')).toBe(true);
  expect(status).toBe(0);
});

test('it neither locks nor writes anything, also while headless runs', async () => {
  const world = await headlessWorld();
  const args = ['--source', `sqlite:${world.folder}`, '--workspace', world.workspace, '--state-dir', world.stateDir];
  once(args);
  once([...args, '--checkpointer', 'git']);
  expect(existsSync(world.stateDir)).toBe(false);

  const headless = await world.armed(['--debounce', '600']);
  await world.failedCall('process crashed', { call_id: 'a' });
  const { snapshot, signal_id } = await headless.line({ fate: 'checkpointed' });
  const { doc } = once(args);
  expect(doc.reactor.workspaces).toMatchObject([
    { workspace: world.workspace, state: 'disarmed', last_snapshot: { id: snapshot, trigger: signal_id } },
  ]);
  await world.failedCall('process crashed', { call_id: 'b' });
  await headless.line({ fate: 'coalesced' });
  await headless.end('SIGTERM');
  expect(headless.errors()).not.toContain('in use');
  const before = inventory(world.stateDir);
  once(args);
  expect(inventory(world.stateDir)).toEqual(before);
});

test('agents of a lost source are unknown, and text is clean of control characters', async () => {
  const world = await headlessWorld();
  await world.writer.call({ agent_name: 'a\u001b[31mb\u0007', model: '\u202ex' });
  const { doc } = once(['--source', `sqlite:${world.folder}`]);
  expect(doc.agents).toMatchObject([{ agent: 'ab', models: ['x'] }]);
});

test('the table for people', async () => {
  const world = await headlessWorld();
  await world.storm('c1');
  const { status, stdout } = runProgram(['once', '--source', `sqlite:${world.folder}`]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^sightline \d/);
  expect(stdout).toContain('1 unresolved critical retry_storm: Claude');
});

/** Every file below a folder with its size and time. */
function inventory(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}
