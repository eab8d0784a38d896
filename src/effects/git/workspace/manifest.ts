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
  /** The time when it was modified, Unix µs; null where that was not noted. */
  readonly mtimeUs: number | null;
  /** Number shared by all names of one file; null where it has no other name in the workspace. */
  readonly linkGroup: number | null;
};

/**
 * The facts that git's trees can't hold: all permissions, owners, times, hard links, empty folders, and what was there but left out,
 * so that going back to the snapshot does not delete it.
 */
export type Manifest = {
  readonly entries: readonly ManifestEntry[];
  readonly leftOut: readonly BytePath[];
  /** Are hard links noted? Snapshots made before 0.2 lack them, and times. */
  readonly notesLinks: boolean;
};

const HEADER = 'sightline manifest 2';
const HEADER_WITHOUT_TIMES = 'sightline manifest 1';
const KINDS = { f: 'file', l: 'link', d: 'folder' } as const;
const LETTERS = { file: 'f', link: 'l', folder: 'd' } as const;
const ENTRY = /^([fld]) ([0-7]+) (\d+) (\d+) ([0-9a-f]{40}|-) (?:(-?\d{1,16}|-) (\d{1,9}|-) )?("[^\n]*"|\S+)$/u;
const LEFT_OUT = /^x ("[^\n]*"|\S+)$/u;

/** The manifest as text, one line each, ASCII only. */
export function formatManifest(entries: readonly ManifestEntry[], leftOut: readonly LeftOut[]): string {
  const lines = [HEADER];
  for (const { kind, mode, uid, gid, oid, mtimeUs, linkGroup, path } of entries)
    lines.push(
      `${LETTERS[kind]} ${mode.toString(8)} ${uid} ${gid} ${oid ?? '-'} ${mtimeUs ?? '-'} ${linkGroup ?? '-'} ${quote(path)}`,
    );
  for (const { path } of leftOut) lines.push(`x ${quote(path)}`);
  return `${lines.join('\n')}\n`;
}

/** The manifest that `formatManifest` wrote; null where the text is another thing, or damaged. */
export function parseManifest(text: string): Manifest | null {
  const [header, ...lines] = text.split('\n');
  if ((header !== HEADER && header !== HEADER_WITHOUT_TIMES) || lines.pop() !== '') return null;
  const entries: ManifestEntry[] = [];
  const leftOut: BytePath[] = [];
  for (const line of lines) {
    const entry = parseEntry(line);
    const left = LEFT_OUT.exec(line)?.[1];
    if (entry !== null) entries.push(entry);
    else if (left !== undefined) leftOut.push(unquote(left));
    else return null;
  }
  return { entries, leftOut, notesLinks: header === HEADER };
}

function parseEntry(line: string): ManifestEntry | null {
  const [, letter, mode = '', uid, gid, oid, mtimeUs, linkGroup, quotedPath = ''] = ENTRY.exec(line) ?? [];
  if (letter !== 'f' && letter !== 'l' && letter !== 'd') return null;
  const path = unquote(quotedPath);
  if (!isInside(path)) return null;
  return {
    path,
    kind: KINDS[letter],
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    oid: oid === '-' || oid === undefined ? null : oid,
    mtimeUs: numberOf(mtimeUs),
    linkGroup: numberOf(linkGroup),
  };
}

function numberOf(text: string | undefined): number | null {
  return text === undefined || text === '-' ? null : Number(text);
}
