/**
 * A private copy of a database whose newest rows stand in a -wal that cannot be read where it is: no one has it open, and
 * its folder is not ours to write, so SQLite could not make the -shm that it needs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type FileStat, statDatabase } from '../../sqlite/file-stat.ts';
import { openRegular } from '../../trust.ts';

/** Bytes of a database that is copied; a larger one is read as it stands, without what is in its -wal. */
const MAX_COPY_BYTES = 1_073_741_824;
const CHUNK_BYTES = 1_048_576;

export type DatabaseCopy = { readonly file: string; readonly stat: FileStat; readonly remove: () => void };

/** Copies a database and its -wal. Returns null where that is too large; throws what the file system throws. */
export async function copyDatabase(file: string): Promise<DatabaseCopy | null> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, basename(file));
    let left = MAX_COPY_BYTES;
    for (const suffix of ['', '-wal']) left -= await copyFile(file + suffix, copy + suffix, left);
    const stat = left < 0 ? null : statDatabase(copy);
    if (stat !== null) return { file: copy, stat, remove };
    remove();
    return null;
  } catch (error) {
    remove();
    throw error;
  }
}

async function copyFile(from: string, to: string, limit: number): Promise<number> {
  const source = await openRegular(from);
  try {
    const target = await open(to, 'wx', 0o600);
    try {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      let copied = 0;
      while (copied <= limit) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, copied);
        if (bytesRead === 0) break;
        await target.write(buffer, 0, bytesRead, copied);
        copied += bytesRead;
      }
      return copied;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
