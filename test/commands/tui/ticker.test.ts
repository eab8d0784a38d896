import { expect, test } from 'vitest';
import { startTicker } from '../../../src/commands/tui/ticker.ts';
import { personAt } from '../../helpers/person.ts';
import { calm } from '../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../helpers/view.ts';

async function tickedAt(world: ScreenWorld, ms: number, act: () => void = () => undefined): Promise<number[]> {
  const { session } = personAt(world);
  const times: number[] = [];
  const start = world.now;
  const stop = startTicker(world.engine, world.clock, {
    tick: (now) => {
      times.push(now - start);
      session.dispatch({ type: 'tick', now });
    },
    pace: session.pace,
    onChange: session.onChange,
  });
  act();
  await world.wait(ms);
  stop();
  await world.wait(10_000);
  return times;
}

test('it ticks every second while calls are young, and ends when stopped', async () => {
  expect(await tickedAt(await calm(), 3_500)).toEqual([1_000, 2_000, 3_000]);
});

test('it ticks rarely while nothing happens, and at once faster when something does', async () => {
  const world = await ScreenWorld.started('auto');
  const times = await tickedAt(world, 2_500, () => {
    world.call();
    world.engine.commit();
  });
  expect(times).toEqual([1_000, 2_000]);
  expect(await tickedAt(await ScreenWorld.started('auto'), 7_900)).toEqual([]);
});

test('computes the shown ends again after the clock was set', async () => {
  const world = await ScreenWorld.started('auto', { config: { debounceMs: 30_000, trailing: false } });
  world.engine.intents.checkpoint('/srv/ws');
  await world.finish();
  world.engine.commit();
  world.clock.shift(-3_600_000);
  await tickedAt(world, 2_000);
  const { at, workspaces } = world.engine.store.getState();
  expect((workspaces[0]?.status.endsAt ?? 0) - at).toBeGreaterThan(20_000);
  expect((workspaces[0]?.status.endsAt ?? 0) - at).toBeLessThanOrEqual(30_000);
});

test('checks a countdown again that has run out', async () => {
  const world = await ScreenWorld.started('auto', { config: { debounceMs: 1_000, trailing: false } });
  world.engine.intents.checkpoint('/srv/ws');
  await world.finish();
  world.engine.commit();
  expect(world.engine.store.getState().workspaces[0]?.status.state).toBe('debouncing');
  await tickedAt(world, 2_000);
  expect(world.engine.store.getState().workspaces[0]?.status.state).toBe('ready');
});
