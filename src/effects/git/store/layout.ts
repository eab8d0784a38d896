import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkOwnFolder, checkOwnTree } from '../../own-files.ts';

/** The store of one workspace's snapshots: a repository of our own, and what belongs to it. */
export type Store = {
  readonly workspace: string;
  /** The caller's folder for all stores; left out of snapshots where it lies inside the workspace. */
  readonly storeDir: string;
  /** The repository: holds objects and snapshots only, no work tree, no index. */
  readonly dir: string;
  /** One throw-away repository for each run under way. */
  readonly runs: string;
  readonly statCache: string;
};

/** Every setting that git could take from elsewhere, set here; no configuration but this one is read. */
const CONFIG = `[core]
\trepositoryFormatVersion = 0
\tbare = true
\tsharedRepository = 0600
\tlogAllRefUpdates = false
\thooksPath = /dev/null
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tfsmonitor = false
\tuntrackedCache = false
\tautocrlf = false
\tprotectHFS = false
\tprotectNTFS = false
\tbigFileThreshold = 1m
[commit]
\tgpgSign = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[pack]
\tcompression = 1
\tthreads = 1
\twindowMemory = 64m
\twriteBitmaps = false
[repack]
\twriteBitmaps = false
[fastimport]
\tunpackLimit = 0
[diff]
\trenameLimit = 400
`;

/** Bytes stay bytes: the repository's own attributes outrank every other file of attributes. */
const ATTRIBUTES = '* -text -eol -ident -filter -working-tree-encoding\n';

/** Names the store of `workspace` (canonical) below `storeDir`; makes nothing. */
export function storeOf(storeDir: string, workspace: string): Store {
  return storeAt(storeDir, createHash('sha256').update(workspace).digest('hex').slice(0, 24), workspace);
}

/** Names the store with the folder `name` below `storeDir`. */
export function storeAt(storeDir: string, name: string, workspace: string): Store {
  const dir = join(storeDir, 'git', name);
  return { workspace, storeDir, dir, runs: join(dir, 'runs'), statCache: join(dir, 'stat-cache') };
}

/** Stores that are known to hold nothing of another user's: from then on only we may write there. */
const CHECKED = new WeakSet<Store>();

/** The store's folder was moved away: what appears there is checked again. */
export function forgetStore(store: Store): void {
  CHECKED.delete(store);
}

/** Makes the store, or mends what is missing of it. Throws the error of `node:fs`, and DistrustError. */
export async function ensureStore(store: Store): Promise<void> {
  checkStore(store);
  await mkdir(store.dir, { recursive: true, mode: 0o700 });
  await makeRepository(store.dir);
  await mkdir(store.runs, { recursive: true, mode: 0o700 });
  for (const name of ['snapshots', 'pruned'])
    await mkdir(join(store.dir, 'refs/sightline', name), { recursive: true, mode: 0o700 });
  // For people who open the folder.
  await writeIfOther(join(store.dir, 'workspace'), `${store.workspace}\n`);
}

/** Throws DistrustError where the state folder, or anything in the store, is another user's. Makes nothing. */
export function checkStore(store: Store): void {
  const { storeDir, dir } = store;
  checkOwnFolder(storeDir);
  checkOwnFolder(dirname(dir));
  if (!CHECKED.has(store)) checkOwnTree(dir);
  CHECKED.add(store);
}

/** Makes a bare repository; with `alternate` it also sees the objects of that folder (relative to its `objects`). */
export async function makeRepository(dir: string, alternate: string | null = null): Promise<void> {
  for (const name of ['objects/pack', 'objects/info', 'refs/heads', 'info'])
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 });
  await writeIfOther(join(dir, 'HEAD'), 'ref: refs/heads/main\n');
  await writeIfOther(join(dir, 'config'), CONFIG);
  await writeIfOther(join(dir, 'info/attributes'), ATTRIBUTES);
  if (alternate !== null) await writeIfOther(join(dir, 'objects/info/alternates'), `${alternate}\n`);
}

/** Nothing but a file: no link is followed, no FIFO waited for. (Whose it is, `checkStore` has seen.) */
const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
const WRITE_OURS = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;

async function writeIfOther(file: string, text: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch(() => null);
  if (present !== text) await writeFile(file, text, { mode: 0o600, flag: WRITE_OURS });
}
