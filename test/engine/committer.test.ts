import { expect, test } from 'vitest';
import { createCommitter } from '../../src/engine/view.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

test('a change after a quiet time is committed at once, more within the time together at its end', async () => {
  const clock = fakeClock();
  const at: number[] = [];
  const { changed } = createCommitter(clock, 33, () => at.push(clock.mono()));
  await clock.pass(1_000);
  changed();
  changed();
  await clock.pass(0);
  expect(at).toEqual([1_000]);
  await clock.pass(5);
  changed();
  await clock.pass(10);
  changed();
  await clock.pass(100);
  expect(at).toEqual([1_000, 1_033]);
});

test('more of a history is committed seldom, and what is new meanwhile as fast as ever', async () => {
  const clock = fakeClock();
  const at: number[] = [];
  const { changed } = createCommitter(clock, 33, () => at.push(clock.mono()));
  await clock.pass(1_000);
  changed(true);
  await clock.pass(0);
  expect(at).toEqual([1_000]);
  changed(true);
  await clock.pass(100);
  changed(true);
  await clock.pass(200);
  expect(at).toEqual([1_000, 1_250]);
  await clock.pass(700);
  changed(true);
  await clock.pass(0);
  changed(true);
  await clock.pass(10);
  changed();
  changed(true);
  await clock.pass(300);
  expect(at).toEqual([1_000, 1_250, 2_000, 2_033]);
});

test('without a time it commits on demand alone', async () => {
  const clock = fakeClock();
  let commits = 0;
  const { changed, commit } = createCommitter(clock, null, () => (commits += 1));
  changed();
  await clock.pass(1_000);
  expect(commits).toBe(0);
  commit();
  expect(commits).toBe(1);
});
