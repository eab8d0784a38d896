import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordedCourse } from '../../../src/core/history/course.ts';
import { type HistoryEntry, historyEntry } from '../../../src/core/history/entry.ts';
import { replay } from '../../../src/core/history/replay.ts';
import { saveCore } from '../../../src/core/history/snapshot.ts';
import { step } from '../../../src/core/reactor/step.ts';
import type { Input } from '../../../src/core/reactor/messages.ts';
import type { ReactorState } from '../../../src/core/reactor/types.ts';
import { story } from '../../helpers/reactor-ops.ts';
import { play, type Story } from '../../helpers/reactor-story.ts';

const RUNS = { seed: 20_261_130, numRuns: 200 } as const;

/** The history that an engine would have written of these inputs, as its file gives it back; `rotateAt`: where a new segment began. */
function recorded(initial: ReactorState, inputs: readonly Input[], rotateAt: readonly number[] = []): HistoryEntry[] {
  let state = initial;
  const entries: HistoryEntry[] = [];
  const open = (why: 'start' | 'rotation', { at, mono }: Pick<Input, 'at' | 'mono'>): void =>
    void entries.push({ type: 'opening', format: 1, why, lost: 0, at, mono, state: saveCore(state) });
  for (const [index, input] of inputs.entries()) {
    if (index === 0 || rotateAt.includes(index)) open(index === 0 ? 'start' : 'rotation', input);
    const [next, commands] = step(state, input);
    const entry = historyEntry(state, next, input, commands);
    if (entry !== null) entries.push(entry);
    state = next;
  }
  return JSON.parse(JSON.stringify(entries)) as HistoryEntry[];
}

function historyOf(told: Story, rotateAt: readonly number[] = []): readonly HistoryEntry[] {
  const initial: ReactorState[] = [];
  const { inputs } = play(told, (fresh) => {
    initial.push(fresh.state);
    fresh.inputs.length = 0;
  });
  return initial.flatMap((state) => recorded(state, inputs, rotateAt));
}

test('whatever happened: with unchanged settings the recorded inputs give the recorded decisions, from any segment on', () => {
  fc.assert(
    fc.property(story(100), fc.array(fc.nat(200), { maxLength: 3 }), (told, rotateAt) => {
      const entries = historyOf(told, rotateAt);
      for (const [index, entry] of entries.entries()) {
        if (entry.type !== 'opening') continue;
        const { mismatches, refused } = replay(entries, {}, index);
        expect({ mismatches, refused }).toEqual({ mismatches: [], refused: 0 });
      }
      expect(replay(entries).course).toEqual(recordedCourse(entries));
    }),
    RUNS,
  );
});

test('a setting that is given as it was changes nothing', () => {
  const quiet = story(100).map(({ ops, ...told }) => ({ ...told, ops: ops.filter(({ op }) => op !== 'rules') }));
  fc.assert(
    fc.property(quiet, (told) => {
      const entries = historyOf(told);
      const { course } = replay(entries, { debounceMs: 30_000, trailing: told.trailing });
      expect(course).toEqual(recordedCourse(entries));
    }),
    RUNS,
  );
});
