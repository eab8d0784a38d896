import type { Config } from '../core/config-type.ts';

/** `sinceMs` is a duration in ms, null for everything. */
export type OnceOptions = { readonly json: boolean; readonly sinceMs: number | null; readonly content: boolean };

/** Prints the state of the feed right now; resolves to the exit code. */
export async function runOnce(_config: Config, _options: OnceOptions): Promise<number> {
  process.stderr.write('sightline: once is not part of this build\n');
  return 2;
}
