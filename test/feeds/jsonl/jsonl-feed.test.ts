import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { append, fileWith, followFile, linesOf } from '../../helpers/jsonl-file.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

test('what a recorded file holds is historical, in order, to the token', async () => {
  const feed = followFile('test/fixtures/jsonl/traced-0.5.jsonl');
  await feed.caughtUp();
  const calls = feed.events.flatMap((event) => (event.type === 'call' ? [event.call] : []));
  const sum = (of: (usage: NonNullable<(typeof calls)[0]['usage']>) => number | null): number =>
    calls.reduce((total, call) => total + (call.usage === null ? 0 : (of(call.usage) ?? 0)), 0);
  // The recording has one call more, whose process was killed: JSONL never carries such a call.
  expect(calls).toHaveLength(22);
  expect(calls.filter((call) => (call.statusCode ?? 0) >= 400)).toHaveLength(14);
  expect([sum((u) => u.inputTokens), sum((u) => u.outputTokens)]).toEqual([1035, 8]);
  expect([sum((u) => u.cacheReadTokens), sum((u) => u.cacheCreationTokens)]).toEqual([135_000, 320]);
  expect(new Set(feed.events.map((event) => event.arrival))).toEqual(new Set(['historical']));
  expect(feed.health()).toMatchObject({ medium: 'jsonl', status: 'ok', lagMs: 0, ended: false });
});

test('lines that are appended later are live', async () => {
  const path = fileWith('a');
  const feed = followFile(path);
  await feed.caughtUp();
  append(path, 'b', 'c');
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', 'b live', 'c live']);
});

test('a partial last line waits for its end, which makes it live', async () => {
  const path = fileWith('a');
  const line = `${callLineOf({ id: 'ü'.repeat(30) })}\n`;
  const bytes = Buffer.from(line);
  appendFileSync(path, bytes.subarray(0, 40));
  const feed = followFile(path);
  await feed.caughtUp();
  for (let at = 40; at < bytes.length; at += 101) appendFileSync(path, bytes.subarray(at, at + 101));
  append(path, 'c');
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', `${'ü'.repeat(30)} live`, 'c live']);
  expect(feed.health().skipped).toEqual({ malformed: 0, oversized: 0, unsupported: 0 });
});

test('a file that is not there yet is waited for, and all of it is live', async () => {
  const directory = tempDir();
  const path = join(directory, 'later', 'events.jsonl');
  const feed = followFile(path);
  await until(() => feed.healths.length > 0);
  expect(feed.health()).toMatchObject({ status: 'absent', caughtUp: false, cursor: expect.any(String) });
  expect(feed.words()).toContain(path);
  mkdirSync(join(directory, 'later'));
  append(path, 'a');
  await feed.count(1);
  await until(() => feed.health().status === 'ok');
  expect(feed.calls()).toEqual(['a live']);
});

test('reads a truncated and rewritten file from its beginning, live', async () => {
  const path = fileWith('a', 'b');
  const feed = followFile(path);
  await feed.caughtUp();
  truncateSync(path);
  append(path, 'c');
  await feed.count(3);
  expect(feed.calls().slice(2)).toEqual(['c live']);
  expect(new Set(feed.events.map((event) => event.record)).size).toBe(3);
});

test('a file that was cut and has outgrown its old length since is noticed', async () => {
  const path = fileWith('a');
  const feed = followFile(path);
  await feed.caughtUp();
  writeFileSync(path, linesOf('b', 'c', 'd', 'e'));
  await feed.count(5);
  expect(feed.calls().slice(1)).toEqual(['b live', 'c live', 'd live', 'e live']);
});

test('a renamed file is read to its end before the new one, and later writes to it are not lost', async () => {
  const path = fileWith('a');
  const feed = followFile(path);
  await feed.caughtUp();
  append(path, 'b');
  renameSync(path, `${path}.1`);
  append(`${path}.1`, 'c');
  append(path, 'd');
  await feed.count(4);
  append(`${path}.1`, 'late');
  append(path, 'e');
  await feed.count(6);
  expect(feed.calls().slice(0, 4)).toEqual(['a historical', 'b live', 'c live', 'd live']);
  expect(new Set(feed.calls().slice(4))).toEqual(new Set(['late live', 'e live']));
});

test('continues a file that was out of reach, with the lines since then as a gap', async () => {
  const path = fileWith('a');
  const feed = followFile(path);
  await feed.caughtUp();
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  await until(() => feed.health().status === 'lost');
  append(`${path}.away`, 'b');
  rmdirSync(path);
  renameSync(`${path}.away`, path);
  await feed.count(2);
  append(path, 'c');
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', 'b gap', 'c live']);
});

test('reports a deleted file as lost, and continues when it is written again', async () => {
  const path = fileWith('a');
  const feed = followFile(path);
  await feed.caughtUp();
  appendFileSync(path, '{"LLMCall":{"call_id":"never ended');
  rmSync(path);
  await until(() => feed.health().status === 'lost');
  expect(feed.words()).toContain(`${path} was deleted`);
  expect(feed.health().skipped.malformed).toBe(1);
  append(path, 'b');
  await feed.count(2);
  await until(() => feed.health().status === 'ok');
  expect(feed.calls()).toEqual(['a historical', 'b live']);
});

test('a symbolic link is followed to its new target', async () => {
  const directory = tempDir();
  const link = join(directory, 'current.jsonl');
  mkdirSync(join(directory, 'logs'));
  append(join(directory, 'logs', '1.jsonl'), 'a');
  symlinkSync(join(directory, 'logs', '1.jsonl'), link);
  const feed = followFile(link);
  await feed.caughtUp();
  append(join(directory, 'logs', '1.jsonl'), 'b');
  await feed.count(2);
  append(join(directory, 'logs', '2.jsonl'), 'c');
  symlinkSync(join(directory, 'logs', '2.jsonl'), `${link}.new`);
  renameSync(`${link}.new`, link);
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', 'b live', 'c live']);
});

test('skipped lines are counted with their reason and their number, and stop nothing', async () => {
  const path = fileWith('a');
  appendFileSync(path, `\n{"cut\n{"ToolUse":{}}\n${linesOf('b')}\u{feff}\xff rubbish\n`);
  appendFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 10]));
  const feed = followFile(path);
  await feed.caughtUp();
  await until(() => feed.health().skipped.malformed === 3);
  expect(feed.calls()).toEqual(['a historical', 'b historical']);
  expect(feed.health()).toMatchObject({
    status: 'ok',
    skipped: { malformed: 3, oversized: 0, unsupported: 1 },
    lastSkip: { code: 'line', line: 7, why: { code: 'not_json' } },
  });
});

test('a line over the bound is skipped without losing the next one', async () => {
  const path = fileWith('a');
  // 40 MB, written by another program in pieces.
  execFileSync('sh', ['-c', 'head -c 40000000 /dev/zero | tr "\\0" x >> "$0"', path]);
  appendFileSync(path, `\n${linesOf('b')}`);
  const feed = followFile(path);
  await feed.caughtUp();
  expect(feed.calls()).toEqual(['a historical', 'b historical']);
  expect(feed.health().skipped).toEqual({ malformed: 0, oversized: 1, unsupported: 0 });
  expect(feed.lastSkip()).toBe('line 2: longer than 34 MB');
});

test('bytes that are no UTF-8 inside a text cost those bytes, not the line', async () => {
  const path = join(tempDir(), 'events.jsonl');
  const line = Buffer.from(callLineOf({ id: 'a', error: '####' }));
  line.writeUInt16BE(0xc328, line.indexOf('####'));
  writeFileSync(path, Buffer.concat([line, Buffer.from('\r\n')]));
  const feed = followFile(path);
  await feed.caughtUp();
  expect(feed.events[0]).toMatchObject({ call: { error: '\ufffd(##' } });
});

test('refuses a folder and names what to give instead', async () => {
  const directory = tempDir();
  const feed = followFile(directory);
  await until(() => feed.healths.length > 0);
  expect(feed.health()).toMatchObject({ status: 'absent' });
  expect(feed.words()).toBe(
    `${directory} is a folder; name the file in it (jsonl:${directory}/genai_events.jsonl) or, for databases, sqlite:${directory}`,
  );
});

test('reports nothing while nothing happens', async () => {
  const feed = followFile(fileWith('a'), { pollMs: 20 });
  await feed.caughtUp();
  const said = feed.healths.length;
  const before = process.hrtime.bigint();
  await until(() => process.hrtime.bigint() - before > 300_000_000n);
  expect(feed.healths).toHaveLength(said);
});
