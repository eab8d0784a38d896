import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { recordedCourse } from '../../../src/core/history/course.ts';
import { replay } from '../../../src/core/history/replay.ts';
import { readHistory } from '../../../src/effects/state/history-reader.ts';
import { historian, trouble } from '../../helpers/history.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
/** Nobody; any user but root and us. */
const STRANGER = 65_534;

const stateDir = (): string => join(tempDir(), 'state');
const segments = (dir: string): readonly string[] => readdirSync(join(dir, 'history')).toSorted();
const segment = (dir: string, nth = -1): string => join(dir, 'history', segments(dir).at(nth) ?? '');
const bytesOf = (dir: string): number =>
  segments(dir).reduce((sum, name) => sum + statSync(join(dir, 'history', name)).size, 0);

/** What a reader makes of it: the fates, and whether a replay agrees. */
function read(dir: string) {
  const { entries, skipped, unread } = readHistory(dir);
  const { mismatches, refused } = replay(entries);
  const fates = [...recordedCourse(entries).signals.values()].map(({ fate }) => fate?.kind ?? null);
  return { fates, skipped, unread, mismatches, refused };
}

const WHOLE = { skipped: 0, unread: [], mismatches: [], refused: 0 };

test('what happened is read back while it is written, in a folder for us alone', async () => {
  const dir = stateDir();
  const open = historian(dir);
  trouble(open);
  await until(() => read(dir).fates.length === 2);
  expect(read(dir)).toEqual({ fates: ['checkpointed', 'checkpointed'], ...WHOLE });
  expect(statSync(join(dir, 'history')).mode & 0o777).toBe(0o700);
  expect(statSync(segment(dir)).mode & 0o777).toBe(0o600);
  open.end();
  expect(readFileSync(segment(dir), 'utf8')).not.toContain('tokens used');
});

test('a later run goes on in the same segment, after half a line that a killed one left', () => {
  const dir = stateDir();
  const first = historian(dir, {}, 'first');
  trouble(first);
  first.end();
  truncateSync(segment(dir), statSync(segment(dir)).size - 5);
  const second = historian(dir, {}, 'second');
  trouble(second);
  second.end();
  expect(segments(dir)).toHaveLength(1);
  const { fates, ...rest } = read(dir);
  expect(fates).toHaveLength(4);
  expect(rest).toEqual({ ...WHOLE, skipped: 1 });
});

test('stays in its budget: the oldest segment goes, and each begins with the state that its entries need', () => {
  const dir = stateDir();
  const maxBytes = 256 * 1024;
  const open = historian(dir, { maxBytes });
  for (let hour = 0; hour < 300; hour += 1) {
    trouble(open);
    // As if a moment had passed: what happened is written together.
    if (hour % 20 === 0) open.flush();
  }
  open.end();
  expect(segments(dir).length).toBeGreaterThan(1);
  expect(segments(dir)[0]).not.toBe('0000000001.jsonl');
  expect(bytesOf(dir)).toBeLessThan(maxBytes + 64 * 1024);
  const { fates, ...rest } = read(dir);
  expect(fates.length).toBeGreaterThan(100);
  expect(rest).toEqual(WHOLE);
});

test('forgets by age, at most two segments at once: a clock that ran ahead for a moment takes no more', () => {
  const dir = stateDir();
  const run = (instance: string): void => {
    const open = historian(dir, {}, instance);
    trouble(open);
    open.end();
  };
  const writtenAt = (at: Date): void => {
    for (const name of segments(dir)) utimesSync(join(dir, 'history', name), at, at);
  };
  for (let nth = 1; nth <= 5; nth += 1) {
    run(`run${nth}`);
    // Two days old: too old to go on in, not too old to keep.
    writtenAt(new Date(Date.now() - 2 * 86_400_000));
  }
  expect(segments(dir)).toHaveLength(5);
  writtenAt(new Date(0));
  run('last');
  expect(segments(dir)).toEqual([3, 4, 5, 6].map((nth) => `000000000${nth}.jsonl`));
});

test('what could not be written is counted, and the history goes on with the state behind it', async () => {
  const dir = stateDir();
  let isOurs = true;
  const open = historian(dir, { mayWrite: () => isOurs });
  trouble(open);
  open.flush();
  isOurs = false;
  trouble(open);
  open.flush();
  isOurs = true;
  trouble(open);
  open.flush();
  const gap = readHistory(dir).entries.find((entry) => entry.type === 'opening' && entry.why === 'gap');
  expect(gap).toMatchObject({ type: 'opening', lost: expect.any(Number) });
  const { fates, ...rest } = read(dir);
  expect(fates).toEqual(['checkpointed', 'checkpointed', 'checkpointed', 'checkpointed']);
  expect(rest).toEqual(WHOLE);
});

test('goes on in a new file when its own is taken away', () => {
  const dir = stateDir();
  const open = historian(dir);
  trouble(open);
  open.flush();
  trouble(open);
  renameSync(join(dir, 'history'), join(dir, 'elsewhere'));
  open.flush();
  trouble(open);
  open.flush();
  trouble(open);
  open.flush();
  expect(read(dir)).toMatchObject(WHOLE);
  expect(read(dir).fates.length).toBeGreaterThan(0);
});

describe('a hostile or damaged history costs neither the engine nor what is whole', () => {
  const written = (): string => {
    const dir = stateDir();
    const open = historian(dir);
    trouble(open);
    open.end();
    return dir;
  };

  test('garbage between the lines is passed over', () => {
    const dir = written();
    appendFileSync(segment(dir), Buffer.from([0, 255, 10, 123, 10, 254]));
    appendFileSync(segment(dir), '\n{"type":"input","at":1,"mono":1,"input":{"type":"stop"},"came":[]}\n[]\n"x"\n');
    const { fates, skipped } = read(dir);
    expect(fates).toEqual(['checkpointed', 'checkpointed']);
    expect(skipped).toBe(6);
  });

  test('a flipped bit is one line less', () => {
    const dir = written();
    const lines = readFileSync(segment(dir), 'utf8').split('\n');
    lines[3] = (lines[3] ?? '').replace('"at":1', '"at":2');
    writeFileSync(segment(dir), lines.join('\n'));
    expect(read(dir)).toMatchObject({ skipped: 1, unread: [] });
  });

  test('a segment with a line of a gigabyte is not read, the others are', () => {
    const dir = written();
    writeFileSync(join(dir, 'history/0000000000.jsonl'), '');
    truncateSync(join(dir, 'history/0000000000.jsonl'), 1_000_000_000);
    const { fates, unread } = read(dir);
    expect(unread.map(({ name }) => name)).toEqual(['0000000000.jsonl']);
    expect(fates).toEqual(['checkpointed', 'checkpointed']);
  });

  test('a segment that is a link, a folder or a FIFO is neither read nor written', () => {
    const dir = stateDir();
    mkdirSync(join(dir, 'history'), { recursive: true, mode: 0o700 });
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(dir, 'history/0000000001.jsonl'));
    mkdirSync(join(dir, 'history/0000000002.jsonl'));
    if (isLinux) execFileSync('mkfifo', [join(dir, 'history/0000000003.jsonl')]);
    const open = historian(dir);
    trouble(open);
    open.end();
    expect(open.told).toEqual([]);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(read(dir)).toEqual({ fates: ['checkpointed', 'checkpointed'], ...WHOLE, unread: expect.any(Array) });
  });

  const folders: readonly (readonly [string, (path: string) => void])[] = [
    ['a link', (path) => symlinkSync(tempDir(), path)],
    ['a file', (path) => writeFileSync(path, '')],
    ['a FIFO', (path) => execFileSync('mkfifo', [path])],
    [
      "another user's folder",
      (path) => {
        mkdirSync(path);
        chownSync(path, STRANGER, STRANGER);
      },
    ],
  ];
  test.runIf(isRoot && isLinux).each(folders)('%s in its place is said once, and nothing is written', (_, make) => {
    const dir = stateDir();
    mkdirSync(dir, { mode: 0o700 });
    make(join(dir, 'history'));
    const before = lstatSync(join(dir, 'history'));
    const open = historian(dir);
    for (let round = 0; round < 3; round += 1) {
      trouble(open);
      open.flush();
    }
    expect(open.told).toEqual([expect.stringContaining(`cannot write the history in ${dir}`)]);
    expect(lstatSync(join(dir, 'history')).mtimeMs).toBe(before.mtimeMs);
    expect(() => readHistory(dir)).toThrow();
  });
});

test.runIf(isRoot && isLinux)(
  'a full disk costs what happens meanwhile, no half line stays, and writing goes on',
  () => {
    const disk = tempDir();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    const dir = join(disk, 'state');
    const open = historian(dir);
    trouble(open);
    open.flush();
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(60 * 1024));
    for (let round = 0; round < 40; round += 1) {
      trouble(open);
      open.flush();
    }
    expect(open.told).toEqual([expect.stringMatching(/cannot write the history in .*no space left/u)]);
    truncateSync(join(disk, 'ballast'), 0);
    trouble(open);
    open.end();
    expect(open.told.at(-1)).toContain('the history is written again');
    const { fates, ...rest } = read(dir);
    expect(fates.length).toBeGreaterThan(4);
    expect(rest).toEqual(WHOLE);
  },
);
