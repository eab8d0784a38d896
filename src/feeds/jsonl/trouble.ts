import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine, shellWord } from '../../core/text.ts';

/** Words why a path cannot be followed, and the remedy, as one line. */
export async function troubleWith(path: string, error: unknown): Promise<string> {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') return said(await notAllowed(path));
  if (code === 'ENOTDIR') return said(`${path} cannot exist: a part of its path is no directory; correct the path`);
  if (code === 'EMFILE' || code === 'ENFILE') return said(`${path}: too many open files; raise the limit (ulimit -n)`);
  return said(`${path} cannot be read (${code ?? String(error)}); trying again`);
}

/** Words that a path names nothing. */
export function notThere(path: string): string {
  return said(`${path} is not there yet; waiting for it (only agentsight 0.5 writes one, newer versions a database)`);
}

/** Words that the file being read was deleted. */
export function wasDeleted(path: string): string {
  return said(`${path} was deleted; waiting for it to be written again`);
}

/** Words that a path names neither a file nor a FIFO. */
export function wrongKind(path: string, stats: BigIntStats): string {
  if (!stats.isDirectory()) return said(`${path} is neither a file nor a FIFO; name the JSONL file`);
  return said(
    `${path} is a directory; name the file in it (jsonl:${path}/genai_events.jsonl) or, for databases, sqlite:${path}`,
  );
}

/** The system's name of an error (`ENOENT`), null for anything else. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

async function notAllowed(path: string): Promise<string> {
  const closed = await firstClosedDirectory(path);
  const enter = closed === null ? '' : `sudo setfacl -m u:$USER:x ${shellWord(closed)} && `;
  return `not allowed to read ${path}: run as root, or allow it: ${enter}sudo setfacl -m u:$USER:r ${shellWord(path)}`;
}

async function firstClosedDirectory(path: string): Promise<string | null> {
  const parents: string[] = [];
  for (let at = dirname(path); parents.at(-1) !== at; at = dirname(at)) parents.push(at);
  for (const parent of parents.reverse()) {
    const isOpen = await access(parent, constants.X_OK).then(
      () => true,
      (error: unknown) => codeOf(error) !== 'EACCES',
    );
    if (!isOpen) return parent;
  }
  return null;
}

function said(text: string): string {
  return cleanLine(text, MAX_TEXT_LENGTH);
}
