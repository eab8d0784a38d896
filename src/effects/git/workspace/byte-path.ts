import { MAX_NAME_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';

/**
 * A path relative to the workspace, one character a byte: names on Linux are bytes, and those that are no UTF-8 must
 * survive a snapshot too. The workspace itself is the empty path.
 */
export type BytePath = string;

/** A path or pattern that a person wrote, as bytes. */
export function fromText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** `path` as text for people: decoded, without control characters, bounded. */
export function readable(path: BytePath): string {
  return path === '' ? '.' : cleanLine(Buffer.from(path, 'latin1').toString('utf8'), MAX_NAME_LENGTH);
}

export function join(parent: BytePath, name: BytePath): BytePath {
  return parent === '' ? name : `${parent}/${name}`;
}

/** The directory that holds `path`. */
export function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The last part of `path`. */
export function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** May a snapshot hold this path? None leads out of the workspace or into a repository's own folder. */
export function isInside(path: BytePath): boolean {
  return path === '' || path.split('/').every((part) => !['', '.', '..', '.git'].includes(part));
}

/** Does `path` have an empty part, or one that names its own folder or the one above? */
export function leadsOut(path: BytePath): boolean {
  return path.split('/').some((part) => part === '' || part === '.' || part === '..');
}

/** `path` as one ASCII word in git's C style, quoted where it has to be. */
export function quote(path: BytePath): string {
  return /^[!#-[\]-~]+$/u.test(path) ? path : `"${path.replace(/[^ !#-[\]-~]/gu, escapeByte)}"`;
}

/** The path that `quote` wrote. */
export function unquote(text: string): BytePath {
  if (!text.startsWith('"')) return text;
  return text
    .slice(1, -1)
    .replace(/\\([0-7]{3})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function escapeByte(byte: string): string {
  return `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;
}
