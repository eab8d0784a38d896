import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The paths at which the build puts the helper, seen from the built program, from one of its chunks, and from the sources. */
const CANDIDATES = ['git-helper.cjs', '../git-helper.cjs', '../../../../dist/git-helper.cjs'];

let text: Buffer | Error | null = null;

/**
 * Reads the helper's program; once, so that an upgrade under a running engine changes nothing. Call it before acting
 * begins. The error is kept for the start of the first helper.
 */
export function loadHelper(): Buffer | Error {
  text ??= readFirst();
  return text;
}

function readFirst(): Buffer | Error {
  for (const name of CANDIDATES) {
    try {
      return readFileSync(join(import.meta.dirname, name));
    } catch {
      // The next one.
    }
  }
  return new Error(`${CANDIDATES[0]} is missing beside ${import.meta.dirname}: install sightline again`);
}
