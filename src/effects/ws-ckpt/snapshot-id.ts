/** Bytes that every version accepts as a snapshot id. */
const MAX_ID = 128;
/** Suffixes tried when the store has the id already; more would mean that something else is wrong. */
const MAX_SUFFIX = 99;
const ROOM_FOR_SUFFIX = `-${MAX_SUFFIX}`.length;

/** The wished id in characters and length that every version accepts, with room for a suffix. */
export function snapshotId(wish: string): string {
  const clean = wish
    .replaceAll(/[^A-Za-z0-9._-]+/gu, '-')
    .replace(/^[^A-Za-z0-9]+/u, '')
    .slice(0, MAX_ID - ROOM_FOR_SUFFIX);
  return clean === '' ? 'snapshot' : clean;
}

/** `stem-2` after `stem`, `stem-3` after `stem-2`; null when all are taken. */
export function nextSnapshotId(stem: string, id: string): string | null {
  const suffix = id === stem ? 2 : Number(id.slice(stem.length + 1)) + 1;
  return suffix > MAX_SUFFIX ? null : `${stem}-${suffix}`;
}

/** Is it the id that was wished, with or without a suffix? */
export function hasStem(id: string, stem: string): boolean {
  return id === stem || (id.startsWith(`${stem}-`) && /^\d+$/u.test(id.slice(stem.length + 1)));
}
