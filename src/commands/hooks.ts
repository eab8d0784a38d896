import type { Config } from '../config/config.ts';
import type { Journal } from '../effects/state/journal.ts';
import type { LogLevel } from '../effects/terminal/output.ts';
import type { Engine } from '../engine/types.ts';
import type { Hooks } from '../hooks/index.ts';

export type HooksOptions = {
  /** Counts attempts; left out where there are no metrics. */
  readonly count: ((hook: string, outcome: 'delivered' | 'failed' | 'dropped') => void) | undefined;
  readonly talk: (text: string, level?: LogLevel) => void;
};

type OpenHooks = Pick<Hooks, 'queued' | 'views' | 'close'>;

const NO_VIEWS: ReturnType<Hooks['views']> = [];
const NONE: OpenHooks = { queued: () => new Map(), views: () => NO_VIEWS, close: () => undefined };

/** Tells the configured hooks of what the engine emits from now on, and of what an earlier run could not deliver. */
export async function openHooks(
  { hooks: configs, host }: Pick<Config, 'hooks' | 'host'>,
  journal: Journal | null,
  engine: Engine,
  { count, talk }: HooksOptions,
): Promise<OpenHooks> {
  if (configs.length === 0 || journal === null) return NONE;
  const [{ createHooks }, { loadRunner }] = await Promise.all([
    import('../hooks/index.ts'),
    import('../effects/process/run.ts'),
  ]);
  // An upgrade may take its file away before the first hook runs.
  await loadRunner();
  const hooks = createHooks(configs, {
    host,
    store: journal,
    signalOf: (signalId) => {
      engine.commit();
      return engine.store.getState().signals.find(({ signal }) => signal.signalId === signalId)?.signal ?? null;
    },
    count: count ?? ((): void => undefined),
    complain: (text) => talk(text, 'warning'),
  });
  // Not ended by `close`: what the shutdown settles is kept for the next run.
  engine.listen(hooks.event);
  return hooks;
}
