import type { CheckpointerReason } from '../../../core/checkpointer-reasons.ts';
import type { Result } from '../../../core/result.ts';
import { type BytePath, fromText, leadsOut, parentOf, readable } from './byte-path.ts';
import type { Entry, Walked } from './entry.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';

/** The part of a snapshot, and of the workspace as it is, that a restore of single paths is about. */
export type Scope = { readonly manifest: Manifest; readonly walked: Walked };

type Wanted = ReadonlyMap<BytePath, ManifestEntry>;
type Present = ReadonlyMap<BytePath, Entry>;

/** Reads the paths that a person wrote, relative to the workspace; the reason names the first that leads out of it. */
export function readPaths(texts: readonly string[]): Result<readonly BytePath[], CheckpointerReason> {
  const paths = [...new Set(texts.map(fromText))];
  const outside = paths.find((path) => leadsOut(path) || path.includes('\0'));
  if (outside === undefined) return { ok: true, value: paths };
  return { ok: false, reason: { code: 'path_outside', path: readable(outside) } };
}

/**
 * Narrows a snapshot and the workspace to some paths with what lies in them, and to the folders above that are gone. What
 * the snapshot lacks is left where it is, unless it stands in the place of something else. Each path must be in the
 * snapshot, and what lies above it must be a folder now or be gone: a link is not followed.
 */
export function scopeOf(
  manifest: Manifest,
  walked: Walked,
  paths: readonly BytePath[],
  snapshot: string,
): Result<Scope, CheckpointerReason> {
  const wanted: Wanted = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  const present: Present = new Map(walked.entries.map((entry) => [entry.path, entry]));
  const special = new Set(walked.leftOut.flatMap(({ path, why }) => (why === 'special' ? [path] : [])));
  const chosen = new Set(paths);
  const above = new Set<BytePath>();
  for (const path of paths) {
    if (!wanted.has(path)) return refused({ code: 'path_not_in_snapshot', path: readable(path), snapshot });
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) {
      const kind = special.has(at) ? 'special' : (present.get(at)?.kind ?? 'folder');
      if (kind !== 'folder') return refused({ code: 'path_blocked', path: readable(path), by: readable(at) });
      above.add(at);
    }
  }
  const isChosen = (path: BytePath): boolean => selfAndAbove(path).some((at) => chosen.has(at));
  const isGoneAbove = ({ path }: ManifestEntry): boolean => above.has(path) && !present.has(path);
  // Something else stands in its place, or above it.
  const isInPlace = (path: BytePath): boolean =>
    wanted.has(path) ||
    selfAndAbove(path).some((at) => isChosen(at) && wanted.has(at) && wanted.get(at)?.kind !== present.get(at)?.kind);
  return {
    ok: true,
    value: {
      manifest: {
        ...manifest,
        entries: manifest.entries.filter((entry) => isChosen(entry.path) || isGoneAbove(entry)),
        leftOut: manifest.leftOut.filter(isChosen),
      },
      walked: {
        ...walked,
        entries: walked.entries.filter(({ path }) => isChosen(path) && isInPlace(path)),
      },
    },
  };
}

function refused(reason: CheckpointerReason): Result<never, CheckpointerReason> {
  return { ok: false, reason };
}

/** A path and the folders above it, the workspace itself left out. */
function selfAndAbove(path: BytePath): readonly BytePath[] {
  const all: BytePath[] = [];
  for (let at = path; at !== ''; at = parentOf(at)) all.push(at);
  return all;
}
