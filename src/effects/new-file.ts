import { closeSync, constants, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileReason, fileReasonOf } from '../core/errno.ts';
import type { Result } from '../core/result.ts';
import { canonicalOwnPath, makeOwnFile } from './own-files.ts';

/**
 * Writes a file that did not exist, with mode 0600; `replaces`: instead of whatever has that name. No link of another user's
 * is followed on the way, and none at its end.
 */
export function writeNewFile(path: string, text: string, replaces: boolean): Result<null, FileReason> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    const target = join(canonicalOwnPath(dirname(path)), basename(path));
    const descriptor = replaces
      ? makeOwnFile(target)
      : openSync(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } catch (error) {
      // A full disk: half a report is none.
      rmSync(target, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    return { ok: true, value: null };
  } catch (error) {
    return { ok: false, reason: fileReasonOf(error) };
  }
}
