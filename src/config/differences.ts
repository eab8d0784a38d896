import type { Config } from './config.ts';
import { configuredValue } from './config.ts';
import { OPTION_IDS, type OptionId, optionName, optionOf } from './options.ts';

/** The values that changed, by their keys in the file: those that are applied at once, and those of the next start. */
export type Differences = { readonly live: readonly string[]; readonly restart: readonly string[] };

/** Compares two configurations. Without a screen, options of the screen do not matter. */
export function differences(before: Config, after: Config, hasScreen: boolean): Differences {
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
