import type { Config } from '../core/config-type.ts';
import type { ConfigFile } from './layers/file.ts';
import { type Layers, pick } from './layers/layers.ts';
import type { Settings } from './settings.ts';

/** One value of the configuration and who said so: an option, a variable, a file, or nobody (`default`). */
export type Explained = { readonly name: string; readonly value: unknown; readonly origin: string };

/** What only the file can say, by its names there. */
const OF_THE_FILE = ['workspaces', 'command', 'policy', 'guard', 'advisory', 'git', 'host', 'ui'] as const;

/** Every value with its origin. There is no secret among them: tokens are read where they are used. */
export function explained(config: Config, layers: Layers, file: ConfigFile | null): readonly Explained[] {
  const shared = (option: keyof Settings & Parameters<Layers[number]['nameOf']>[0], value: unknown): Explained => {
    const picked = pick(layers, option);
    return { name: option, value, origin: picked?.layer.nameOf(option) ?? 'default' };
  };
  const timed = (
    setting: keyof Settings,
    option: 'debounce' | 'timeout' | 'grace' | 'interval',
    ms: number | null,
  ): Explained => ({
    name: option,
    value: ms === null ? null : ms / 1_000,
    origin: pick(layers, setting)?.layer.nameOf(option) ?? 'default',
  });
  const source = pick(layers, 'sources');
  const { screen, talk } = config;
  const { fallback: _, ...workspaces } = config.workspaces;
  const files = { ...config, workspaces, ui: screen };
  return [
    { name: 'source', value: config.sources, origin: source?.layer.nameOf('source') ?? 'default' },
    shared('workspace', config.workspaces.fallback),
    shared('checkpointer', config.checkpointer),
    shared('mode', config.mode),
    timed('debounceMs', 'debounce', config.debounceMs),
    timed('timeoutMs', 'timeout', config.timeoutMs),
    timed('graceMs', 'grace', config.graceMs),
    shared('trailing', config.trailing),
    timed('intervalMs', 'interval', config.http?.intervalMs ?? null),
    shared('tokenFile', config.http?.tokenFile ?? null),
    shared('caFile', config.http?.caFile ?? null),
    shared('stateDir', config.stateDir),
    shared('readOnly', config.readOnly),
    shared('theme', screen.theme),
    shared('mouse', screen.mouse),
    shared('ascii', screen.ascii),
    shared('screenReader', screen.screenReader),
    shared('color', screen.color),
    shared('logFile', talk.logFile),
    shared('debug', talk.debug),
    shared('quiet', talk.quiet),
    ...OF_THE_FILE.map((name) => ({
      name,
      value: files[name],
      origin: file?.content[name] === undefined ? 'default' : file.path,
    })),
  ];
}
