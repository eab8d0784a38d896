import { expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import type { Line } from '../helpers/headless.ts';

const ALWAYS = ['schema', 'seq', 'at', 'host', 'kind'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  started: ['version', 'mode', 'sources', 'workspaces'],
  update: ['signal_id', 'signal', 'interruption_id', 'resolved'],
  source: ['uri', 'health', 'detail', 'historical_signals'],
  signal:
    'signal_id signal origin severity agent pid conversation_id call_id interruption_id workspace historical'.split(
      ' ',
    ),
  fate: ['signal_id', 'signal', 'fate', 'settled', 'reason', 'workspace'],
  checkpoint: 'phase snapshot workspace trigger outcome exit_code duration_ms stderr'.split(' '),
  advisory: ['type', 'agent', 'input_tokens', 'cache_reported'],
  operator: ['action', 'target', 'reason'],
  stopped: ['reason', 'signals', 'checkpoints'],
};
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('a storm becomes a signal, a real snapshot and one settled fate; its row is an update', async () => {
  const world = await headlessWorld();
  const headless = await world.armed(['--debounce', '1']);
  await world.storm('c1', 6);
  const fate = await headless.line({ kind: 'fate', settled: true });
  const occurred_at_ns = BigInt(Date.now()) * 1_000_000n;
  const storm = { interruption_type: 'retry_storm', severity: 'critical', conversation_id: 'c1', occurred_at_ns };
  await world.writer.interruption(storm);
  const update = await headless.line({ kind: 'update' });
  const ended = await headless.end('SIGTERM');

  const { lines } = headless;
  expect(ended).toMatchObject({ code: 0 });
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
  expect(lines[0]).toMatchObject({
    version: VERSION,
    kind: 'started',
    mode: 'auto',
    sources: [{ uri: `sqlite:${world.folder}`, medium: 'sqlite', health: 'ok', calls: 0, historical_signals: 0 }],
    workspaces: [{ workspace: world.workspace, checkpointer: { name: 'git', available: true, reason: '' } }],
  });
  const [signal, ...others] = headless.all({ kind: 'signal' });
  expect(others).toEqual([]);
  expect(signal).toMatchObject({
    signal: 'retry_storm',
    origin: 'derived',
    severity: 'critical',
    agent: 'Claude',
    pid: 4242,
    conversation_id: 'c1',
    call_id: null,
    interruption_id: null,
    workspace: world.workspace,
    historical: false,
  });
  expect(update).toMatchObject({ signal_id: signal?.['signal_id'], signal: 'retry_storm', resolved: false });
  const [started, done] = headless.all({ kind: 'checkpoint' });
  expect(started).toMatchObject({ phase: 'started', trigger: signal?.['signal_id'], outcome: null, duration_ms: null });
  expect(done).toMatchObject({ phase: 'ended', outcome: 'created', exit_code: 0, stderr: '' });
  expect(done?.['snapshot']).toMatch(/^auto-\d{8}T\d{6}-retry_storm$/);
  expect(fate).toMatchObject({
    signal_id: signal?.['signal_id'],
    fate: 'checkpointed',
    snapshot: done?.['snapshot'],
    duration_ms: done?.['duration_ms'],
  });
  expect(lines.at(-1)).toMatchObject({ kind: 'stopped', reason: 'SIGTERM', signals: 1, checkpoints: 1 });
  expectWellFormed(lines);
});

test('every kind of line carries the fields that it should', async () => {
  const world = await headlessWorld();
  const headless = await world.armed(['--debounce', '1', '--grace', '1', '--history']);
  await world.failedCall('out of memory', { call_id: 'crash' });
  await headless.line({ kind: 'fate', fate: 'checkpointed' });
  await world.failedCall('maximum context length', { call_id: 'long' });
  await world.failedCall('out of memory', { call_id: 'again' });
  await world.writer.interruption({ call_id: 'crash', detail: '{"error":"out of memory"}' });
  await world.writer.call({
    cache_read_tokens: null,
    cache_creation_tokens: null,
    input_tokens: 200_000,
    agent_name: 'X',
  });
  await headless.line({ kind: 'fate', fate: 'coalesced', settled: true });
  await headless.line({ kind: 'update' });
  await world.writer.end();
  await headless.end('SIGINT');
  expectWellFormed(headless.lines);
  expect(headless.all({ kind: 'checkpoint' }).map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
    'held null',
    'started null',
    'ended created',
    'held null',
    'started null',
    'ended created',
  ]);
  const held = headless.all({ phase: 'held' });
  expect(held[0]).toMatchObject({ snapshot: null, exit_code: null });
  const into = headless.all({ phase: 'ended' })[1]?.['snapshot'];
  expect(headless.all({ fate: 'coalesced', settled: false }).every((fate) => fate['into'] === null)).toBe(true);
  expect(headless.all({ fate: 'coalesced', settled: true, into })).toHaveLength(1);
  expect(headless.all({ kind: 'advisory' })).toEqual([
    expect.objectContaining({ type: 'no_prompt_cache', agent: 'X', input_tokens: 200_000, cache_reported: false }),
  ]);
});

test('what was there is counted, not printed; with --history it is printed, as historical', async () => {
  const world = await headlessWorld();
  await world.failedCall('out of memory', { call_id: 'old' });
  await world.storm('before', 9);
  await world.writer.interruption({ call_id: 'old', detail: '{"error":"out of memory"}' });
  await world.writer.interruption({ interruption_type: 'dead_loop', conversation_id: 'loop' });
  const quiet = world.start();
  const started = await quiet.line({ kind: 'started' });
  expect(started['sources']).toMatchObject([{ calls: 10, interruptions: 2, historical_signals: 3 }]);
  await quiet.end('SIGTERM');
  expect(quiet.lines.map(({ kind }) => kind)).toEqual(['started', 'stopped']);
  expect(quiet.lines[1]).toMatchObject({ signals: 0, checkpoints: 0 });

  const telling = world.start(['--history', '--state-dir', `${world.stateDir}2`]);
  await telling.line({ kind: 'started' });
  await telling.end('SIGTERM');
  const signals = telling.all({ kind: 'signal', historical: true });
  expect(new Set(signals.map(({ signal }) => signal))).toEqual(new Set(['agent_crash', 'dead_loop', 'retry_storm']));
  const fates = telling.all({ kind: 'fate', fate: 'historical', settled: true });
  expect(fates.map(({ signal_id }) => signal_id)).toEqual(signals.map(({ signal_id }) => signal_id));
  expect(telling.lines[0]).toMatchObject({ kind: 'started' });
  expect(telling.all({ repeated: true })).toEqual([]);
  expectWellFormed(telling.lines);

  // The same again, which an earlier run with this state folder has printed; and something new among it.
  await world.failedCall('out of memory', { call_id: 'new-since-the-run-before' });
  const again = world.start(['--history', '--state-dir', `${world.stateDir}2`]);
  await again.line({ kind: 'started' });
  await again.end('SIGTERM');
  const old = new Set(signals.map(({ signal_id }) => signal_id));
  for (const kind of ['signal', 'fate']) {
    const lines = again.all({ kind });
    expect(lines.filter(({ signal_id }) => old.has(signal_id)).length).toBeGreaterThan(0);
    for (const line of lines) expect(line['repeated']).toBe(old.has(line.signal_id) ? true : undefined);
  }
  expectWellFormed(again.lines);
});

test('control characters of the feed never reach the output', async () => {
  const world = await headlessWorld();
  const evil = 'a\u001b[31mb\u0007c\u202ed\u0000e\u009bf\r\ng';
  const headless = world.start(['--workspace', world.workspace]);
  await headless.line({ kind: 'started' });
  const names = { agent_name: evil, conversation_id: evil, call_id: evil, process_name: evil, session_id: evil };
  await world.failedCall(`crash ${evil}`, names);
  await world.writer.interruption({ interruption_type: evil, severity: evil, agent_name: evil, conversation_id: evil });
  await world.writer.interruption({ interruption_type: 'dead_loop', agent_name: evil, conversation_id: evil });
  await headless.line({ signal: 'dead_loop', kind: 'fate' });
  await headless.line({ kind: 'signal', signal: 'agent_crash' });
  await headless.end('SIGTERM');
  const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;
  expect(headless.text()).not.toMatch(forbidden);
  expect(headless.text()).not.toMatch(/\\u00[01]|\\u001b|\\[rnbft]/);
  expect(headless.errors()).not.toMatch(forbidden);
});

function expectWellFormed(lines: readonly Line[]): void {
  for (const line of lines) {
    expect(Object.keys(line)).toEqual(expect.arrayContaining([...ALWAYS, ...(FIELDS[line.kind] ?? ['?'])]));
    expect(line).toMatchObject({ schema: 'sightline.event/1', at: expect.stringMatching(TIME) });
    expect(line['host']).not.toBe('');
    if (line['fate'] === 'checkpointed') expect(Object.keys(line)).toContain('duration_ms');
    if (line['fate'] === 'coalesced') expect(Object.keys(line)).toContain('into');
  }
}
