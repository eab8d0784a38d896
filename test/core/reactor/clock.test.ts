import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { savedCountdowns } from '../../../src/core/reactor/persist.ts';
import { silenceViews } from '../../../src/core/reactor/silences/view.ts';
import { workspaceStatus } from '../../../src/core/reactor/view.ts';
import type { Ms } from '../../../src/core/units.ts';
import { AVAILABLE, M0, T0, World, WS } from '../../helpers/reactor.ts';

const HOUR: Ms = 3_600_000;
const DAY: Ms = 86_400_000;

const status = (world: World): ReturnType<typeof workspaceStatus> =>
  workspaceStatus(world.state, world.workspace(), world.now);

const silenceLeft = (world: World): Ms =>
  silenceViews(world.state.silences, [], { debounceMs: 30_000, trailing: true }, world.now)[0]?.leftMs ?? 0;

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('the wall clock steps an hour %s', (_, step) => {
  test('the window ends when it would have, and not before', () => {
    const world = World.armed();
    world.crash();
    world.created();
    world.at += step;
    const id = world.crash();
    expect(world.fateName(id)).toBe('coalesced?');
    expect(status(world)).toMatchObject({ state: 'debouncing', endsAt: world.at + 30_000 });
    world.wait(29_999);
    expect(world.spawns).toHaveLength(1);
    world.wait(1).created();
    expect(world.fateName(id)).toBe('checkpointed');
  });

  test('without a trailing shot what comes after the window acts', () => {
    const world = World.armed({ trailing: false });
    world.crash();
    world.created();
    world.at += step;
    expect(world.fateName(world.crash())).toBe('coalesced');
    world.wait(30_000);
    expect(world.fateName(world.crash())).toBe('');
  });

  test('a hold fires when it was announced for', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    world.at += step;
    expect(status(world)).toMatchObject({ state: 'held', endsAt: world.at + 10_000 });
    world.wait(9_999);
    expect(world.spawns).toHaveLength(0);
    world.wait(1);
    expect(world.spawns).toHaveLength(1);
  });

  test('a back-off lasts as long as it lasts', () => {
    const world = World.armed();
    world.crash();
    world.fails();
    world.crash();
    world.at += step;
    world.wait(999);
    expect(world.spawns).toHaveLength(1);
    world.wait(1);
    expect(world.spawns).toHaveLength(2);
  });

  test('the breaker waits its minute', () => {
    const world = World.armed();
    for (const pause of [1_000, 2_000, 0]) {
      world.crash();
      world.fails().wait(pause);
    }
    world.at += step;
    expect(status(world)).toMatchObject({ state: 'breaker_open', endsAt: world.at + 60_000 });
    expect(world.wait(60_000).fateName(world.crash())).toBe('breaker_open');
    expect(world.wait(1).fateName(world.crash())).toBe('');
  });

  test('the guard counts an hour', () => {
    const guard = { perAgentPerHour: 1, perWorkspacePerHour: 60, storeUsedRatio: 0.9 };
    const world = World.armed({ guard });
    world.crash();
    world.created();
    world.at += step;
    world.wait(HOUR - 1);
    expect(world.fateName(world.crash())).toBe('guarded');
    world.wait(1);
    expect(world.fateName(world.crash())).toBe('');
  });

  test('a run is shown with its own length', () => {
    const world = World.armed();
    world.crash();
    world.wait(3_000);
    world.at += step;
    expect(status(world)).toMatchObject({ state: 'running', endsAt: world.at + 7_000 });
  });

  test('a snapshot that another tool dates by the new clock opens a window no longer than its own', () => {
    const world = World.armed();
    const snapshot = { id: 'auto-x', at: world.at + step, message: null, metadata: null, pinned: false };
    world.do({ type: 'foreign_snapshot', workspace: WS, snapshot });
    expect(world.workspace().windowEndsMono).toBe(step > 0 ? world.mono + 30_000 : null);
  });
});

describe('a silence', () => {
  test('is over when its length has passed, wherever the wall clock is', () => {
    const world = World.armed().silence({}, 60_000);
    world.at -= DAY;
    expect(silenceLeft(world)).toBe(60_000);
    expect(status(world)).toMatchObject({ state: 'suppressed', endsAt: world.at + 60_000 });
    world.wait(59_999);
    expect(world.fateName(world.crash())).toBe('suppressed');
    world.wait(1);
    expect(world.state.silences).toEqual([]);
    expect(world.fateName(world.crash())).toBe('');
  });

  test('is over when its end has come by the wall clock, and stays so', () => {
    const world = World.armed().silence({}, 60_000);
    world.at += 60_000;
    expect(silenceLeft(world)).toBe(0);
    expect(world.fateName(world.crash())).toBe('');
    world.at -= 60_000;
    expect(world.state.silences).toEqual([]);
  });

  test('that is extended ends so much later, whatever the wall clock did', () => {
    const world = World.armed().silence({}, 60_000);
    world.at -= HOUR;
    world.do({ type: 'extend_silence', id: 'quiet', byMs: 30_000 });
    expect(world.notices('operator').at(-1)).toMatchObject({ silence: { endsAt: world.at + 90_000 } });
    world.wait(89_999);
    expect(silenceLeft(world)).toBe(1);
    world.wait(1);
    expect(world.state.silences).toEqual([]);
  });
});

describe('over a restart nothing is longer than it was, nor than its own length', () => {
  const minute = (world: World): World => {
    for (const { key, value } of savedCountdowns(world.state, world.now)) world.journal.set(key, value);
    return world;
  };

  test.each([-DAY, -HOUR, 0, HOUR])('a window, the clock set by %d ms', (step) => {
    const before = World.armed();
    before.crash();
    before.created().wait(10_000);
    const { world } = minute(before).restarted(before.at + step);
    expect((world.workspace().windowEndsMono ?? M0) - M0).toBe(step > 0 ? 0 : 20_000);
  });

  test.each([-DAY, -HOUR, 0, HOUR])("the breaker's wait, the clock set by %d ms", (step) => {
    const before = World.armed();
    for (const pause of [1_000, 2_000, 10_000]) {
      before.crash();
      before.fails().wait(pause);
    }
    const { world } = minute(before).restarted(before.at + step);
    world.do({ type: 'availability', workspace: WS, availability: AVAILABLE });
    world.do({ type: 'mode', mode: 'auto', reason: null });
    const left = status(world).endsAt;
    expect(left === null ? 0 : left - world.at).toBe(step > 0 ? 0 : 50_000);
  });

  test.each([-DAY, -HOUR, 0, HOUR])('a silence, the clock set by %d ms', (step) => {
    const before = World.armed().silence({}, 60_000).wait(10_000);
    const { world } = minute(before).restarted(before.at + step);
    expect(silenceLeft(world)).toBe(step > 0 ? 0 : 50_000);
  });

  test('a silence that 0.1.0 wrote a day ahead', () => {
    const before = World.armed();
    before.at += DAY;
    before.silence({}, 60_000);
    const [silence] = before.saved().silences;
    const { leftMs: _, ...written } = silence ?? { leftMs: 0 };
    before.journal.set('silences', [written] as never);
    const { world } = before.restarted(T0);
    expect(silenceLeft(world)).toBe(60_000);
    expect(world.state.silences).toMatchObject([{ createdAt: T0, endsAt: T0 + 60_000 }]);
  });

  test('guard counts that are dated in the future are dropped', () => {
    const before = World.armed();
    before.at += DAY;
    before.crash();
    before.created();
    const { world } = before.restarted(T0);
    expect(world.workspace().recentAuto).toEqual([]);
    expect(world.workspace().lastSnapshot).toMatchObject({ at: T0 });
  });
});

test('however the clock is set: automatic checkpoints keep their distance, and a signal waits no longer than a window', () => {
  const act = fc.oneof(
    fc.record({ op: fc.constant('step' as const), ms: fc.integer({ min: -2 * DAY, max: 2 * DAY }) }),
    fc.record({ op: fc.constant('signal' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
    fc.record({ op: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.integer({ min: 1_000, max: 60_000 }), (acts, debounceMs) => {
      const guard = { perAgentPerHour: 10_000, perWorkspacePerHour: 10_000, storeUsedRatio: 0.9 };
      const world = World.armed({ debounceMs, guard });
      const settle = (): void => {
        if (world.workspace().run) world.created();
      };
      const due = new Map<string, number>();
      for (const { op, ms } of acts) {
        if (op === 'step') world.at += ms;
        else if (op === 'signal') due.set(world.crash(), world.mono + debounceMs);
        for (let left = op === 'step' ? 0 : ms; left >= 0; left -= 500) {
          settle();
          world.wait(Math.min(500, Math.max(0, left)));
          settle();
        }
        for (const [id, by] of due) if (world.mono > by + 500) expect(world.fate(id)?.settled).toBe(true);
      }
      const at = world.spawns.map(({ mono }) => mono);
      for (const [index, mono] of at.slice(1).entries())
        expect(mono - (at[index] ?? 0)).toBeGreaterThanOrEqual(debounceMs);
    }),
    { seed: 20_261_123, numRuns: 200 },
  );
});
