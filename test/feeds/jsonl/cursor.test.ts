import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { append, fileWith, followFile, linesOf } from '../../helpers/jsonl-file.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

test('after a restart, lines beyond the cursor are a gap and those before it historical', async () => {
  const { path, cursor } = await firstRun('a', 'b');
  append(path, 'c');
  const feed = followFile(path, { cursor });
  await feed.caughtUp();
  append(path, 'd');
  await feed.count(4);
  expect(feed.calls()).toEqual(['a historical', 'b historical', 'c gap', 'd live']);
});

test('the same line has the same record in every run', async () => {
  const path = fileWith('a', 'b');
  const first = followFile(path);
  await first.caughtUp();
  await first.stop();
  const second = followFile(path, { cursor: first.health().cursor });
  await second.caughtUp();
  expect(second.events.map((event) => event.record)).toEqual(first.events.map((event) => event.record));
});

test('a line that was cut by the end of a run is a gap when the next run finds it whole', async () => {
  const path = fileWith('a');
  const line = `${callLineOf({ id: 'b' })}\n`;
  appendFileSync(path, line.slice(0, 50));
  const first = followFile(path);
  await first.caughtUp();
  await first.stop();
  appendFileSync(path, line.slice(50));
  const second = followFile(path, { cursor: first.health().cursor });
  await second.caughtUp();
  expect(second.calls()).toEqual(['a historical', 'b gap']);
});

describe('a cursor that no longer fits makes all that is there historical', () => {
  test.each<[string, (path: string) => void]>([
    ['written anew in place', (path) => writeFileSync(path, linesOf('c', 'd', 'e'))],
    ['cut', (path) => (truncateSync(path), append(path, 'c'))],
    ['replaced', (path) => (rmSync(path), append(path, 'c', 'd', 'e'))],
  ])('%s', async (_name, change) => {
    const { path, cursor } = await firstRun('a', 'b');
    change(path);
    const feed = followFile(path, { cursor });
    await feed.caughtUp();
    append(path, 'f');
    await until(() => feed.calls().includes('f live'));
    expect(
      new Set(
        feed
          .calls()
          .slice(0, -1)
          .map((call) => call.split(' ')[1]),
      ),
    ).toEqual(new Set(['historical']));
    expect(feed.calls()).toContain('c historical');
  });
});

describe('a file that was rotated between two runs', () => {
  test('is read to its end under its new name, and what has its name now is a gap, too', async () => {
    const { path, cursor } = await firstRun('a', 'b');
    append(path, 'c');
    renameSync(path, `${path}.1`);
    append(path, 'd');
    const feed = followFile(path, { cursor });
    await feed.caughtUp();
    append(path, 'e');
    await feed.count(5);
    expect(feed.calls()).toEqual(['a historical', 'b historical', 'c gap', 'd gap', 'e live']);
    await until(() => JSON.parse(feed.health().cursor ?? '').lines === 2);
    expect(JSON.parse(feed.health().cursor ?? '')).toMatchObject({ generation: 1 });
  });

  test('and whose number another file has now is not mixed up with that', async () => {
    const { path, cursor } = await firstRun('a', 'b');
    renameSync(path, `${path}.1`);
    writeFileSync(`${path}.1`, linesOf('x', 'y', 'z'));
    append(path, 'd');
    const feed = followFile(path, { cursor });
    await feed.caughtUp();
    expect(feed.calls()).toEqual(['d historical']);
  });
});

test.each(['', 'null', '{}', '[1]', '{"dev":1}', 'rubbish'])(
  'a cursor that is none of ours (%s) is none',
  async (cursor) => {
    const feed = followFile(fileWith('a'), { cursor });
    await feed.caughtUp();
    expect(feed.calls()).toEqual(['a historical']);
  },
);

test('what a file holds that was not there at the cursor has come since', async () => {
  const path = join(tempDir(), 'genai_events.jsonl');
  const first = followFile(path);
  await until(() => first.healths.at(-1)?.status === 'absent');
  const { cursor } = first.health();
  append(path, 'a');
  await first.count(1);
  expect(first.calls()).toEqual(['a live']);
  const second = followFile(path, { cursor });
  await second.caughtUp();
  expect(second.calls()).toEqual(['a gap']);
});

test('the cursor outlives a file that is gone', async () => {
  const { path, cursor } = await firstRun('a');
  rmSync(path);
  const feed = followFile(path, { cursor });
  await until(() => feed.healths.length > 0);
  expect(feed.health()).toMatchObject({ status: 'absent', cursor });
});

test('continues a file that comes back after the start at the cursor', async () => {
  const { path, cursor } = await firstRun('a');
  renameSync(path, `${path}.away`);
  const feed = followFile(path, { cursor });
  await until(() => feed.healths.length > 0);
  append(`${path}.away`, 'b');
  renameSync(`${path}.away`, path);
  await feed.caughtUp();
  append(path, 'c');
  await feed.count(3);
  expect(feed.calls()).toEqual(['a historical', 'b gap', 'c live']);
});

async function firstRun(...ids: readonly string[]): Promise<{ readonly path: string; readonly cursor: string | null }> {
  const path = fileWith(...ids);
  const feed = followFile(path);
  await feed.caughtUp();
  await feed.stop();
  return { path, cursor: feed.health().cursor };
}
