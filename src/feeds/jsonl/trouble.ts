import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, fileReasonOf } from '../../core/errno.ts';
import type { LinesProblem } from '../../core/source-reasons.ts';

/** Returns why a path cannot be followed. */
export async function problemWith(path: string, error: unknown): Promise<LinesProblem> {
  const code = errnoOf(error);
  if (code === 'EACCES' || code === 'EPERM')
    return { code: 'file_denied', path, closed: await closedFolderAbove(path) };
  return { code: 'file_failed', path, why: fileReasonOf(error) };
}

/** Returns why a path that names neither a file nor a FIFO cannot be followed. */
export function wrongKind(path: string, stats: BigIntStats): LinesProblem {
  return { code: stats.isDirectory() ? 'file_is_folder' : 'file_is_device', path };
}

// The outermost one; what lies below it cannot be known.
async function closedFolderAbove(path: string): Promise<string | null> {
  const parents: string[] = [];
  for (let at = dirname(path); parents.at(-1) !== at; at = dirname(at)) parents.push(at);
  for (const parent of parents.reverse()) {
    const isOpen = await access(parent, constants.X_OK).then(
      () => true,
      (error: unknown) => errnoOf(error) !== 'EACCES',
    );
    if (!isOpen) return parent;
  }
  return null;
}
