import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderSize } from '../core/reasons.ts';

/** Counts what a folder holds, for at most `ms`; links are not followed. Never throws. */
export async function folderSize(folder: string, ms: number): Promise<FolderSize> {
  const stopAt = performance.now() + ms;
  const folders = [folder];
  const size = { files: 0, bytes: 0, complete: true };
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    try {
      for await (const entry of await opendir(next)) {
        const path = join(next, entry.name);
        if (performance.now() > stopAt) return { ...size, complete: false };
        if (entry.isDirectory()) folders.push(path);
        else {
          size.files += 1;
          size.bytes += (await lstat(path)).size;
        }
      }
    } catch {
      size.complete = false;
    }
  }
  return size;
}
