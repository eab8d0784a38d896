import { type Flags, loadConfig } from '../config/config.ts';
import { ConfigError, quote } from '../config/error.ts';
import { FLAG_IDS } from '../config/options.ts';
import { didYouMean } from '../config/suggest.ts';
import { isRecord } from '../core/record.ts';
import type { Feed } from '../core/feed.ts';
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
export async function openSightline(options: EmbedOptions): Promise<Engine> {
  const { feeds, talk = () => undefined, commitMs = null, ...flags } = checked(options);
  const config = loadConfig(flags, true);
  const deps = feeds ? { feeds: () => feeds } : {};
  const named = feeds ? { ...config, sources: feeds.map(({ uri }) => uri) } : config;
  return openEngine(named, { evict: true, takeOver: true, commitMs, deps }, talk);
}

const OWN = ['feeds', 'talk', 'commitMs'] as const satisfies readonly (keyof EmbedOptions)[];

// Programs in JavaScript are not held to the types. The options of the command line are checked with the configuration.
function checked(options: EmbedOptions): EmbedOptions {
  const given: unknown = options;
  if (!isRecord(given)) throw new ConfigError(`openSightline: expected an object of options, got ${quote(given)}`);
  const known: readonly string[] = [...FLAG_IDS, ...OWN];
  const { feeds, talk, commitMs } = given;
  const problems = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `unknown option ${quote(name)}${didYouMean(name, known)}`);
  if (feeds !== undefined && !(Array.isArray(feeds) && feeds.every(isFeed))) {
    problems.push(`feeds: expected a list of feeds (see pushFeed), got ${quote(feeds)}`);
  }
  if (talk !== undefined && typeof talk !== 'function') problems.push(`talk: expected a function, got ${quote(talk)}`);
  if (commitMs !== undefined && commitMs !== null && !(typeof commitMs === 'number' && commitMs >= 0)) {
    problems.push(`commitMs: expected a number from 0, or null, got ${quote(commitMs)}`);
  }
  if (problems.length > 0) throw new ConfigError(...problems);
  return options;
}

function isFeed(value: unknown): boolean {
  return isRecord(value) && typeof value['uri'] === 'string' && typeof value['open'] === 'function';
}
