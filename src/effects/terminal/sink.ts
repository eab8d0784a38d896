import { fstatSync, ftruncateSync, readFileSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** The state of a descriptor: it takes text, it takes none for now (a full disk), or never again (its reader left). */
export type SinkState = 'open' | 'blocked' | 'gone';

/** Takes whole lines for one descriptor, in order. */
export type Sink = {
  /** `done` is called once the descriptor has taken all of `text`, and never if that does not happen. */
  readonly write: (text: string, done?: () => void) => void;
  /** Bytes that wait to be taken. */
  readonly waiting: () => number;
  readonly state: () => SinkState;
  /** Calls back at each change of `state`, with the error that caused it; the returned function ends it. */
  readonly onState: (listener: (state: SinkState, error: NodeJS.ErrnoException | null) => void) => () => void;
  /**
   * Resolves when nothing waits any more, or after `ms`; true if nothing waits. Null: a reader, if there is one, takes as
   * long as it takes.
   */
  readonly flush: (ms: number | null) => Promise<boolean>;
};

/** A full disk is tried again this long after it took nothing, ms. */
const RETRY_MS = 250;
/** The time that an end waits for room in a file, ms. */
const ROOM_MS = 500;

/** The sink over a stream that queues by itself: pipes, sockets and terminals. */
export function streamSink(stream: Writable): Sink {
  const { set, ...state } = createState();
  const gone = (error: NodeJS.ErrnoException | null): void => set('gone', error);
  stream.on('error', gone);
  stream.on('close', () => gone(null));
  return {
    ...state,
    write: (text, done) => {
      if (state.state() === 'gone') return;
      let settled = false;
      const taken = (error?: Error | null): void => {
        if (settled || (error !== null && error !== undefined)) return;
        settled = true;
        done?.();
      };
      stream.write(text, taken);
      // The kernel took it at once: every moment until that is noted counts, as we may be killed meanwhile.
      if (stream.writableLength === 0 && state.state() === 'open') taken(stream.errored);
    },
    waiting: () => (state.state() === 'gone' ? 0 : stream.writableLength),
    flush: (ms) => {
      if (state.state() === 'gone' || stream.writableLength === 0) return Promise.resolve(state.state() !== 'gone');
      return new Promise((resolve) => {
        const timer = ms === null ? undefined : setTimeout(resolve, ms, false);
        const end = state.onState(() => resolve(false));
        stream.write('', (error) => {
          clearTimeout(timer);
          end();
          resolve(error === null || error === undefined);
        });
      });
    },
  };
}

type Waiting = { readonly bytes: Buffer; readonly done: (() => void) | undefined };

/**
 * The sink over a file or a device. Node's own stream for these ignores short writes, which leaves half a line on a disk
 * that fills, and is over after the first error. Here a line is written whole or taken back, and tried again until there
 * is room.
 */
export function fileSink(descriptor: number): Sink {
  const { set, ...state } = createState();
  const writeWhole = wholeWrites(descriptor);
  const queue: Waiting[] = [];
  let waiting = 0;
  let timer: NodeJS.Timeout | null = null;
  const pump = (): void => {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const error = writeWhole(head.bytes);
      if (error !== null) {
        set('blocked', error);
        // It keeps no process alive: who ends asks with `flush`.
        timer ??= setTimeout(again, RETRY_MS).unref();
        return;
      }
      queue.shift();
      waiting -= head.bytes.length;
      head.done?.();
    }
    set('open', null);
  };
  const again = (): void => {
    timer = null;
    pump();
  };
  return {
    ...state,
    write: (text, done) => {
      const bytes = Buffer.from(text);
      queue.push({ bytes, done });
      waiting += bytes.length;
      if (timer === null) pump();
    },
    waiting: () => waiting,
    flush: async (given) => {
      // Nothing reads a file: what waits waits for room.
      const ms = given ?? ROOM_MS;
      for (const end = performance.now() + ms; queue.length > 0 && performance.now() < end;) {
        await new Promise((resolve) => {
          setTimeout(resolve, Math.min(RETRY_MS, ms));
        });
      }
      if (queue.length > 0) pump();
      return queue.length === 0;
    },
  };
}

function createState() {
  let current: SinkState = 'open';
  const listeners = new Set<(state: SinkState, error: NodeJS.ErrnoException | null) => void>();
  return {
    state: () => current,
    set: (next: SinkState, error: NodeJS.ErrnoException | null): void => {
      if (next === current || current === 'gone') return;
      current = next;
      for (const listener of listeners) listener(next, error);
    },
    onState: (listener: (state: SinkState, error: NodeJS.ErrnoException | null) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * Writes to a file so that it never ends in the middle of `bytes` for longer than it takes to see that there is no room:
 * what was written of them is cut off again. Returns null when all bytes are written, otherwise why they are not. Where the
 * end of the file is not ours (another writer), nothing is cut off, and the next call goes on with the rest.
 */
function wholeWrites(descriptor: number): (bytes: Buffer) => NodeJS.ErrnoException | null {
  const isFile = fstatSync(descriptor).isFile();
  const size = (): number => (isFile ? fstatSync(descriptor).size : 0);
  let wasCut = false;
  let begun = 0;
  // Node cannot seek: after a cut the descriptor stands beyond the end, and this many bytes go by their position.
  const ahead = (): number => {
    const gap = wasCut ? Math.max(0, (position(descriptor) ?? 0) - size()) : 0;
    wasCut &&= gap > 0;
    return gap;
  };
  const writeSome = (bytes: Buffer): number => {
    const gap = ahead();
    return gap === 0
      ? writeSync(descriptor, bytes)
      : writeSync(descriptor, bytes, 0, Math.min(gap, bytes.length), size());
  };
  const cutOff = (end: number, written: number): boolean => {
    try {
      if (!isFile || size() !== end + written || position(descriptor) === null) return false;
      ftruncateSync(descriptor, end);
      wasCut = true;
      return true;
    } catch {
      return false;
    }
  };
  return (bytes) => {
    const from = begun;
    let end = 0;
    try {
      end = size();
      while (begun < bytes.length) begun += writeSome(bytes.subarray(begun));
      begun = 0;
      return null;
    } catch (error) {
      if (from === 0 && begun > 0 && cutOff(end, begun)) begun = 0;
      return error as NodeJS.ErrnoException;
    }
  };
}

/** Returns where a descriptor stands in its file; null where the system does not tell. */
function position(descriptor: number): number | null {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    return Number(/^pos:\s*(\d+)$/mu.exec(text)?.[1] ?? Number.NaN) || null;
  } catch {
    return null;
  }
}
