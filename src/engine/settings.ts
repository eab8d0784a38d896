import type { EngineConfig } from '../config/config.ts';
import type { ReactorSettings } from '../core/reactor/types.ts';
import type { Clock } from '../effects/clock.ts';

/** The facts from which the core's settings are made. */
type SettingsFacts = {
  readonly config: EngineConfig;
  readonly version: string;
  /** Signals whose fate is remembered. */
  readonly maxSignals: number;
};

/** Returns the core's settings for this process. */
export function settingsOf({ config, version, maxSignals }: SettingsFacts, clock: Pick<Clock, 'now'>): ReactorSettings {
  return {
    debounceMs: config.debounceMs,
    timeoutMs: config.timeoutMs,
    graceMs: config.graceMs,
    trailing: config.trailing,
    policy: config.policy,
    recordsPolicy: config.recordsPolicy,
    guard: config.guard,
    budgets: config.budgets,
    workspaces: config.workspaces,
    host: config.host,
    readOnly: config.readOnly,
    version,
    instance: `${clock.now().toString(36)}-${process.pid.toString(36)}`,
    episodeQuietMs: config.episodeQuietMs,
    maxSignals,
  };
}
