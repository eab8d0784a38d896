import { quoted } from '../../helpers/reasons.ts';
import { describe, expect, test } from 'vitest';
import { MAX_ROLLBACKS, SIGNAL_TTL_MS } from '../../../src/core/limits.ts';
import { recordOf } from '../../../src/core/reactor/draft.ts';
import { isExpired } from '../../../src/core/reactor/persist.ts';
import { failedCall, makeCall, makeRow, ns } from '../../helpers/feed-events.ts';
import { M0, AVAILABLE, T0, World, WS } from '../../helpers/reactor.ts';

/** Another process takes over what the journal has, armed, `ms` later. */
function reborn(before: World, ms = 1_000): World {
  const { world } = before.restarted(before.at + ms);
  world.do({ type: 'availability', workspace: WS, availability: AVAILABLE });
  return world.do({ type: 'mode', mode: 'auto', reason: null }).do({ type: 'recover', runs: [] });
}

describe('kept over a restart', () => {
  test('rollbacks, the newest of them', () => {
    const before = World.armed();
    for (let rollback = 0; rollback < MAX_ROLLBACKS + 3; rollback += 1) {
      before.do({ type: 'rollback', workspace: WS, snapshot: `auto-${rollback}` });
      const runId = before.workspace().run?.runId ?? '';
      before.do({ type: 'finished', workspace: WS, runId, result: { ok: true, value: quoted('done') } });
    }
    const { rollbacks } = reborn(before).workspace();
    expect(rollbacks).toHaveLength(MAX_ROLLBACKS);
    expect(rollbacks.at(-1)).toEqual({ at: before.at, snapshot: `auto-${MAX_ROLLBACKS + 2}` });
  });

  test('silences, with their count, until they end', () => {
    const before = World.armed().silence({}, 10_000);
    before.crash();
    const world = reborn(before);
    expect(world.state.silences).toMatchObject([{ id: 'quiet', heldBack: 1 }]);
    expect(world.fateName(world.crash())).toBe('suppressed');
    world.wait(9_000);
    expect(world.state.silences).toEqual([]);
    expect(world.journal.get('silences')).toEqual([]);
  });

  test('a silence that ended meanwhile is gone', () => {
    expect(reborn(World.armed().silence({}, 500)).state.silences).toEqual([]);
  });

  test('the window', () => {
    const before = World.armed();
    before.crash();
    before.created();
    const world = reborn(before);
    expect(world.fateName(world.crash())).toBe('coalesced?');
    world.wait(29_000);
    expect(world.spawns).toMatchObject([{ at: T0 + 30_000 }]);
  });

  test('why a signal got its fate', () => {
    const before = World.armed().silence({}, 60_000, 'lunch');
    const id = before.crash();
    const decided = recordOf(before.state, id)?.why;
    expect(decided).toMatchObject({ mode: 'auto', silenceId: 'lunch' });
    expect(recordOf(reborn(before).state, id)?.why).toEqual(decided);
  });

  test('the breaker, and how long it waits', () => {
    const before = World.armed();
    for (const pause of [1_000, 2_000, 0]) {
      before.crash();
      before.fails().wait(pause);
    }
    const world = reborn(before);
    expect(world.fateName(world.crash())).toBe('breaker_open');
    world.wait(59_001);
    world.crash();
    expect(world.spawns).toHaveLength(1);
    world.fails();
    expect(world.workspace().failures).toBe(4);
  });

  test('no wait is longer for a clock that was ahead', () => {
    const before = World.armed();
    before.at += 86_400_000;
    before.crash();
    before.created();
    const { world } = before.restarted(T0);
    expect(world.workspace().windowEndsMono).toBe(M0 + 30_000);
  });

  test('failures in a row, though no back-off', () => {
    const before = World.armed();
    before.crash();
    before.fails();
    const world = reborn(before, 0);
    expect(world.workspace().failures).toBe(1);
    world.crash();
    expect(world.spawns).toHaveLength(1);
  });

  test('guard counts', () => {
    const guard = { perAgentPerHour: 1, perWorkspacePerHour: 60, storeUsedRatio: 0.9 };
    const before = World.armed({ guard });
    before.crash();
    before.created();
    const { world } = before.restarted(before.at + 40_000, { guard });
    world.do({ type: 'availability', workspace: WS, availability: AVAILABLE });
    world.do({ type: 'mode', mode: 'auto', reason: null });
    expect(world.fateName(world.crash())).toBe('guarded');
  });

  test('open episodes: a storm goes on as the same', () => {
    const before = World.armed();
    for (const ends of [1, 2, 3, 4, 5]) before.call(failedCall({ ends }));
    before.wait(0).created();
    const world = reborn(before);
    world.row(makeRow({ type: 'retry_storm', occurredNs: ns(6) }));
    for (const ends of [1, 2, 3, 4, 5]) world.call(failedCall({ ends }), 'historical');
    world.call(failedCall({ ends: 6 }));
    world.wait(0);
    expect(world.signals()).toEqual([]);
    expect(world.notices('update')).toMatchObject([{ signal: 'retry_storm' }]);
    world.call(makeCall({ ends: 7 }));
    expect(world.state.detect.episodes).toMatchObject([{ endNs: ns(7) }]);
  });

  test('ids and fates: what was settled is not raised again', () => {
    const before = World.armed();
    const id = before.row(makeRow());
    before.created();
    const world = reborn(before);
    world.row(makeRow());
    expect(world.signals()).toEqual([]);
    expect(world.notices('update')).toMatchObject([{ signalId: id }]);
  });

  test('not the mode', () => {
    expect(World.armed().restarted(T0).world.state.mode).toBe('observe');
  });

  test('no timer, no hold, no wait', () => {
    const before = World.armed({}, 'hold');
    before.crash();
    const { world } = before.restarted(before.at);
    expect(world.state.timers.size).toBe(0);
    expect(world.workspace()).toMatchObject({ hold: null, waiting: [], run: null });
  });
});

describe('what a run left open is settled at the next start', () => {
  test('held and waiting signals were stopped', () => {
    const before = World.armed();
    before.crash();
    before.created();
    const id = before.crash();
    const world = reborn(before);
    expect(world.fates(id)).toMatchObject([{ kind: 'stopped', settled: true }]);
    expect(world.signals()).toEqual([]);
    expect(world.state.open.size).toBe(0);
  });

  test('a run whose snapshot was found: checkpointed, the others coalesced; it opens the window and counts', () => {
    const before = World.armed();
    before.crash();
    before.created();
    const ids = [before.crash(), before.crash()];
    before.wait(30_000);
    const { world, runs } = before.restarted(before.at + 2_000);
    expect(runs).toMatchObject([{ workspace: WS, run: { signals: ids } }]);
    world.do({ type: 'recover', runs: runs.map((open) => ({ ...open, snapshot: 'auto-found' })) });
    expect(ids.map((id) => world.fate(id))).toMatchObject([
      { kind: 'checkpointed', snapshot: 'auto-found', durationMs: 2_000 },
      { kind: 'coalesced', snapshot: 'auto-found' },
    ]);
    expect(world.workspace()).toMatchObject({
      windowEndsMono: world.mono + 30_000,
      lastSnapshot: { id: 'auto-found' },
      recentAuto: [{ agent: 'agent' }, { agent: 'agent' }],
    });
  });

  test('a run whose snapshot was not found: stopped', () => {
    const before = World.armed();
    const id = before.crash();
    const { world, runs } = before.restarted(before.at);
    world.do({ type: 'recover', runs: runs.map((open) => ({ ...open, snapshot: null })) });
    expect(world.fateName(id)).toBe('stopped');
  });

  test("an operator's run that was found absorbs what it would have", () => {
    const before = World.armed();
    before.crash();
    before.created();
    const id = before.crash();
    const { world, runs } = before.manual().restarted(before.at);
    world.do({ type: 'recover', runs: runs.map((open) => ({ ...open, snapshot: 'manual-found' })) });
    expect(world.fate(id)).toMatchObject({ kind: 'coalesced', snapshot: 'manual-found' });
    expect(world.workspace().lastSnapshot).toMatchObject({ trigger: 'operator' });
  });

  test('a success that was found ends the failures before it', () => {
    const before = World.armed();
    before.crash();
    before.fails().wait(1_000);
    before.crash();
    const { world, runs } = before.restarted(before.at);
    world.do({ type: 'recover', runs: runs.map((open) => ({ ...open, snapshot: 'auto-found' })) });
    expect(world.workspace()).toMatchObject({ failures: 0, lastFailureMono: null });
  });

  test('what the new run has raised meanwhile is none of it', () => {
    const before = World.armed();
    before.crash();
    const { world, runs } = before.restarted(before.at);
    world.do({ type: 'availability', workspace: WS, availability: AVAILABLE });
    world.do({ type: 'mode', mode: 'auto', reason: null });
    const fresh = [world.crash({ interruptionId: 'x' }), world.crash({ interruptionId: 'y' })];
    world.do({ type: 'recover', runs: runs.map((open) => ({ ...open, snapshot: null })) });
    expect(fresh.map((id) => world.fateName(id))).toEqual(['', 'coalesced?']);
  });

  test('a first, whole snapshot is not looked up', () => {
    const before = World.armed().do({ type: 'baseline', workspace: WS, phase: 'started' });
    expect(before.restarted(before.at).runs).toEqual([]);
  });
});

test('a long history does not push out the fates of what was acted upon', () => {
  const world = World.armed();
  const id = world.row(makeRow({ interruptionId: 'acted' }));
  world.created();
  for (let index = 0; index < 5_000; index += 1) world.crash({}, 'historical');
  world.row(makeRow({ interruptionId: 'acted' }));
  expect(world.notices('update')).toMatchObject([{ signalId: id }]);
  expect(world.signals().filter(({ historical }) => !historical)).toHaveLength(1);
});

test('a signal whose record has made room for others is not raised again, over a restart either', () => {
  const world = World.armed({ maxSignals: 64 });
  const names = Array.from({ length: 9_000 }, (_, index) => `row-${index}`);
  const ids = names.map((interruptionId) => world.crash({ interruptionId }));
  const gone = names.filter((_, index) => recordOf(world.state, ids[index] ?? '') === undefined);
  expect(gone.length).toBeGreaterThan(0);
  const { world: next } = world.restarted(world.at, { maxSignals: 64 });
  for (const interruptionId of gone) {
    expect(world.crash({ interruptionId })).toBe('');
    expect(next.crash({ interruptionId })).toBe('');
  }
});

test('historical signals are not kept; settled ones for an hour, open ones for good', () => {
  const world = World.armed();
  world.crash({}, 'historical');
  expect(world.saved().signals).toEqual([]);
  const id = world.crash();
  const [open] = world.saved().signals;
  expect(open && isExpired(open, T0 + 10 * SIGNAL_TTL_MS)).toBe(false);
  world.created();
  const [settled] = world.saved().signals;
  expect(settled?.signal.signalId).toBe(id);
  expect(settled && isExpired(settled, T0 + SIGNAL_TTL_MS)).toBe(false);
  expect(settled && isExpired(settled, T0 + SIGNAL_TTL_MS + 1)).toBe(true);
});
