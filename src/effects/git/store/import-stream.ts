import type { BytePath } from '../workspace/byte-path.ts';
import { quote } from '../workspace/byte-path.ts';
import { formatManifest, type ManifestEntry } from '../workspace/manifest.ts';
import {
  openLarge,
  isSmall,
  readWhole,
  type Content,
  type Identity,
  type ReadFailure,
} from '../workspace/read-file.ts';
import { unchangedOid, type Known, type StatCache } from '../workspace/stat-cache.ts';
import type { Entry, LeftOut, Walked } from '../workspace/walk.ts';
import { CHUNK_BYTES, READ_AHEAD, READ_ATTEMPTS } from '../limits.ts';
import { IMPORT_REF } from './refs.ts';

export type Import = {
  /** The workspace, latin1. */
  readonly root: BytePath;
  readonly walked: Walked;
  /** What the store has already; only what differs from it is sent. */
  readonly cache: StatCache;
  /** Commit message and time, Unix s. */
  readonly message: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Asked between files: is it time to end with what has been read? */
  readonly isEnough: () => boolean;
  /** Called for every file that is done, read or not, with its size. */
  readonly onFile: (bytes: number) => void;
};

/** What went into the commit, filled while the stream is read. */
export type Imported = {
  readonly known: Map<BytePath, Known>;
  readonly leftOut: LeftOut[];
  /** Was it ended before everything was read? Then the commit is no snapshot, but its contents need not be read again. */
  cutShort: boolean;
};

/** Where the workspace lies in a snapshot's tree. */
export const TREE = 'workspace';
/** Where the manifest lies, and the contents whose path git would refuse. */
export const MANIFEST = 'manifest';
const ODD = 'odd';

/**
 * The workspace as a stream for `git fast-import`: the contents that the store lacks, then one commit without a parent,
 * so that any snapshot can go without the others. Throws what the signal was aborted with.
 */
export async function* importStream(job: Import, imported: Imported): AsyncGenerator<Buffer, void> {
  const small: Entry[] = [];
  const large: Entry[] = [];
  for (const entry of job.walked.entries) {
    if (entry.kind === 'folder') continue;
    const oid = unchangedOid(job.cache, entry.path, entry.stamp);
    if (oid === null) (isSmall(entry) ? small : large).push(entry);
    else remember(job, imported, entry, { oid, stamp: entry.stamp });
  }
  yield* smallBlobs(job, small, imported);
  for (const entry of large) {
    if (isCutShort(job, imported)) break;
    yield* largeBlob(job, entry, imported);
  }
  job.signal.throwIfAborted();
  yield* commit(job, imported);
}

async function* smallBlobs(job: Import, entries: readonly Entry[], imported: Imported): AsyncGenerator<Buffer, void> {
  const read = (start: number): Promise<readonly (Content | ReadFailure)[]> =>
    Promise.all(entries.slice(start, start + READ_AHEAD).map((entry) => readWhole(job.root, entry)));
  let coming = read(0);
  for (let start = 0; start < entries.length; start += READ_AHEAD) {
    job.signal.throwIfAborted();
    if (isCutShort(job, imported)) return;
    const contents = await coming;
    coming = read(start + READ_AHEAD);
    const parts: Buffer[] = [];
    for (const [index, content] of contents.entries()) {
      const entry = entries[start + index];
      if (entry !== undefined) parts.push(...smallBlob(job, entry, content, imported));
    }
    if (parts.length > 0) yield Buffer.concat(parts);
  }
}

function isCutShort(job: Import, imported: Imported): boolean {
  if (!imported.cutShort) imported.cutShort = job.isEnough();
  return imported.cutShort;
}

function smallBlob(job: Import, entry: Entry, content: Content | ReadFailure, imported: Imported): readonly Buffer[] {
  if ('failed' in content) {
    imported.leftOut.push({ path: entry.path, why: content.failed });
    return [];
  }
  remember(job, imported, entry, content);
  const stored = job.cache.get(entry.path)?.oid === content.oid;
  return stored ? [] : blob(content.data);
}

async function* largeBlob(job: Import, entry: Entry, imported: Imported): AsyncGenerator<Buffer, void> {
  for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
    const file = await openLarge(job.root, entry.path);
    if ('failed' in file) {
      imported.leftOut.push({ path: entry.path, why: file.failed });
      return;
    }
    try {
      yield Buffer.from(`blob\ndata ${file.size}\n`);
      for (let chunk = await file.next(); chunk !== null; chunk = await file.next()) {
        job.signal.throwIfAborted();
        yield chunk;
      }
      yield Buffer.from('\n');
      const identity = await file.finish();
      if (identity !== null) {
        remember(job, imported, entry, identity);
        return;
      }
    } finally {
      await file.close();
    }
  }
  imported.leftOut.push({ path: entry.path, why: 'unreadable' });
}

function remember(job: Import, imported: Imported, entry: Entry, { oid, stamp }: Identity): void {
  imported.known.set(entry.path, { oid, stamp });
  job.onFile(entry.size);
}

function* commit(job: Import, imported: Imported): Generator<Buffer, void> {
  const entries = job.walked.entries.flatMap((entry) => manifestEntry(entry, imported));
  // What vanished is no part of the workspace; what comes in its place later does not belong to the snapshot.
  const leftOut = [...job.walked.leftOut, ...imported.leftOut].filter(({ why }) => why !== 'vanished');
  const manifest = Buffer.from(formatManifest(entries, leftOut), 'latin1');
  const message = Buffer.from(job.message);
  yield Buffer.from(
    `commit ${IMPORT_REF}\ncommitter sightline <sightline@localhost> ${job.seconds} +0000\ndata ${message.length}\n`,
  );
  yield message;
  yield Buffer.from(`\nM 100644 inline ${MANIFEST}\ndata ${manifest.length}\n`);
  yield manifest;
  yield* lines(entries);
  yield Buffer.from('\ndone\n');
}

function* lines(entries: readonly ManifestEntry[]): Generator<Buffer, void> {
  let text = '\n';
  for (const [index, entry] of entries.entries()) {
    if (entry.oid === null) continue;
    const path = isOdd(entry) ? `${ODD}/${index}` : `${TREE}/${entry.path}`;
    text += `M ${treeMode(entry)} ${entry.oid} ${quote(path)}\n`;
    if (text.length < CHUNK_BYTES / 4) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(text, 'latin1');
}

function manifestEntry(entry: Entry, imported: Imported): readonly ManifestEntry[] {
  const { path, kind, mode, uid, gid } = entry;
  if (kind === 'folder') return [{ path, kind, mode, uid, gid, oid: null }];
  const oid = imported.known.get(path)?.oid;
  return oid === undefined ? [] : [{ path, kind, mode, uid, gid, oid }];
}

function treeMode({ kind, mode }: ManifestEntry): string {
  if (kind === 'link') return '120000';
  return (mode & 0o111) === 0 ? '100644' : '100755';
}

/** Would some git refuse the path? Other spellings of `.git`, and links named like git's own files. */
function isOdd({ path, kind }: ManifestEntry): boolean {
  return kind === 'link' ? /(?:^|\/)\.git[^/]*(?:$|\/)/iu.test(path) : /(?:^|\/)\.git(?:$|\/)/iu.test(path);
}

function blob(data: Buffer): readonly Buffer[] {
  return [Buffer.from(`blob\ndata ${data.length}\n`), data, Buffer.from('\n')];
}
