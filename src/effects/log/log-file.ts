import { closeSync, fchmodSync, fstatSync, lstatSync, renameSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileReason, fileReasonOf } from '../../core/errno.ts';
import type { Result } from '../../core/result.ts';
import { cleanLine } from '../../core/text.ts';
import { canonicalOwnPath, openOwnFileToAppend } from '../own-files.ts';

/** Size of a log file before the next one is begun, bytes, and how many are kept: 32 MiB in all, some days of talk. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;
export const MAX_LOG_FILES = 4;
/** Longest line of it, UTF-16 units. */
const MAX_LOG_LINE = 4_000;

/** A file that grows by lines, and not without end: the full one becomes `FILE.1`, that one `FILE.2`, and so on. */
export type LogFile = {
  /** Appends one line with the time (ms); control characters are taken out. What cannot be written is counted. */
  readonly write: (at: number, level: 'info' | 'debug', text: string) => void;
  readonly close: () => void;
};

type Open = { readonly descriptor: number; size: number };

/** Opens (or makes, with mode 0600) the file; or returns the reason why it cannot be written. */
export function openLogFile(path: string, maxBytes: number = MAX_LOG_BYTES): Result<LogFile, FileReason> {
  let file: Open;
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return { ok: false, reason: { code: 'errno', errno: 'EISDIR' } };
    if (there?.isFile() === false) return { ok: false, reason: { code: 'errno', errno: 'ENOTREG' } };
    file = openAppending(path);
  } catch (error) {
    return { ok: false, reason: fileReasonOf(error) };
  }
  let lost = 0;
  const append = (line: string): void => {
    const bytes = Buffer.from(line);
    if (file.size > 0 && file.size + bytes.length > maxBytes) file = rotate(path, file);
    file.size += writeSync(file.descriptor, bytes);
  };
  const write: LogFile['write'] = (at, level, text) => {
    const head = `${new Date(at).toISOString()} ${level.padEnd(5)} `;
    try {
      if (lost > 0) append(`${head}${lost} lines could not be written\n`);
      lost = 0;
      append(`${head}${cleanLine(text, MAX_LOG_LINE)}\n`);
    } catch {
      // A full disk must not end what watches over it.
      lost += 1;
    }
  };
  return { ok: true, value: { write, close: () => closeSync(file.descriptor) } };
}

function openAppending(path: string): Open {
  // We may be root, and the folder everybody's: no link leads us to another file, and no FIFO holds us up.
  const descriptor = openOwnFileToAppend(join(canonicalOwnPath(dirname(path)), basename(path)));
  fchmodSync(descriptor, 0o600);
  return { descriptor, size: fstatSync(descriptor).size };
}

function rotate(path: string, { descriptor }: Open): Open {
  for (let number = MAX_LOG_FILES - 2; number >= 0; number -= 1) {
    const from = number === 0 ? path : `${path}.${number}`;
    if (lstatSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${path}.${number + 1}`);
  }
  const next = openAppending(path);
  closeSync(descriptor);
  return next;
}
