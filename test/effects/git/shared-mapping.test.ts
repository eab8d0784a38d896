import { mkdtempSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { gitCheckpointer } from '../../../src/effects/git/index.ts';
import { storeOf } from '../../../src/effects/git/store/layout.ts';
import { until } from '../../helpers/until.ts';
import { control, request } from './place.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

const TMPFS = 0x01021994;
const hasTmpfs = ((): boolean => {
  try {
    return statfsSync('/dev/shm').type === TMPFS;
  } catch {
    return false;
  }
})();

/** SQLite keeps the index of its log in a shared mapping (`-shm`): stores to it are all that changes that file. */
function database(dir: string, pages = 0) {
  const db = new DatabaseSync(join(dir, 'work.db'));
  onTestFinished(() => db.close());
  db.exec('PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF');
  db.exec('CREATE TABLE work (text TEXT)');
  const fill = db.prepare('INSERT INTO work VALUES (?)');
  db.exec('BEGIN');
  for (let page = 0; page < pages; page += 1) fill.run('x'.repeat(480));
  db.exec('COMMIT');
  return { file: join(dir, 'work.db-shm'), change: () => fill.run('change') };
}

function place(parent: string) {
  const dir = mkdtempSync(join(parent, 'sightline-mapped-'));
  onTestFinished(() => removeTree(dir));
  const storeDir = mkdtempSync(join(tmpdir(), 'sightline-mapped-store-'));
  onTestFinished(() => removeTree(storeDir));
  const checkpointer = gitCheckpointer({ workspace: dir, storeDir, keep: 50, exclude: ['*.db', '*.db-wal'] });
  const snapshot = async (id: string): Promise<Buffer> => {
    const outcome = await checkpointer.checkpoint(request(dir, id), control());
    if (outcome.type !== 'created') throw new Error(JSON.stringify(outcome));
    const git = ['--git-dir', storeOf(storeDir, dir).dir, 'cat-file', 'blob'];
    const name = `refs/sightline/snapshots/${id}:workspace/work.db-shm`;
    return execFileSync('git', [...git, name], { maxBuffer: 1e8 });
  };
  return { dir, snapshot };
}

/** Until the file's times are far enough back that they alone decide. */
const old = (file: string): Promise<unknown> => until(() => Date.now() - statSync(file).ctimeMs > 200);

test.runIf(process.platform === 'linux')(
  'a second store through a shared mapping is in the next snapshot',
  async () => {
    // The larger file is written back before it is read, the smaller one read again.
    for (const pages of [0, 150_000]) {
      const { dir, snapshot } = place(tmpdir());
      const { file, change } = database(dir, pages);
      expect(statSync(file).size > 1024 * 1024).toBe(pages > 0);
      for (let round = 1; round <= 3; round += 1) {
        change();
        await old(file);
        expect((await snapshot(`auto-${round}`)).equals(readFileSync(file))).toBe(true);
      }
    }
  },
);

test.runIf(hasTmpfs)('on tmpfs, which never stamps a store, small files and mapped ones are read again', async () => {
  for (const pages of [0, 40_000]) {
    const { dir, snapshot } = place('/dev/shm');
    const { file, change } = database(dir, pages);
    await old(file);
    const size = statSync(file).size;
    expect(pages === 0 ? size < 256 * 1024 : size > 256 * 1024).toBe(true);
    await snapshot('auto-1');
    change();
    expect((await snapshot('auto-2')).equals(readFileSync(file))).toBe(true);
    change();
    expect((await snapshot('auto-3')).equals(readFileSync(file))).toBe(true);
  }
});
