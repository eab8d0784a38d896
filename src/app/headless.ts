import type { Config } from '../core/config-type.ts';

export type HeadlessOptions = { readonly history: boolean; readonly content: boolean };

/** Follows the feed and acts; resolves to the exit code. */
export async function runHeadless(_config: Config, _options: HeadlessOptions): Promise<number> {
  process.stderr.write('sightline: headless is not part of this build\n');
  return 2;
}
