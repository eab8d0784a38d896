import { expect, test } from 'vitest';
import { widthQuestion } from '../../../src/effects/terminal/terminal-extras.ts';

function asked(columns = 80) {
  const answers: boolean[] = [];
  let written = '';
  const question = widthQuestion((isSteady) => answers.push(isSteady));
  const write = (text: string): void => {
    written += text;
  };
  question.ask({ write, columns });
  return { ...question, answers, written };
}

test('a cursor behind as many cells as signs says that each takes one', () => {
  const { answer, answers, written } = asked();
  expect(written).toContain('\u001b[6n');
  answer(7);
  expect(answers).toEqual([true]);
});

test.each([13, 9, 19, 2])(
  'a cursor in column %d says that some take more, or that they are not understood',
  (column) => {
    const { answer, answers } = asked();
    answer(column);
    expect(answers).toEqual([false]);
  },
);

test('only the first answer counts, and none that was not asked for', () => {
  const { answer, answers } = asked();
  answer(7);
  answer(13);
  expect(answers).toEqual([true]);
  const unasked: boolean[] = [];
  widthQuestion((isSteady) => unasked.push(isSteady)).answer(13);
  expect(unasked).toEqual([]);
});

test('nothing is asked where the signs might wrap', () => {
  const { answer, answers, written } = asked(12);
  answer(1);
  expect([answers, written]).toEqual([[], '']);
});
