import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import { checkOwnFolder } from '../../own-files.ts';
import { KEEP_DAMAGED_MS } from '../limits.ts';
import { forgetStore, type Store } from './layout.ts';
import { forgetPacks, savePacks } from './packs.ts';

/** A damaged store that was put away: what it still has can be restored by hand. */
export type SetAside = {
  readonly dir: string;
  readonly workspace: string;
  /** The time when it was put away, Unix ms. */
  readonly at: number;
  /** git's report of it. */
  readonly detail: string;
};

/** Beside `git/`, so that no process takes it for a store in use. */
const FOLDER = 'damaged';
const DETAIL = 'damage';
const NAME = /^[0-9a-f]{24}-(\d+)$/u;

/** Moves a damaged store out of the way; the next run makes a new one, which has no snapshots. */
export async function setAside(store: Store, detail: string): Promise<SetAside> {
  const folder = join(store.storeDir, FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  checkOwnFolder(folder);
  const at = Date.now();
  const dir = join(folder, `${basename(store.dir)}-${at}`);
  await savePacks(store);
  await writeFile(join(store.dir, DETAIL), `${detail}\n`, { mode: 0o600 }).catch(() => undefined);
  await rename(store.dir, dir);
  forgetStore(store);
  forgetPacks(store);
  return { dir, workspace: store.workspace, at, detail };
}

/** The damaged stores that were put away below a state folder, oldest first. */
export async function listSetAside(storeDir: string): Promise<readonly SetAside[]> {
  const folder = join(storeDir, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const at = Number(NAME.exec(name)?.[1] ?? Number.NaN);
      const dir = join(folder, name);
      const stats = await lstat(dir).catch(() => null);
      if (Number.isNaN(at) || stats?.isDirectory() !== true) return [];
      const line = async (file: string): Promise<string> =>
        cleanLine((await readFile(join(dir, file), 'utf8').catch(() => '')).trimEnd(), MAX_TEXT_LENGTH);
      return [{ dir, at, workspace: await line('workspace'), detail: await line(DETAIL) }];
    }),
  );
  return found.flat().toSorted((a, b) => a.at - b.at);
}

/** Deletes what was put away more than 30 days ago. */
export async function removeOldSetAside(storeDir: string): Promise<void> {
  for (const { dir, at } of await listSetAside(storeDir))
    if (Date.now() - at > KEEP_DAMAGED_MS) await rm(dir, { recursive: true, force: true }).catch(() => undefined);
}
