/** Folders that are read-only for everybody, root included, because they are mounted so: as containers are given them. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { GENAI_FILE, INTERRUPTION_FILE } from '../../../src/feeds/demo/schema.ts';
import { folderWith, followSqlite, startWriter, story, told } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

vi.setConfig({ testTimeout: 30_000 });

const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0;
const unmount = (place: string): boolean => spawnSync('umount', [place]).status === 0;

describe.skipIf(!canMount())('a folder that is mounted read-only', () => {
  test('is read as it is without a writer, and nothing is written', async () => {
    const place = emptyFolder();
    expect(mount('-t', 'tmpfs', '-o', 'size=4m', 'none', place)).toBe(true);
    onTestFinished(() => void unmount(place));
    const filled = folderWith([{}, {}]);
    for (const file of [GENAI_FILE, INTERRUPTION_FILE]) copyFileSync(join(filled, file), join(place, file));
    expect(mount('-o', 'remount,ro', place)).toBe(true);
    const feed = followSqlite(place);
    await feed.caughtUp();
    expect(story(feed.events)).toEqual(['call 1 historical', 'call 2 historical']);
    expect(feed.health()).toMatchObject({ status: 'ok', lagMs: 0 });
    expect(feed.words()).toContain('read-only');
    await feed.stop();
    expect(readdirSync(place).toSorted()).toEqual([GENAI_FILE, INTERRUPTION_FILE]);
  });

  test('is followed while agentsight writes to it where it may', async () => {
    const { writer, place } = await writtenElsewhere();
    const feed = followSqlite(place);
    await told(feed, 'call', 1);
    await writer.call({ status: 'pending', end_timestamp_ns: null });
    await told(feed, 'call', 2);
    await writer.updateCall(2, { status: 'interrupted' });
    await told(feed, 'call', 2, 2);
    await writer.interruption();
    await told(feed, 'interruption', 1);
    expect(story(feed.events)).toEqual(['call 1 historical', 'call 2 live', 'call 2 live', 'interruption 1 live']);
    expect(feed.health()).toMatchObject({ status: 'ok', lagMs: 0 });
    await feed.stop();
  });

  test('is followed through a clean end of agentsight and its next start', async () => {
    const { writer, place } = await writtenElsewhere();
    const feed = followSqlite(place);
    await told(feed, 'call', 1);
    await writer.close();
    await writer.call();
    await told(feed, 'call', 2);
    await writer.close();
    await writer.call();
    await told(feed, 'call', 3);
    expect(new Set(story(feed.events)).size).toBe(3);
    await feed.stop();
  });
});

/** agentsight with a call in a folder that it may write to, which is mounted read-only at `place`. */
async function writtenElsewhere() {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.call();
  const place = emptyFolder();
  expect(mount('--bind', folder, place)).toBe(true);
  onTestFinished(() => void unmount(place));
  expect(mount('-o', 'remount,bind,ro', place)).toBe(true);
  return { writer, place };
}

function emptyFolder(): string {
  const place = join(tempDir(), 'mounted');
  mkdirSync(place);
  return place;
}

// Only root may, and not in every container.
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const place = spawnSync('mktemp', ['-d'], { encoding: 'utf8' }).stdout.trim();
  const can = mount('-t', 'tmpfs', '-o', 'size=1m', 'none', place) && unmount(place);
  spawnSync('rmdir', [place]);
  return can;
}
