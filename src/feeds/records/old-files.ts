/** The files of a root that are left alone because they are old, and those of them that were asked for. */
import type { OlderPart } from '../../core/feed.ts';
import type { OlderRecords } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { FileName } from './provider.ts';
import type { FoundFile } from './tree.ts';

/** Bytes of old files that wait to be read because they were asked for. */
const MAX_WANTED_BYTES = 256 * 1024 * 1024;
/** The time that one request for older files goes back, ms. */
const PART_MS = 7 * 86_400_000;

/** The old files of one root, as other parts see them. */
export type OldFilesOf = Pick<OldFiles, 'want' | 'older' | 'report'>;

/** Newest first. What is asked for waits in `next` until it is read. */
export class OldFiles {
  readonly #wake: () => void;
  /** By their keys, newest first. */
  #left = new Map<string, FoundFile>();
  #wanted: FoundFile[] = [];
  /** Records written at this time or later are read, or wait for it; `since` at first. */
  #from: Ms;
  /** Of all of them: 20 000 are not summed up at each report. */
  #bytes = 0;

  /** `since`: what was written before is old; null: nothing is. */
  constructor(since: Ms | null, wake: () => void) {
    this.#from = since ?? 0;
    this.#wake = wake;
  }

  add(files: readonly FoundFile[]): void {
    this.#bytes += sumOf(files);
    this.#left = new Map([...this.#left.values(), ...files].toSorted(newestFirst).map((file) => [file.key, file]));
  }

  get(key: string): FoundFile | undefined {
    return this.#left.get(key);
  }

  /** The file is read for another reason: it has changed. */
  take(key: string): void {
    this.#bytes -= this.#left.get(key)?.size ?? 0;
    this.#left.delete(key);
  }

  get size(): number {
    return this.#left.size + this.#wanted.length;
  }

  get waiting(): number {
    return this.#wanted.length;
  }

  next(): FoundFile | undefined {
    const file = this.#wanted.shift();
    this.#bytes -= file?.size ?? 0;
    return file;
  }

  /** Asks for a file; a session is read with its sub-agents. */
  want({ path, sessionId }: FileName): void {
    const asked = this.#left.get(path.join('/'));
    if (asked === undefined) return;
    this.#request([asked, ...this.#ofSessions(new Set(sessionId === null ? [] : [sessionId]))]);
  }

  /** Asks for the newest of them, or stops reading what was asked for. Null where there is nothing to read, or to stop. */
  older(isStopped: boolean): OlderPart | null {
    if (isStopped) return this.#stop();
    const [newest] = this.#left.values();
    if (newest === undefined) return null;
    const from = newest.mtimeMs - PART_MS;
    const within = [...this.#left.values()].filter(({ mtimeMs }) => mtimeMs >= from);
    const sessions = new Set(within.flatMap(({ name: { sessionId } }) => (sessionId === null ? [] : [sessionId])));
    const taken = this.#request([...within, ...this.#ofSessions(sessions)]);
    this.#from = from;
    return { files: taken.length, bytes: sumOf(taken), from: this.#reached() };
  }

  /** Returns what is left, null where all was read. */
  report(): OlderRecords | null {
    if (this.size === 0) return null;
    return { from: this.#reached(), files: this.size, bytes: this.#bytes, reading: this.#wanted.length };
  }

  // A part that was cut short, or stopped, has not come as far as it was meant to.
  #reached(): Ms {
    const [newest] = this.#left.values();
    return newest === undefined ? this.#from : Math.max(this.#from, newest.mtimeMs);
  }

  #ofSessions(sessions: ReadonlySet<string>): readonly FoundFile[] {
    return [...this.#left.values()].filter(({ name: { sessionId } }) => sessionId !== null && sessions.has(sessionId));
  }

  // The first of them is read whatever its size.
  #request(files: readonly FoundFile[]): readonly FoundFile[] {
    let bytes = sumOf(this.#wanted);
    const taken: FoundFile[] = [];
    for (const file of new Set(files)) {
      bytes += file.size;
      if (bytes > MAX_WANTED_BYTES && this.#wanted.length > 0) break;
      this.#left.delete(file.key);
      this.#wanted.push(file);
      taken.push(file);
    }
    this.#wake();
    return taken;
  }

  #stop(): OlderPart | null {
    const back = this.#wanted;
    if (back.length === 0) return null;
    this.#wanted = [];
    this.#bytes -= sumOf(back);
    this.add(back);
    return { files: back.length, bytes: sumOf(back), from: this.#reached() };
  }
}

/** Asks each root for its newest old files, or stops them all; null where none has anything to begin or to stop. */
export function partOfRoots(roots: readonly OldFilesOf[], isStopped: boolean): OlderPart | null {
  const parts = roots.flatMap((root) => root.older(isStopped) ?? []);
  return parts.length === 0 ? null : together(parts);
}

/** Returns what is left of all roots; null where all was read. */
export function olderOfRoots(roots: readonly OldFilesOf[]): OlderRecords | null {
  const left = roots.flatMap((root) => root.report() ?? []);
  if (left.length === 0) return null;
  return { ...together(left), reading: left.reduce((sum, { reading }) => sum + reading, 0) };
}

// Of several roots the latest time: before it one of them is not read.
function together(parts: readonly OlderPart[]): OlderPart {
  return {
    files: parts.reduce((sum, { files }) => sum + files, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    from: Math.max(...parts.map(({ from }) => from)),
  };
}

function newestFirst(a: FoundFile, b: FoundFile): number {
  return b.mtimeMs - a.mtimeMs;
}

function sumOf(files: readonly FoundFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
