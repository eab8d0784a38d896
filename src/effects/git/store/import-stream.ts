import type { Content, ReadEntry } from '../helper/tasks.ts';
import { CHUNK_BYTES, READ_ATTEMPTS, ROOM_STEP_BYTES } from '../limits.ts';
import type { BytePath } from '../workspace/byte-path.ts';
import { quote } from '../workspace/byte-path.ts';
import type { Entry, LeftOut, Walked } from '../workspace/entry.ts';
import { formatRepositories } from '../workspace/repository.ts';
import { formatManifest, type ManifestEntry } from '../workspace/manifest.ts';
import { inodeOf, modifiedAtUs } from '../workspace/stamp.ts';
import { unchangedOid, type Known, type StatCache } from '../workspace/stat-cache.ts';
import { IMPORT_REF, MANIFEST, REPOSITORIES } from './refs.ts';

export type Import = {
  readonly walked: Walked;
  /** Reads files and links of the workspace, in order; `isEnough` ends it early. */
  readonly read: (wanted: readonly Entry[], isEnough: (size: number) => boolean) => AsyncIterable<Content>;
  /** The entries that the store has already; only what differs is sent. */
  readonly cache: StatCache;
  /** Commit message, given what was left out, and time, Unix s. */
  readonly message: (leftOut: readonly LeftOut[]) => string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Asked before each file, with its size: is it time to end with what has been read? */
  readonly isEnough: (size: number) => boolean;
  /** Called for every file that is done, read or not, with its size. */
  readonly onFile: (bytes: number) => void;
  /** Throws where the store has no room for so many bytes more. */
  readonly ensureRoom: (bytes: number) => Promise<void>;
};

/** The contents of the commit, filled while the stream is read. */
export type Imported = {
  readonly known: Map<BytePath, Known>;
  /** Files and links as they were when they were read: not as the walk before saw them. */
  readonly entries: Map<BytePath, Entry>;
  readonly leftOut: LeftOut[];
  /** Was it ended before everything was read? Then the commit is no snapshot, but its contents need not be read again. */
  cutShort: boolean;
};

/** The path of the workspace in a snapshot's tree. */
export const TREE = 'workspace';
/** The path of contents whose own path git would refuse. */
export const ODD = 'odd';

/**
 * The workspace as a stream for `git fast-import`: the contents that the store lacks, then one commit without a parent,
 * so that any snapshot can go without the others. Throws what the signal was aborted with.
 */
export async function* importStream(job: Import, imported: Imported): AsyncGenerator<Buffer, void> {
  const wanted: Entry[] = [];
  for (const entry of job.walked.entries) {
    if (entry.kind === 'folder') continue;
    const oid = unchangedOid(job.cache, entry.path, entry.stamp);
    if (oid === null) wanted.push(entry);
    else remember(job, imported, entry, { entry, oid, stamp: entry.stamp });
  }
  const isEnough = (size: number): boolean => (imported.cutShort ||= job.isEnough(size));
  const ensureStepFits = roomMeter(job);
  let again: Entry[] = wanted;
  for (let attempt = 1; attempt <= READ_ATTEMPTS && again.length > 0 && !isCut(imported, attempt); attempt += 1) {
    const torn: Entry[] = [];
    for await (const content of job.read(again, isEnough)) {
      job.signal.throwIfAborted();
      for await (const chunk of blobs(job, content, imported)) {
        await ensureStepFits(chunk.length);
        yield chunk;
      }
      if (content.type === 'large' && content.read() === null) torn.push(content.wanted);
    }
    again = torn;
  }
  // It became shorter each time it was read.
  if (!imported.cutShort) for (const { path, size } of again) imported.leftOut.push({ path, why: 'unreadable', size });
  job.signal.throwIfAborted();
  yield* commit(job, imported);
}

function isCut(imported: Imported, attempt: number): boolean {
  return attempt > 1 && imported.cutShort;
}

/**
 * Returns a function to call with the size of everything written: what the walk announced fitted before, but others write
 * to the same disk, and files grow. So it is checked again every `ROOM_STEP_BYTES`.
 */
function roomMeter({ ensureRoom }: Import): (bytes: number) => Promise<void> {
  let unchecked = 0;
  return async (bytes) => {
    unchecked += bytes;
    if (unchecked < ROOM_STEP_BYTES) return;
    unchecked = 0;
    await ensureRoom(ROOM_STEP_BYTES);
  };
}

async function* blobs(job: Import, content: Content, imported: Imported): AsyncGenerator<Buffer, void> {
  const { wanted } = content;
  switch (content.type) {
    case 'failed':
      imported.leftOut.push({ path: wanted.path, why: content.why, size: wanted.size });
      return;
    case 'same':
      remember(job, imported, wanted, content.read);
      return;
    case 'small': {
      remember(job, imported, wanted, content.read);
      if (job.cache.get(wanted.path)?.oid === content.read.oid) return;
      yield Buffer.concat([Buffer.from(`blob\ndata ${content.data.length}\n`), content.data, Buffer.from('\n')]);
      return;
    }
    case 'large': {
      yield Buffer.from(`blob\ndata ${content.size}\n`);
      for await (const chunk of content.chunks()) {
        job.signal.throwIfAborted();
        yield chunk;
      }
      yield Buffer.from('\n');
      const read = content.read();
      if (read !== null) remember(job, imported, wanted, read);
    }
  }
}

function remember(job: Import, imported: Imported, { path, size }: Entry, { entry, oid, stamp }: ReadEntry): void {
  imported.known.set(path, { oid, stamp });
  imported.entries.set(path, entry);
  job.onFile(size);
}

function* commit(job: Import, imported: Imported): Generator<Buffer, void> {
  const entries = withLinkGroups(job.walked.entries.flatMap((entry) => manifestEntry(entry, imported)));
  // What vanished is no part of the workspace; what appears there later does not belong to the snapshot.
  const leftOut = [...job.walked.leftOut, ...imported.leftOut].filter(({ why }) => why !== 'vanished');
  const manifest = Buffer.from(formatManifest(entries, leftOut), 'latin1');
  const message = Buffer.from(job.message(leftOut));
  yield Buffer.from(
    `commit ${IMPORT_REF}\ncommitter sightline <sightline@localhost> ${job.seconds} +0000\ndata ${message.length}\n`,
  );
  yield message;
  yield Buffer.from(`\nM 100644 inline ${MANIFEST}\ndata ${manifest.length}\n`);
  yield manifest;
  yield* repositoriesFile(job);
  yield* lines(entries);
  yield Buffer.from('\ndone\n');
}

/** The states of the repositories are kept beside the manifest: earlier versions read that, and pass this over. */
function* repositoriesFile({ walked }: Import): Generator<Buffer, void> {
  if (walked.repositories.length === 0) return;
  const text = Buffer.from(formatRepositories(walked.repositories), 'utf8');
  yield Buffer.from(`\nM 100644 inline ${REPOSITORIES}\ndata ${text.length}\n`);
  yield text;
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

/** An entry of the manifest, with the inode that tells which names are one file. */
type Named = { readonly entry: ManifestEntry; readonly inode: string | null };

function manifestEntry(walked: Entry, imported: Imported): readonly Named[] {
  const { path, kind, mode, uid, gid, stamp } = imported.entries.get(walked.path) ?? walked;
  const oid = kind === 'folder' ? null : imported.known.get(path)?.oid;
  if (oid === undefined) return [];
  const entry = { path, kind, mode, uid, gid, oid, mtimeUs: modifiedAtUs(stamp), linkGroup: null };
  return [{ entry, inode: kind === 'file' ? inodeOf(stamp) : null }];
}

/** Numbers the files that have several names. Names that were read with different contents are not taken for one. */
function withLinkGroups(named: readonly Named[]): readonly ManifestEntry[] {
  const keyOf = ({ entry, inode }: Named): string | null => inode && `${inode} ${entry.oid}`;
  const counts = new Map<string | null, number>();
  for (const one of named) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  const numbers = new Map<string, number>();
  return named.map((one) => {
    const key = keyOf(one);
    if (key === null || counts.get(key) === 1) return one.entry;
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return { ...one.entry, linkGroup: numbers.get(key) ?? null };
  });
}

function treeMode({ kind, mode }: ManifestEntry): string {
  if (kind === 'link') return '120000';
  return (mode & 0o111) === 0 ? '100644' : '100755';
}

/** Would some git refuse the path? Other spellings of `.git`, and links named like git's own files. */
function isOdd({ path, kind }: ManifestEntry): boolean {
  return kind === 'link' ? /(?:^|\/)\.git[^/]*(?:$|\/)/iu.test(path) : /(?:^|\/)\.git(?:$|\/)/iu.test(path);
}
