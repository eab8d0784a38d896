import { type ConfigSource, type Config, configuredValue } from '../config/config.ts';
import { ConfigError } from '../config/error.ts';
import { followFile } from '../effects/state/follow-file.ts';
import { OPTION_IDS, type OptionId, optionName, optionOf } from '../config/options.ts';

export type ReloadOptions = {
  readonly source: ConfigSource;
  /** The configuration in effect. */
  readonly config: Config;
  /** True for the dashboard. */
  readonly hasScreen: boolean;
  /** Refuses, as a ConfigError, what the configuration's own checks let through. */
  readonly check?: (next: Config) => Promise<unknown>;
  /** Applies the new configuration; `changes` describes what is new. */
  readonly apply: (next: Config, changes: string) => void;
  readonly notify: (text: string) => void;
};

export type Reloading = {
  /** Reads it now, and reports it even if nothing has changed; resolves when it is applied or refused. */
  readonly now: () => Promise<void>;
  readonly end: () => void;
};

/** Reads the configuration file again whenever it changes, or when asked. One that cannot be used changes nothing. */
export function followConfig(options: ReloadOptions): Reloading {
  let { config } = options;
  let isOver = false;
  let reading = Promise.resolve();
  const reload = (isAsked: boolean): Promise<void> => {
    reading = reading.then(async () => {
      const next = await read(options, file.exists());
      if (next === null || isOver) return;
      take(options, config, next, isAsked);
      config = next;
    });
    return reading;
  };
  const file = followFile(options.source.path, () => void reload(false));
  // It may have changed since it was read for the start.
  if (file.exists()) void reload(false);
  return {
    now: () => reload(true),
    end: () => {
      isOver = true;
      file.end();
    },
  };
}

async function read({ source, check, notify }: ReloadOptions, exists: boolean): Promise<Config | null> {
  // An editor may put it aside for a moment; rules do not end by a file that is gone.
  if (!exists) {
    notify(`no configuration file ${source.path}: the configuration is unchanged`);
    return null;
  }
  try {
    const next = source.load();
    await check?.(next);
    return next;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    notify(`the configuration is unchanged: ${error.message.replaceAll('\n', '; ')}`);
    return null;
  }
}

function take(
  { source, hasScreen, apply, notify }: ReloadOptions,
  config: Config,
  next: Config,
  isAsked: boolean,
): void {
  const { live, restart } = differences(config, next, hasScreen);
  for (const notice of next.notices) if (!config.notices.includes(notice)) notify(notice);
  if (live.length > 0) apply(next, live.join(', '));
  if (restart.length > 0) {
    notify(`${source.path}: ${restart.join(', ')} apply after a restart of sightline`);
  }
  if (isAsked && live.length + restart.length === 0) notify(`nothing in ${source.path} has changed`);
}

/** The values that changed, by their keys in the file: those that are applied at once, and those of the next start. */
type Differences = { readonly live: readonly string[]; readonly restart: readonly string[] };

/** Compares two configurations. Without a screen, options of the screen do not matter. */
function differences(before: Config, after: Config, hasScreen: boolean): Differences {
  const ids = OPTION_IDS.filter((id) => hasScreen || optionOf(id).screen !== true);
  const changed = (reload: 'live' | 'restart'): readonly string[] =>
    ids.filter((id) => optionOf(id).reload === reload).flatMap((id) => difference(id, before, after));
  return { live: changed('live'), restart: changed('restart') };
}

function difference(id: OptionId, configBefore: Config, configAfter: Config): readonly string[] {
  const { key, kind } = optionOf(id);
  const [before, after] = [configuredValue(id, configBefore), configuredValue(id, configAfter)];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const name = key ?? optionName(id).slice(2);
  const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;
  const unit = kind.type === 'duration' ? ' s' : '';
  const text = (value: unknown): string => {
    if (value === null) return 'default';
    return typeof value === 'string' ? value : `${JSON.stringify(value)}${unit}`;
  };
  return [isScalar(before) && isScalar(after) ? `${name} ${text(after)} (was ${text(before)})` : name];
}
