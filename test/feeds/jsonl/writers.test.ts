import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, linkSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonlFeed } from '../../../src/feeds/jsonl/index.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { append, fileWith, followFile, linesOf } from '../../helpers/jsonl-file.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

test('a FIFO is read as a pipe is, over the end of its writers', async () => {
  const path = join(tempDir(), 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
  const feed = followFile(path);
  await feed.caughtUp();
  for (const id of ['a', 'b']) execFileSync('sh', ['-c', 'cat > "$0"', path], { input: linesOf(id) });
  await feed.count(2);
  expect(feed.calls()).toEqual(['a gap', 'b gap']);
});

test('names a logtail file as such, and reads its lines', async () => {
  const path = join(tempDir(), 'logtail.jsonl');
  copyFileSync('test/fixtures/jsonl/logtail-0.5.jsonl', path);
  const feed = followFeed(jsonlFeed({ path, format: 'logtail' }));
  await feed.caughtUp();
  expect(feed.health()).toMatchObject({ uri: `logtail:${path}`, medium: 'logtail' });
  expect(feed.events).toHaveLength(5);
});

test('a writer in another process that writes in pieces is followed to its last line', async () => {
  const path = join(tempDir(), 'events.jsonl');
  const ids = Array.from({ length: 500 }, (_none, index) => `call${index}`);
  const feed = followFile(path);
  await until(() => feed.healths.length > 0);
  const script = 'split -b 8192 - "$0.part." && for part in "$0".part.*; do cat "$part" >> "$0"; done';
  const writer = execFile('sh', ['-c', script, path]);
  writer.stdin?.end(linesOf(...ids));
  await feed.count(500);
  expect(feed.calls()).toEqual(ids.map((id) => `${id} live`));
  expect(feed.health().skipped.malformed).toBe(0);
});

test('two writers that break into each other cost the broken line, and nothing that was written whole', async () => {
  const path = fileWith('a');
  const broken = linesOf('broken');
  const feed = followFile(path);
  await feed.caughtUp();
  appendFileSync(path, broken.slice(0, 300));
  await until(() => (feed.health().lagMs ?? 1) === 0);
  append(path, 'b');
  appendFileSync(path, broken.slice(300));
  append(path, 'c');
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', 'b live', 'c live']);
  await until(() => feed.health().skipped.malformed === 2);
});

test('delivers by polling without change notification (a write through another name, as on NFS)', async () => {
  const path = fileWith('a');
  const elsewhere = join(tempDir(), 'link');
  linkSync(path, elsewhere);
  const feed = followFile(path, { pollMs: 20 });
  await feed.caughtUp();
  append(elsewhere, 'b');
  await feed.count(2);
  truncateSync(elsewhere);
  append(elsewhere, 'c');
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', 'b live', 'c live']);
});

test('logtail records come through a FIFO, too', async () => {
  const path = join(tempDir(), 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
  const feed = followFeed(jsonlFeed({ path, format: 'logtail' }));
  await feed.caughtUp();
  for (let writer = 0; writer < 2; writer += 1) {
    execFileSync('sh', ['-c', 'cat test/fixtures/jsonl/logtail-0.5.jsonl > "$0"', path]);
  }
  await feed.count(10);
  expect(new Set(feed.events.map(({ arrival }) => arrival))).toEqual(new Set(['gap']));
});

test('reports a deleted FIFO as lost, and reads one that is created again', async () => {
  const path = join(tempDir(), 'pipe');
  const make = (): void => void execFileSync('mkfifo', [path]);
  make();
  const feed = followFile(path, { pollMs: 20 });
  await feed.caughtUp();
  execFileSync('sh', ['-c', 'cat > "$0"', path], { input: linesOf('a') });
  rmSync(path);
  await until(() => feed.health().status === 'lost');
  expect(feed.words()).toContain('was deleted; read as soon as it is written again');
  make();
  const writer = execFile('sh', ['-c', 'cat > "$0"', path]);
  writer.stdin?.end(linesOf('b'));
  await feed.count(2);
  expect(feed.calls()).toEqual(['a gap', 'b gap']);
  expect(feed.health().status).toBe('ok');
});
