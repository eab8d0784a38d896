import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHeadless } from '../helpers/headless.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { startWriter } from '../helpers/sqlite-world.ts';
import { removeTree, tempDir } from '../helpers/temp-dir.ts';

/** A JSONL line of a failed call that ended `agoMs` ago. */
function failedLine(id: string, agoMs = 0, error = 'process crashed'): string {
  const end = BigInt(Date.now() - agoMs) * 1_000_000n;
  const metadata = { status_code: '500', conversation_id: `conv-${id}` };
  const call = { call_id: id, provider: 'openai', model: 'm', error, pid: 7, process_name: 'node', agent_name: 'Cosh' };
  const body = {
    ...call,
    request: { messages: [], stream: false },
    response: { messages: [], streamed: false },
    metadata,
  };
  const times = `"start_timestamp_ns":${end - 1_000_000_000n},"end_timestamp_ns":${end},"duration_ns":1000000000`;
  return `{"LLMCall":{${times},"token_usage":null,${JSON.stringify(body).slice(1, -1)}}}\n`;
}

test('standard input: started at once, young lines are live, old ones historical, its end ends us with 0', async () => {
  const place = tempDir();
  const workspace = join(place, 'project');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'file'), 'x');
  const args = [
    '--source',
    '-',
    '--arm',
    '--workspace',
    workspace,
    '--checkpointer',
    'git',
    '--state-dir',
    `${place}/s`,
  ];
  const headless = startHeadless([...args, '--debounce', '1']);
  const started = await headless.line({ kind: 'started' });
  expect(started['sources']).toMatchObject([{ uri: '-', medium: 'stdin', health: 'ok' }]);
  headless.child.stdin?.write(`not json\n${failedLine('old', 700_000)}${failedLine('a')}`);
  await headless.line({ fate: 'checkpointed' });
  headless.child.stdin?.end(failedLine('b').trimEnd());
  const { code } = await headless.end();
  expect(code).toBe(0);
  expect(headless.all({ kind: 'signal' }).map(({ call_id }) => call_id)).toEqual(['a', 'b']);
  expect(headless.all({ kind: 'fate', settled: true }).map(({ fate }) => fate)).toEqual([
    'checkpointed',
    'checkpointed',
  ]);
  expect(headless.all({ kind: 'source', historical_signals: 1 })).not.toEqual([]);
  expect(headless.lines.at(-1)).toMatchObject({ kind: 'stopped', signals: 2, checkpoints: 2 });
});

test('standard input that is empty', async () => {
  const headless = startHeadless(['--source', '-']);
  headless.child.stdin?.end();
  expect(await headless.end()).toMatchObject({ code: 0 });
  expect(headless.lines.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['started', 'stopped']));
});

test('beside another source, the end of standard input ends nothing', async () => {
  const world = await headlessWorld();
  const headless = world.start(['--source', '-']);
  await headless.line({ kind: 'started' });
  headless.child.stdin?.end();
  await headless.line((line) => line.kind === 'source' && line['uri'] === '-');
  await world.failedCall('process crashed');
  await headless.line({ kind: 'signal' });
  expect(headless.child.exitCode).toBe(null);
});

test('a JSONL file: not there yet, then written, truncated, renamed', async () => {
  const file = join(tempDir(), 'events.jsonl');
  const headless = startHeadless(['--source', `jsonl:${file}`]);
  const started = await headless.line({ kind: 'started' });
  expect(started['sources']).toMatchObject([{ medium: 'jsonl', health: 'absent' }]);
  writeFileSync(file, failedLine('a'));
  await headless.line({ kind: 'source', health: 'ok' });
  await headless.line({ kind: 'signal', call_id: 'a', historical: false });
  const half = failedLine('b');
  appendFileSync(file, half.slice(0, 100));
  appendFileSync(file, half.slice(100));
  await headless.line({ kind: 'signal', call_id: 'b' });
  renameSync(file, `${file}.1`);
  writeFileSync(file, failedLine('c'));
  await headless.line({ kind: 'signal', call_id: 'c' });
});

test('one cause through two sources is one signal', async () => {
  const world = await headlessWorld();
  const file = join(tempDir(), 'events.jsonl');
  writeFileSync(file, '');
  const headless = world.start(['--source', `jsonl:${file}`]);
  await headless.line({ kind: 'started' });
  const line = failedLine('twice');
  const { LLMCall: call } = JSON.parse(line);
  const start_timestamp_ns = BigInt(/"start_timestamp_ns":(\d+)/.exec(line)?.[1] ?? 0);
  await world.failedCall(call.error, { call_id: 'twice', conversation_id: 'conv-twice', start_timestamp_ns });
  appendFileSync(file, line + failedLine('other'));
  await headless.line({ kind: 'signal', call_id: 'other' });
  expect(headless.all({ kind: 'signal', call_id: 'twice' })).toHaveLength(1);
});

test('databases that are not there yet, lost, and replaced are told as such', async () => {
  const folder = join(tempDir(), 'later');
  const headless = startHeadless(['--source', `sqlite:${folder}`]);
  const started = await headless.line({ kind: 'started' });
  expect(started['sources']).toMatchObject([{ uri: `sqlite:${folder}`, medium: 'sqlite', health: 'absent' }]);
  mkdirSync(folder);
  const writer = await startWriter(folder);
  await headless.line({ kind: 'source', health: 'ok' });
  const event_json = JSON.stringify({ LLMCall: { error: 'process crashed' } });
  await writer.call({ call_id: 'first', status_code: 500, event_json });
  await headless.line({ kind: 'signal', call_id: 'first', historical: false });
  await writer.close();
  await writer.end();
  removeTree(folder);
  const lost = await headless.line((line) => line.kind === 'source' && ['lost', 'absent'].includes(line.health ?? ''));
  expect(lost['detail']).not.toBe('');
  mkdirSync(folder);
  const next = await startWriter(folder);
  await headless.line((line) => line['health'] === 'ok' && line.seq > lost.seq);
  await next.call({ call_id: 'second', status_code: 500, event_json });
  await headless.line({ kind: 'signal', call_id: 'second' });
});

test('without a source it says where it looked, and waits', async () => {
  const headless = startHeadless([]);
  const started = await headless.line({ kind: 'started' });
  expect(started['sources']).toHaveLength(1);
  await headless.end('SIGTERM');
});
