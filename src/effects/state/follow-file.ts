import { type Stats, unwatchFile, watchFile } from 'node:fs';

/** Between two looks, ms. Looking finds what any editor does (rename, link, another folder), and on any file system. */
const LOOK_MS = 500;
/** An editor may write in several goes: what it leaves after this time is read, ms. */
const SETTLE_MS = 150;

/** Calls back when the file has become another, has come or has gone; the returned function ends it. */
export function followFile(path: string, changed: (exists: boolean) => void): () => void {
  let timer: NodeJS.Timeout | null = null;
  const look = (now: Stats, before: Stats): void => {
    if (isSame(now, before)) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => changed(now.nlink > 0), SETTLE_MS).unref();
  };
  watchFile(path, { interval: LOOK_MS, persistent: false }, look);
  return () => {
    unwatchFile(path, look);
    if (timer !== null) clearTimeout(timer);
  };
}

// What is only read has another atime.
function isSame(now: Stats, before: Stats): boolean {
  return now.ino === before.ino && now.mtimeMs === before.mtimeMs && now.size === before.size;
}
