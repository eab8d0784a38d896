import { onTestFinished } from 'vitest';
import { type HistoryEntry, historyEntry, type Opening } from '../../src/core/history/entry.ts';
import { saveCore } from '../../src/core/history/snapshot.ts';
import type { Input } from '../../src/core/reactor/messages.ts';
import { step } from '../../src/core/reactor/step.ts';
import type { ReactorState } from '../../src/core/reactor/types.ts';
import { createHistory, type HistoryOptions } from '../../src/effects/state/history.ts';
import { World } from './reactor.ts';

/** The history that an engine would have written of these inputs; `openings`: where a segment began, and why. */
export function recorded(
  initial: ReactorState,
  inputs: readonly Input[],
  openings: ReadonlyMap<number, Opening['why']> = new Map([[0, 'start']]),
): readonly HistoryEntry[] {
  let state = initial;
  const entries: HistoryEntry[] = [];
  for (const [index, input] of inputs.entries()) {
    const { at, mono } = input;
    const why = openings.get(index);
    if (why !== undefined) entries.push({ type: 'opening', format: 1, why, lost: 0, at, mono, state: saveCore(state) });
    const [next, commands] = step(state, input);
    const entry = historyEntry(state, next, input, commands);
    if (entry !== null) entries.push(entry);
    state = next;
  }
  // As its file gives it back.
  return JSON.parse(JSON.stringify(entries)) as HistoryEntry[];
}

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
  let { state } = world;
  history.begin(state, world.now);
  world.onStep = (input) => {
    const [next, commands] = step(state, input);
    const entry = historyEntry(state, next, input, commands);
    if (entry !== null) history.record(entry, next);
    state = next;
  };
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
