/** The record files below a root as the system tells of them: by folder (Linux), or with one watch of the whole tree (macOS). */
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FilesStore } from '../../../src/feeds/records/provider.ts';
import { openRoot } from '../../../src/feeds/records/root.ts';
import { createTree } from '../../../src/feeds/records/tree.ts';
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

async function world(watchesWhole: boolean) {
  const folder = tempDir();
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a', 'one.jsonl'), '');
  const tree = createTree(await openRoot(folder), STORE, watchesWhole);
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
