import { onTestFinished } from 'vitest';
import { createHistory, type HistoryOptions } from '../../src/effects/state/history.ts';
import { World } from './reactor.ts';
import { keepHistory } from './recorded-history.ts';

/** A reactor whose history is written, as an engine does it. */
export type Historian = {
  readonly world: World;
  readonly told: readonly string[];
  /** Writes what waits. */
  readonly flush: () => void;
  /** Writes what is left and ends. */
  readonly end: () => void;
};

/** Begins a history in a state folder, with an armed world; `instance` tells its run ids from those of others. */
export function historian(stateDir: string, options: Partial<HistoryOptions> = {}, instance = 'run'): Historian {
  const told: string[] = [];
  const history = createHistory({
    stateDir,
    maxBytes: 8 * 1024 * 1024,
    maxAgeMs: 30 * 86_400_000,
    mayWrite: () => true,
    notice: (text) => told.push(text),
    ...options,
  });
  onTestFinished(history.close);
  const world = World.armed({ instance });
  keepHistory(world, history);
  return { world, told, flush: history.flush, end: history.close };
}

/** An hour of trouble: a crash, its checkpoint, and one more that waits for the window's end. */
export function trouble({ world }: Historian): void {
  const { instance } = world.state.settings;
  world.crash({ interruptionId: `${instance}-${world.mono}` });
  world.wait(20).created().wait(5_000);
  world.crash({ interruptionId: `${instance}-${world.mono}` });
  world.wait(30_000);
  world.created().wait(3_600_000);
}
