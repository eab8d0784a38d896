import { type Flags, loadConfig } from '../config/config.ts';
import type { Feed } from '../core/events.ts';
import type { Engine } from './types.ts';
import { openEngine } from './wire.ts';

export type EmbedOptions = Flags & {
  /** Sources of your own (see `pushFeed`); given, no other source is opened or looked for. */
  readonly feeds?: readonly Feed[];
  /** Gets the lines that the command line would print on standard error. */
  readonly talk?: (line: string) => void;
  /** Least ms between two updates of `engine.store`; null (the default) updates it only on `engine.commit()`. */
  readonly commitMs?: number | null;
};

/**
 * The engine for programs that embed sightline: the options of the command line, by name. Call `start()` on what it resolves to,
 * `listen` for signals and fates, and `close()` at the end.
 * @throws ConfigError when an option or the configuration file cannot be used.
 */
export async function openSightline({
  feeds,
  talk = () => undefined,
  commitMs = null,
  ...flags
}: EmbedOptions): Promise<Engine> {
  const config = loadConfig(flags, true);
  const deps = feeds ? { feeds: () => feeds } : {};
  const named = feeds ? { ...config, sources: feeds.map(({ uri }) => uri) } : config;
  return openEngine(named, { evict: true, takeOver: true, commitMs, deps }, talk);
}
