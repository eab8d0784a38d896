import { createHash } from 'node:crypto';
import { MAX_ENTRIES, MAX_LISTING_BYTES, MAX_REPOSITORIES, READ_BATCH, READ_BATCH_BYTES } from '../limits.ts';
import { type BytePath, parentOf } from '../workspace/byte-path.ts';
import {
  byPath,
  type Entry,
  type LeftOut,
  type Omission,
  TooManyEntriesError,
  type Walked,
} from '../workspace/entry.ts';
import type { Found } from '../workspace/open.ts';
import type { Repository } from '../workspace/repository.ts';
import type { Stamp } from '../workspace/stamp.ts';
import type { Answer } from './messages.ts';
import type { Request, Step, Where } from './protocol.ts';
import { HelperError } from './reason.ts';
import type { Received, Session } from './session.ts';

/** The rules by which a walk leaves files out. */
export type WalkLimits = {
  readonly exclude: readonly string[];
  /** Our own store where it lies inside, relative. */
  readonly store: BytePath | null;
  /** Infinity for no bound. */
  readonly maxFileBytes: number;
};

/** Lists everything below the folder, sorted by path; every entry's parent is a folder of the list. */
export async function listFolder(session: Session, found: Found, limits: WalkLimits): Promise<Walked> {
  const { exclude, store, maxFileBytes } = limits;
  await session.request({
    op: 'walk',
    exclude,
    store,
    maxFileBytes: finite(maxFileBytes),
    ...whereOf(found),
  } satisfies Request);
  const entries: Entry[] = [];
  const leftOut: LeftOut[] = [];
  const repositories: Repository[] = [];
  let chars = 0;
  for (;;) {
    const { answer } = await nextOf(session, found);
    if (answer.t === 'done') break;
    if (answer.t === 'entries') entries.push(...answer.entries);
    else if (answer.t === 'left-out') leftOut.push(...answer.leftOut);
    else if (answer.t === 'repository') repositories.push(answer.repository);
    else throw session.hostile('no listing');
    if (repositories.length > MAX_REPOSITORIES) throw session.hostile('more repositories than it may list');
    const listed = answer.t === 'entries' ? answer.entries : answer.t === 'left-out' ? answer.leftOut : [];
    for (const { path } of listed) chars += path.length + 100;
    if (entries.length + leftOut.length > MAX_ENTRIES || chars > MAX_LISTING_BYTES)
      throw session.hostile('more than it may list');
  }
  const sorted = entries.toSorted(byPath);
  if (!isTree(sorted)) throw session.hostile('a listing that is no tree');
  return { entries: sorted, leftOut: leftOut.toSorted(byPath), repositories: repositories.toSorted(byPath) };
}

/** Returns true if each path is there once, below a folder of the list, and the root first. */
function isTree(sorted: readonly Entry[]): boolean {
  const folders = new Set<BytePath>();
  let before: BytePath | null = null;
  for (const { path, kind } of sorted) {
    if (path === before) return false;
    if (path === '' ? kind !== 'folder' : !folders.has(parentOf(path))) return false;
    if (kind === 'folder') folders.add(path);
    before = path;
  }
  return folders.has('');
}

/** One content, in the order in which they were asked for. */
export type Content =
  | { readonly type: 'failed'; readonly wanted: Entry; readonly why: Omission }
  /** It is the one that was expected. */
  | { readonly type: 'same'; readonly wanted: Entry; readonly read: ReadEntry }
  | { readonly type: 'small'; readonly wanted: Entry; readonly read: ReadEntry; readonly data: Buffer }
  /** `chunks` has to be read to its end before the next content; it gives exactly `size` bytes. */
  | {
      readonly type: 'large';
      readonly wanted: Entry;
      readonly size: number;
      readonly chunks: () => AsyncGenerator<Buffer, void>;
      /** After the last chunk; null where the file became shorter meanwhile: these bytes are no state of it. */
      readonly read: () => ReadEntry | null;
    };

/** The facts of a file that was read, as the descriptor showed them: the path is the one that was asked for. */
export type ReadEntry = { readonly entry: Entry; readonly oid: string; readonly stamp: Stamp | null };

/** The settings by which contents are read. */
export type ReadOptions = {
  readonly maxFileBytes: number;
  /** Asked before each content, with its size: is it time to end? */
  readonly isEnough: (size: number) => boolean;
  /** The id of a content that need not come again where the file is large; null for none. */
  readonly expected: (entry: Entry) => string | null;
  /** Time that may still be spent on writing back what is read, ms; called with what was spent. */
  readonly syncBudget: SyncBudget;
};

/** Time for writing files back before they are read. */
export type SyncBudget = { readonly leftMs: () => number; readonly spend: (ms: number) => void };

/** Reads contents; ends early, between two of them, where `isEnough` reports it. */
export async function* readContents(
  session: Session,
  found: Found,
  wanted: readonly Entry[],
  { maxFileBytes, isEnough, expected, syncBudget }: ReadOptions,
): AsyncGenerator<Content, void> {
  const batches = inBatches(wanted);
  const ask = async (batch: readonly Entry[] = []): Promise<void> => {
    const request = {
      op: 'read',
      paths: batch.map(({ path }) => path),
      expected: batch.map(expected),
      maxFileBytes: finite(maxFileBytes),
      syncMs: syncBudget.leftMs(),
      ...whereOf(found),
    } satisfies Request;
    if (batch.length > 0) await session.request(request);
  };
  // One batch ahead, so that the helper need not wait for us.
  await ask(batches[0]);
  for (const [index, batch] of batches.entries()) {
    await ask(batches[index + 1]);
    for (const entry of batch) {
      // What was asked for and is not read makes the session useless: the next task gets a new one.
      if (isEnough(entry.size)) return;
      yield await contentOf(session, found, entry, { maxFileBytes, expected: expected(entry) });
    }
    const { answer } = await nextOf(session, found);
    if (answer.t !== 'synced') throw session.hostile('no end of a reading');
    syncBudget.spend(answer.ms);
    await endOf(session, found);
  }
}

/** Few enough files, and few enough bytes, that asking ahead costs little where time runs out. */
function inBatches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const batches: Entry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= READ_BATCH || bytes + entry.size > READ_BATCH_BYTES) {
      batches.push([entry]);
      bytes = 0;
    } else last.push(entry);
    bytes += entry.size;
  }
  return batches;
}

type Expecting = { readonly maxFileBytes: number; readonly expected: string | null };

async function contentOf(
  session: Session,
  found: Found,
  wanted: Entry,
  { maxFileBytes, expected }: Expecting,
): Promise<Content> {
  const { answer, bytes } = await nextOf(session, found);
  if (answer.t === 'failed') return { type: 'failed', wanted, why: answer.why };
  if (answer.t === 'same') {
    if (expected === null || answer.entry.path !== wanted.path)
      throw session.hostile('a content that was not asked for');
    return { type: 'same', wanted, read: { entry: answer.entry, oid: expected, stamp: answer.stamp } };
  }
  if (answer.t === 'large') {
    if (answer.size > maxFileBytes) throw session.hostile('a content that is too large');
    return largeContent(session, found, wanted, answer.size);
  }
  if (answer.t !== 'content' || bytes === null || answer.entry.path !== wanted.path)
    throw session.hostile('another content');
  return { type: 'small', wanted, data: bytes, read: readEntry(answer, blobOid(bytes), bytes.length) };
}

function largeContent(session: Session, found: Found, wanted: Entry, size: number): Content {
  let read: ReadEntry | null = null;
  async function* chunks(): AsyncGenerator<Buffer, void> {
    const hash = createHash('sha1').update(`blob ${size}\0`);
    for (let left = size; left > 0;) {
      const chunk = await session.nextData();
      left -= chunk.length;
      if (left < 0) throw session.hostile('more bytes than announced');
      hash.update(chunk);
      yield chunk;
    }
    const { answer } = await nextOf(session, found);
    if (answer.t !== 'content' || answer.entry.path !== wanted.path) throw session.hostile('another content');
    if (!answer.short) read = readEntry(answer, hash.digest('hex'), size);
  }
  return { type: 'large', wanted, size, chunks, read: () => read };
}

/** The size is that of the bytes that came. */
function readEntry({ entry, stamp }: Answer & { readonly t: 'content' }, oid: string, size: number): ReadEntry {
  return { entry: { ...entry, size }, oid, stamp };
}

/** The ids that git gives to the contents of files and links; null of those that cannot be read. */
export async function hashContents(
  session: Session,
  found: Found,
  entries: readonly Entry[],
): Promise<ReadonlyMap<BytePath, string | null>> {
  const oids = new Map<BytePath, string | null>();
  for (let start = 0; start < entries.length; start += READ_BATCH) {
    const batch = entries.slice(start, start + READ_BATCH);
    await session.request({ op: 'hash', paths: batch.map(({ path }) => path), ...whereOf(found) } satisfies Request);
    for (const { path } of batch) {
      const { answer } = await nextOf(session, found);
      if (answer.t !== 'oid') throw session.hostile('no id');
      oids.set(path, answer.oid);
    }
    await endOf(session, found);
  }
  return oids;
}

/** Those of the folders in which the helper can change nothing. */
export async function closedFolders(
  session: Session,
  found: Found,
  folders: readonly BytePath[],
): Promise<readonly BytePath[]> {
  const closed: BytePath[] = [];
  for (let start = 0; start < folders.length; start += READ_BATCH) {
    const batch = folders.slice(start, start + READ_BATCH);
    await session.request({ op: 'closed', folders: batch, ...whereOf(found) } satisfies Request);
    for (const path of batch) {
      const { answer } = await nextOf(session, found);
      if (answer.t !== 'closed') throw session.hostile('no answer about a folder');
      if (answer.closed) closed.push(path);
    }
    await endOf(session, found);
  }
  return closed;
}

/** A step with the content of a `write`, chunk by chunk. */
export type StepWithContent = { readonly step: Step; readonly content?: AsyncIterable<Buffer> };

/** The result of a step: whether it changed something, or the code of the error. */
export type Done = { readonly step: Step } & ({ readonly changed: boolean } | { readonly error: string });

/** Has steps done in order; goes on after one that failed. */
export async function doSteps(
  session: Session,
  found: Found,
  steps: AsyncIterable<StepWithContent>,
  onDone: (done: Done) => void,
): Promise<void> {
  const sent: Step[] = [];
  const answersOf = async (): Promise<void> => {
    for (let index = 0; ; index += 1) {
      const { answer } = await nextOf(session, found);
      if (answer.t === 'done') {
        if (index < sent.length) throw session.hostile('an end before the last step');
        return;
      }
      const step = sent[index];
      if (step === undefined) throw session.hostile('an answer to no step');
      if (answer.t === 'did') onDone({ step, changed: answer.changed });
      else if (answer.t === 'did-not') onDone({ step, error: answer.code });
      else throw session.hostile('no answer to a step');
    }
  };
  await session.request({ op: 'restore', ...whereOf(found) } satisfies Request);
  const answers = answersOf();
  const sending = (async () => {
    for await (const { step, content } of steps) {
      sent.push(step);
      await session.send(step);
      for await (const chunk of content ?? []) await session.sendData(chunk);
    }
    await session.send({ do: 'end' });
  })();
  try {
    await Promise.all([answers, sending]);
  } catch (error) {
    // Steps that are still on their way would be taken for requests.
    session.drop();
    throw error;
  }
}

async function endOf(session: Session, found: Found): Promise<void> {
  if ((await nextOf(session, found)).answer.t !== 'done') throw session.hostile('no end');
}

/** The next answer; what the helper reports of the folder as a whole is thrown. */
async function nextOf(session: Session, found: Found): Promise<Received> {
  const received = await session.next();
  if (received.answer.t === 'error') throw errorOf(received.answer.code, found);
  return received;
}

function errorOf(code: string, { path, uid }: Found): Error {
  switch (code) {
    case 'TOO_MANY':
      return new TooManyEntriesError(MAX_ENTRIES);
    case 'OTHER_FOLDER':
    case 'ELOOP':
    case 'ENOTDIR':
      return new HelperError({ code: 'folder_replaced', path });
    case 'ENOENT':
      return new HelperError({ code: 'folder_gone', path });
    case 'EACCES':
    case 'EPERM':
      return new HelperError({ code: 'folder_closed', path, uid, error: code });
    default:
      return new HelperError({ code: 'file_error', error: code });
  }
}

/** The id that git gives to a blob of these bytes. */
function blobOid(data: Buffer): string {
  return createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
}

function whereOf({ root, dev, ino, uid }: Found): Where {
  return { root, dev, ino, uid };
}

/** JSON has no infinity. */
function finite(bound: number): number | null {
  return Number.isFinite(bound) ? bound : null;
}
