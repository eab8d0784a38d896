import { statSync, watch, type FSWatcher } from 'node:fs';

/** Why it is worth looking: files were written to, files came or went, or it was time to. */
export type Cause = 'change' | 'files' | 'poll';

/** Says when to look at the databases of a folder: watches its files whose names begin with one of `names`. */
export class FolderWake {
  readonly #folder: string;
  readonly #names: readonly string[];
  #watcher: FSWatcher | null = null;
  #watched: string | null = null;
  #pollMs = POLL_MS;
  #cause: Cause | null = null;
  #rung = 0;
  #ladder: NodeJS.Timeout | null = null;
  #wake: (() => void) | null = null;

  constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = names;
  }

  /** Resolves at the next cause, at once where there was one since the last wait; an abort is a `poll`. */
  async wait(signal: AbortSignal): Promise<Cause> {
    if (this.#cause === null && !signal.aborted) await this.#next(signal);
    return this.take() ?? 'poll';
  }

  /** The cause since the last wait or take, null where there was none. */
  take(): Cause | null {
    const cause = this.#cause;
    this.#cause = null;
    return cause;
  }

  /** Begins to watch, or begins again where the folder is another or was not there. */
  renew(): void {
    const folder = statSync(this.#folder, { throwIfNoEntry: false });
    const identity = folder === undefined ? null : `${folder.dev}:${folder.ino}`;
    if (identity === this.#watched && (this.#watcher !== null || identity === null)) return;
    this.close();
    this.#watched = identity;
    if (identity !== null) this.#watch();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#watched = null;
    if (this.#ladder !== null) clearTimeout(this.#ladder);
    this.#ladder = null;
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#folder, (event, name) => this.#onEvent(event, name));
      this.#watcher.on('error', () => this.#unwatch());
      this.#pollMs = POLL_MS;
    } catch {
      this.#unwatch();
    }
  }

  // No inotify here, or no more of it: ask the databases themselves, as often as is cheap.
  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#pollMs = UNWATCHED_POLL_MS;
  }

  #onEvent(event: string, name: string | null): void {
    if (name !== null && !this.#names.some((wanted) => name.startsWith(wanted))) return;
    if (event === 'rename') this.#call('files');
    this.#rung = 0;
    this.#climb();
  }

  // The -wal is announced before the commit in it can be seen: at once is too early, and how long it takes depends on
  // the disk. So we look at growing distances after the last write.
  #climb(): void {
    const pause = LADDER_MS[this.#rung];
    if (this.#ladder !== null || pause === undefined) return;
    this.#rung += 1;
    this.#ladder = setTimeout(() => {
      this.#ladder = null;
      this.#call('change');
      this.#climb();
    }, pause);
  }

  #call(cause: Cause): void {
    if (this.#cause !== 'files') this.#cause = cause;
    this.#wake?.();
  }

  async #next(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(poll);
        signal.removeEventListener('abort', done);
        this.#wake = null;
        resolve();
      };
      const poll = setTimeout(done, this.#pollMs);
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}

/** Pauses between the looks after a write, ms. */
const LADDER_MS = [2, 4, 8, 16, 32, 64, 128];
/** For lost events, file systems without any, and files that are not there. */
const POLL_MS = 1_000;
const UNWATCHED_POLL_MS = 50;
