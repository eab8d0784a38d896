import { type HistoryEntry, historyEntry, type Opening } from '../../src/core/history/entry.ts';
import { saveCore } from '../../src/core/history/snapshot.ts';
import type { Input } from '../../src/core/reactor/messages.ts';
import { step } from '../../src/core/reactor/step.ts';
import type { ReactorState } from '../../src/core/reactor/types.ts';
import type { History } from '../../src/effects/state/history.ts';
import type { World } from './reactor.ts';

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

/** Writes what happens in a world from now on, as an engine does. */
export function keepHistory(world: World, history: History): void {
  let { state } = world;
  history.begin(state, world.now);
  world.onStep = (input) => {
    const [next, commands] = step(state, input);
    const entry = historyEntry(state, next, input, commands);
    if (entry !== null) history.record(entry, next);
    state = next;
  };
}
