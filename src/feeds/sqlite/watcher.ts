import { watch, type FSWatcher } from 'node:fs';
import { isFolder } from './file-stat.ts';
import { pause } from '../pause.ts';

/** The cause of a poll: files were written to, files came or went, or the interval has passed. */
export type Cause = 'change' | 'files' | 'poll';

/** Signals when to poll the databases of a folder: watches its files whose names begin with one of `names`. */
export class FolderWatcher {
  readonly #folder: string;
  readonly #names: readonly string[];
  #watcher: FSWatcher | null = null;
  #watchedAt = 0;
  #pollMs = POLL_MS;
  #cause: Cause | null = null;
  #backoffCause: Cause = 'change';
  #step = 0;
  #backoff: NodeJS.Timeout | null = null;
  #streak = 0;
  #resume: (() => void) | null = null;

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

  /** Ends the wait as a change of the files does. */
  wake(): void {
    this.#call('change');
  }

  /** Renews the watch, as the folder may be another now. Call it before polling, so that nothing is missed. */
  renew(): void {
    this.#unwatch();
    if (isFolder(this.#folder)) this.#watch();
  }

  close(): void {
    this.#unwatch();
    if (this.#backoff !== null) clearTimeout(this.#backoff);
    this.#backoff = null;
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#folder, (event, name) => this.#onEvent(event, name));
      this.#watcher.on('error', () => this.#fail());
      this.#watchedAt = performance.now();
      this.#pollMs = POLL_MS;
    } catch {
      this.#fail();
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  // No inotify here, or no more of it: ask the databases themselves, as often as is cheap.
  #fail(): void {
    this.#unwatch();
    this.#pollMs = UNWATCHED_POLL_MS;
  }

  // A commit is a dozen writes, and each that is announced costs the writer time: one is enough to know.
  #onEvent(event: string, name: string | null): void {
    if (name !== null && !this.#names.some((wanted) => name.startsWith(wanted))) return;
    this.#unwatch();
    const isStorm = performance.now() - this.#watchedAt < AT_ONCE_MS;
    this.#streak = isStorm ? this.#streak + 1 : 0;
    if (event === 'rename') {
      this.#backoffCause = 'files';
      this.#call('files');
    }
    if (this.#backoff !== null) clearTimeout(this.#backoff);
    this.#step = 0;
    this.#scheduleNext(this.#streak < STORM_STREAK ? 0 : STORM_PAUSE_MS);
  }

  // The -wal is announced before the commit in it can be seen: at once is too early, and how long it takes depends on
  // the disk. So the polls after the last write come at growing distances.
  #scheduleNext(extraMs = 0): void {
    const backoff = BACKOFF_MS[this.#step];
    if (backoff === undefined) {
      this.#backoffCause = 'change';
      return;
    }
    this.#step += 1;
    this.#backoff = setTimeout(() => {
      this.#backoff = null;
      if (this.#watcher === null) this.renew();
      this.#call(this.#backoffCause);
      this.#scheduleNext();
    }, backoff + extraMs);
  }

  #call(cause: Cause): void {
    if (this.#cause !== 'files') this.#cause = cause;
    this.#resume?.();
  }

  async #next(signal: AbortSignal): Promise<void> {
    await pause(this.#pollMs, signal, (resume) => (this.#resume = resume));
    this.#resume = null;
  }
}

/** Pauses between the polls after a write, ms. */
const BACKOFF_MS = [2, 4, 10, 30, 100, 200];
/** For lost events, file systems without any, and files that are not there. */
const POLL_MS = 1_000;
const UNWATCHED_POLL_MS = 50;
/** So many writes in a row that came as soon as we watched again are a storm, and then each poll waits longer. */
const AT_ONCE_MS = 5;
const STORM_STREAK = 12;
const STORM_PAUSE_MS = 23;
