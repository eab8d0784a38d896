/** The record files below a root as the system tells of them: by folder (Linux), or with one watch of the whole tree (macOS). */
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FilesStore } from '../../../src/feeds/records/provider.ts';
import { openRoot } from '../../../src/feeds/records/root.ts';
import { createTree, type WatchFor } from '../../../src/feeds/records/tree.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const STORE: Pick<FilesStore<unknown>, 'identify' | 'enters'> = {
  enters: (path) => !path.includes('cache'),
  identify: (path) =>
    path.at(-1)?.endsWith('.jsonl') === true
      ? { path, format: 'lines', kind: 'session', sessionId: null, agentId: null }
      : null,
};
const { signal } = new AbortController();

async function world(watchesWhole: boolean, watching: { readonly watchFor?: WatchFor } = {}) {
  const folder = tempDir();
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a', 'one.jsonl'), '');
  const tree = createTree(await openRoot(folder), STORE, { watchesWhole, ...watching });
  onTestFinished(() => tree.close());
  const found: string[] = [];
  await tree.walk(({ key }) => found.push(key), signal);
  const told = new Set<string>();
  /** Waits until a file is told of. */
  const tells = async (key: string): Promise<void> => {
    await until(async () => {
      await tree.wait(50, signal);
      const { changed, listed } = await tree.changed();
      for (const { path } of [...changed, ...listed]) told.add(path.join('/'));
      return told.has(key);
    });
    told.clear();
  };
  return { folder, tree, found, told, tells };
}

describe.each([
  ['a watch of each folder', false],
  ['one watch of the whole tree', true],
])('%s', (_, watchesWhole) => {
  test('tells of what grows, and of new files in new folders', async () => {
    const { folder, found, told, tells } = await world(watchesWhole);
    expect(found).toEqual(['a/one.jsonl']);
    appendFileSync(join(folder, 'a', 'one.jsonl'), 'x\n');
    await tells('a/one.jsonl');
    mkdirSync(join(folder, 'b', 'c', 'd'), { recursive: true });
    writeFileSync(join(folder, 'b', 'c', 'd', 'two.jsonl'), 'x\n');
    await tells('b/c/d/two.jsonl');
    appendFileSync(join(folder, 'b', 'c', 'd', 'two.jsonl'), 'x\n');
    await tells('b/c/d/two.jsonl');
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', 'three.jsonl'), 'x\n');
    renameSync(join(folder, 'b'), join(folder, 'moved'));
    await tells('moved/c/d/two.jsonl');
    expect([...told].filter((key) => key.startsWith('cache'))).toEqual([]);
  });

  test('goes on when the root goes', async () => {
    const { folder, tree } = await world(watchesWhole);
    rmSync(folder, { recursive: true });
    await tree.wait(50, signal);
    await tree.changed();
    expect(tree.isFull()).toBe(false);
  });
});

/** Tells a path of a change below the root, as late and as coarsely as the system likes; null: something, anywhere. */
type Tell = (name: string | null) => void;

describe('what macOS may tell of a change', () => {
  async function watchedWorld() {
    const told: Tell[] = [];
    const watcher = { on: () => undefined, close: () => undefined };
    const watchFor: WatchFor = (_path, recursive, notify) => {
      if (!recursive) return null;
      told.push(notify);
      return watcher as unknown as ReturnType<WatchFor>;
    };
    const made = await world(true, { watchFor });
    const tell: Tell = (name) => told.forEach((notify) => notify(name));
    return { ...made, tell };
  }

  test.each([
    ['the file', 'a/one.jsonl'],
    ['its folder alone', 'a'],
    ['nothing but that there is one', null],
    ['the root', ''],
  ])('%s: the file is read', async (_, name) => {
    const { folder, tell, tells } = await watchedWorld();
    appendFileSync(join(folder, 'a', 'one.jsonl'), 'x\n');
    tell(name);
    await tells('a/one.jsonl');
  });

  test('several changes as one of the folder above them: new folders are found, and so are the files in them', async () => {
    const { folder, tell, tells } = await watchedWorld();
    mkdirSync(join(folder, 'b', 'c'), { recursive: true });
    writeFileSync(join(folder, 'b', 'c', 'two.jsonl'), 'x\n');
    rmSync(join(folder, 'a'), { recursive: true });
    tell('b');
    await tells('b/c/two.jsonl');
  });

  test('of a file that is gone, or outside, or no record: nothing, and no error', async () => {
    const { folder, tree, tell } = await watchedWorld();
    rmSync(join(folder, 'a'), { recursive: true });
    for (const name of ['a/one.jsonl', '../../etc/passwd', 'a\0b', 'cache/x.jsonl']) tell(name);
    await tree.wait(50, signal);
    const { listed } = await tree.changed();
    expect(listed).toEqual([]);
  });
});
