import { type BytePath, isInside, quote, unquote } from './byte-path.ts';
import type { Kind, LeftOut } from '../workspace/entry.ts';

/** One thing of a snapshot. Folders have no content. */
export type ManifestEntry = {
  readonly path: BytePath;
  readonly kind: Kind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file's content or a link's target; null of a folder. */
  readonly oid: string | null;
};

/**
 * What git's trees can't say: all permissions, owners, empty folders, and what was there but left out, so that going
 * back to the snapshot does not delete it.
 */
export type Manifest = { readonly entries: readonly ManifestEntry[]; readonly leftOut: readonly BytePath[] };

const HEADER = 'sightline manifest 1';
const KINDS = { f: 'file', l: 'link', d: 'folder' } as const;
const LETTERS = { file: 'f', link: 'l', folder: 'd' } as const;
const ENTRY = /^([fld]) ([0-7]+) (\d+) (\d+) ([0-9a-f]{40}|-) ("[^\n]*"|\S+)$/u;
const LEFT_OUT = /^x ("[^\n]*"|\S+)$/u;

/** The manifest as text, one line each, ASCII only. */
export function formatManifest(entries: readonly ManifestEntry[], leftOut: readonly LeftOut[]): string {
  const lines = [HEADER];
  for (const { kind, mode, uid, gid, oid, path } of entries)
    lines.push(`${LETTERS[kind]} ${mode.toString(8)} ${uid} ${gid} ${oid ?? '-'} ${quote(path)}`);
  for (const { path } of leftOut) lines.push(`x ${quote(path)}`);
  return `${lines.join('\n')}\n`;
}

/** The manifest that `formatManifest` wrote; null where the text is another thing, or damaged. */
export function parseManifest(text: string): Manifest | null {
  const [header, ...lines] = text.split('\n');
  if (header !== HEADER || lines.pop() !== '') return null;
  const entries: ManifestEntry[] = [];
  const leftOut: BytePath[] = [];
  for (const line of lines) {
    const entry = parseEntry(line);
    const left = LEFT_OUT.exec(line)?.[1];
    if (entry !== null) entries.push(entry);
    else if (left !== undefined) leftOut.push(unquote(left));
    else return null;
  }
  return { entries, leftOut };
}

function parseEntry(line: string): ManifestEntry | null {
  const [, letter, mode = '', uid, gid, oid, word = ''] = ENTRY.exec(line) ?? [];
  if (letter !== 'f' && letter !== 'l' && letter !== 'd') return null;
  const path = unquote(word);
  if (!isInside(path)) return null;
  return {
    path,
    kind: KINDS[letter],
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    oid: oid === '-' || oid === undefined ? null : oid,
  };
}
