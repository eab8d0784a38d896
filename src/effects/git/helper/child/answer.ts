import type { BytePath } from '../../workspace/byte-path.ts';
import type { Entry, LeftOut } from '../../workspace/entry.ts';
import { TooManyEntriesError } from '../../workspace/entry.ts';
import { compileExcludes } from '../../workspace/exclude.ts';
import { fieldsOfRepository } from '../../workspace/repository.ts';
import { ALIVE_MS, BATCH_CHARS, type Request, type Step } from '../protocol.ts';
import { errnoOf } from '../../../../core/errno.ts';
import { type Folders, openFolders, OtherFolderError } from './folder.ts';
import type { Pipes } from './pipes.ts';
import { contentOid, type Contents, read, type Read } from './read.ts';
import { isClosed, restoreStep, staleError } from './restore.ts';
import { walk } from './walk.ts';
import { createWriteBack } from './write-back.ts';

/**
 * Does what one request asks; nothing of the workspace is open any more when its last answer is sent. What the workspace
 * does is an answer; what the pipes do is thrown.
 */
export function answerRequest(to: Pipes, request: Request): void {
  to.send(lastAnswer(to, request));
}

function lastAnswer(to: Pipes, request: Request): object {
  let folders: Folders;
  try {
    folders = openFolders(request, request.op === 'restore');
  } catch (error) {
    return { t: 'error', ...reasonOf(error) };
  }
  try {
    answer(to, folders, request);
    return { t: 'done' };
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    return { t: 'error', ...reasonOf(error.cause) };
  } finally {
    folders.close();
  }
}

/** The workspace as a whole cannot be listed. */
class ListError extends Error {}

function answer(to: Pipes, folders: Folders, request: Request): void {
  switch (request.op) {
    case 'walk':
      answerWalk(to, folders, request);
      break;
    case 'read':
      answerRead(to, folders, request);
      break;
    case 'hash':
      for (const path of request.paths) to.send({ t: 'oid', oid: contentOid(folders, path, aliveTo(to)) });
      break;
    case 'closed':
      for (const path of request.folders) to.send({ t: 'closed', closed: isClosed(folders, path) });
      break;
    case 'restore':
      answerRestore(to, folders);
      break;
  }
}

function answerRead(to: Pipes, folders: Folders, request: Request & { readonly op: 'read' }): void {
  const writeBack = createWriteBack(request.syncMs);
  const into = contentsTo(to);
  const maxFileBytes = request.maxFileBytes ?? Infinity;
  for (const [index, path] of request.paths.entries())
    read(folders, path, { maxFileBytes, expected: request.expected[index] ?? null, writeBack }, into);
  to.send({ t: 'synced', ms: Math.ceil(writeBack.spentMs()) });
}

function answerWalk(to: Pipes, folders: Folders, request: Request & { readonly op: 'walk' }): void {
  const excludes = compileExcludes(request.exclude, request.store);
  const entries = batch<readonly unknown[]>((e) => to.send({ t: 'entries', e }));
  const leftOut = batch<readonly unknown[]>((l) => to.send({ t: 'left-out', l }));
  try {
    walk(folders, excludes, request.maxFileBytes ?? Infinity, {
      entry: (entry) => entries.add(fieldsOf(entry), entry.path),
      leftOut: ({ path, why, size }: LeftOut) => leftOut.add([path, why, size], path),
      repository: (repository) => to.send({ t: 'repository', r: fieldsOfRepository(repository) }),
      alive: aliveTo(to),
    });
  } catch (error) {
    if (!(error instanceof TooManyEntriesError) && errnoOf(error) === '') throw error;
    throw new ListError('the walk ended early', { cause: error });
  }
  entries.flush();
  leftOut.flush();
}

/** An entry as it is sent. */
function fieldsOf({ path, kind, mode, uid, gid, size, stamp }: Entry): readonly unknown[] {
  return [path, kind, mode, uid, gid, size, stamp];
}

type Batch<T> = { readonly add: (item: T, path: BytePath) => void; readonly flush: () => void };

function batch<T>(send: (items: readonly T[]) => void): Batch<T> {
  let items: T[] = [];
  let chars = 0;
  const flush = (): void => {
    if (items.length > 0) send(items);
    items = [];
    chars = 0;
  };
  return {
    add: (item, path) => {
      items.push(item);
      // As JSON a character can take six.
      chars += 100 + path.length;
      if (chars >= BATCH_CHARS) flush();
    },
    flush,
  };
}

function contentsTo(to: Pipes): Contents {
  const end = ({ entry, stamp, short }: Read): object => ({ t: 'content', e: fieldsOf(entry), stamp, short });
  return {
    small: (what, data) => to.sendContent(end(what), data),
    begin: (size) => to.send({ t: 'large', size }),
    chunk: to.sendData,
    end: (what) => to.send(end(what)),
    failed: (why) => to.send({ t: 'failed', why }),
    same: ({ entry, stamp }) => to.send({ t: 'same', e: fieldsOf(entry), stamp }),
    alive: aliveTo(to),
  };
}

function answerRestore(to: Pipes, folders: Folders): void {
  const failed = new Set<BytePath>();
  const nextChunk = (): Buffer => to.next() as Buffer;
  for (;;) {
    const step = to.next() as Step | { readonly do: 'end' };
    if (step.do === 'end') return;
    try {
      // What is not the right file must not get further names.
      if (step.do === 'hard-link' && failed.has(step.to)) throw staleError('not the right file');
      to.send({ t: 'did', changed: restoreStep(folders, step, nextChunk) });
    } catch (error) {
      if (errnoOf(error) === '') throw error;
      failed.add(step.path);
      to.send({ t: 'did-not', code: errnoOf(error).slice(0, 32) });
    }
  }
}

/** Shows life where nothing else was sent for a while. */
function aliveTo(to: Pipes): () => void {
  return () => {
    if (performance.now() - to.sentAt() > ALIVE_MS) to.send({ t: 'alive' });
  };
}

function reasonOf(error: unknown): { readonly code: string } {
  if (error instanceof OtherFolderError) return { code: 'OTHER_FOLDER' };
  if (error instanceof TooManyEntriesError) return { code: 'TOO_MANY' };
  return { code: errnoOf(error).slice(0, 32) };
}
