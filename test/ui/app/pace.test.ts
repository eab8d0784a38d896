import { expect, test } from 'vitest';
import { redrawAfter } from '../../../src/ui/app/session.ts';
import { personAt } from '../../helpers/person.ts';
import { calm, held, running } from '../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../helpers/view.ts';

function pace(world: ScreenWorld, after = 0): number {
  const person = personAt(world);
  return redrawAfter(world.view(), person.view(), world.now + after);
}

test('a moving bar is drawn ten times a second', async () => {
  expect(pace(await held())).toBe(100);
  expect(pace(await running())).toBe(100);
});

test('as long as something counts seconds, every full second is drawn', async () => {
  expect(pace(await calm(), 250)).toBe(750);
  const silenced = await ScreenWorld.started('auto');
  silenced.engine.intents.silence({ matcher: {}, durationMs: 3_600_000, reason: null });
  expect(pace(silenced)).toBe(1_000);
});

test('a toast is taken away in time', async () => {
  const world = await ScreenWorld.started('auto');
  const person = personAt(world);
  await person.press('Q');
  expect(redrawAfter(world.view(), person.view(), world.now)).toBe(1_000);
});

test('where nothing happens, next to nothing is drawn', async () => {
  const world = await calm();
  expect(pace(world, 120_000)).toBe(8_000);
  expect(pace(await ScreenWorld.started('observe'))).toBe(8_000);
});
