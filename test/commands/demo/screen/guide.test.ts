import { expect, test } from 'vitest';
import { createGuide } from '../../../../src/commands/demo/screen/guide.ts';
import { fate, said, signal } from '../events.ts';

/** A clock that stands still until it is told to go on. */
function stoppedClock() {
  let due: (() => void)[] = [];
  return {
    clock: {
      mono: () => 0,
      now: () => 0,
      after: (_: number, callback: () => void) => {
        due.push(callback);
        return () => {
          due = due.filter((each) => each !== callback);
        };
      },
    },
    goOn: () => {
      const now = due;
      due = [];
      for (const callback of now) callback();
    },
  };
}

function opened() {
  const told: string[] = [];
  const { clock, goOn } = stoppedClock();
  const guide = createGuide(clock);
  guide.open((text) => told.push(text));
  return { guide, told, goOn };
}

test('each caption stands long enough to be read; of too many the oldest is left out', () => {
  const { guide, told, goOn } = opened();
  for (const text of ['one', 'two', 'three', 'four']) guide.show(text);
  expect(told).toEqual(['now: one']);
  goOn();
  goOn();
  goOn();
  expect(told).toEqual(['now: one', 'now: three', 'now: four']);
});

test('does not repeat a caption that stands there already', () => {
  const { guide, told, goOn } = opened();
  guide.show('one');
  guide.show('one');
  goOn();
  guide.show('one');
  expect(told).toEqual(['now: one']);
});

test('an agent’s part is introduced once a round', () => {
  const { guide, told, goOn } = opened();
  const edits = { type: 'agent', agent: 'OpenClaw', text: 'edits' } as const;
  guide.receive(edits);
  goOn();
  guide.show('something else');
  guide.receive(edits);
  goOn();
  goOn();
  expect(told).toHaveLength(2);
  guide.beginRound();
  guide.receive(edits);
  expect(told).toHaveLength(3);
});

test('it remembers captions that were not shown', () => {
  const guide = createGuide(stoppedClock().clock);
  guide.receive(said({ type: 'fate', signal: signal(), fate: fate('checkpointed') }));
  expect(guide.recording().stories.size).toBe(1);
});
