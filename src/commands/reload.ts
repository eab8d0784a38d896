import type { ConfigSource } from '../config/config.ts';
import { differences } from '../config/differences.ts';
import { ConfigError } from '../config/error.ts';
import type { Config } from '../config/config.ts';
import { followFile } from '../effects/state/follow-file.ts';

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
  /** Reads it now, and reports it even if nothing has changed. */
  readonly now: () => void;
  readonly end: () => void;
};

/** Reads the configuration file again whenever it changes, or when asked. One that cannot be used changes nothing. */
export function followConfig(options: ReloadOptions): Reloading {
  let { config } = options;
  let isOver = false;
  let reading = Promise.resolve();
  const reload = (isAsked: boolean): void => {
    reading = reading.then(async () => {
      const next = await read(options, file.exists());
      if (next === null || isOver) return;
      take(options, config, next, isAsked);
      config = next;
    });
  };
  const file = followFile(options.source.path, () => reload(false));
  // It may have changed since it was read for the start.
  if (file.exists()) reload(false);
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
