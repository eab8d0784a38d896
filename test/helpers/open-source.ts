import type { Feed } from '../../src/core/feed.ts';
import { loadSource, type SourceOptions } from '../../src/feeds/index.ts';

/** The feed of a source. */
export async function feedOf(uri: string, options?: SourceOptions): Promise<Feed> {
  const loaded = await loadSource(uri);
  if (!loaded.ok) throw new Error(loaded.reason.code);
  return loaded.value(options);
}
