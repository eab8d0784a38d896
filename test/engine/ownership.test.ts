import { describe, expect, test } from 'vitest';
import { OTHER_OWNER, otherEngine, WORKSPACE } from '../helpers/engine-parts.ts';
import { engineWorld, type EngineWorld, startedWorld } from '../helpers/engine-world.ts';
import { settled } from '../helpers/fake-clock.ts';
import { worded } from '../helpers/reasons.ts';

const ANOTHER = otherEngine({ user: 'bob', pid: 78, startedAt: 0 });

function workspaceOf(world: EngineWorld) {
  world.engine.commit();
  return world.engine.store.getState().workspaces[0];
}

describe('another engine acts', () => {
  test('an engine that is not alone observes and names the owner', async () => {
    const world = await startedWorld({ isLockFree: false });
    world.crash('a');
    expect(world.story()).toEqual(['started', 'signal a', 'a observer']);
    expect(JSON.stringify(world.events)).toContain(`pid ${OTHER_OWNER.pid} of ${OTHER_OWNER.user}`);
  });

  test('headless takes over 30 s after its end, and acts for what waited', async () => {
    const world = await startedWorld({ isLockFree: false });
    await world.freeLock();
    await world.clock.pass(500);
    expect(workspaceOf(world)?.lock.type).toBe('gone');
    world.crash('a');
    world.crash('b');
    expect(world.story().slice(1)).toEqual(['signal a', 'a coalesced (waits)', 'signal b', 'b coalesced (waits)']);
    await world.clock.pass(29_000);
    expect(world.locksHeld()).toEqual([]);
    await world.clock.pass(1_500);
    await settled();
    expect(world.locksHeld()).toEqual([WORKSPACE]);
    expect(world.story().slice(5)).toEqual(['checkpoint started', 'operator takeover']);
    await world.finish();
    expect(world.story().slice(-2)).toEqual(['a checkpointed', 'b coalesced']);
  });

  test('a service that restarts within 30 s gets its workspace back; what waited becomes observer', async () => {
    const world = await startedWorld({ isLockFree: false });
    await world.freeLock();
    await world.clock.pass(1_000);
    world.crash('a');
    await world.clock.pass(10_000);
    world.locks.take(ANOTHER);
    await world.clock.pass(1_000);
    expect(world.story().slice(1)).toEqual(['signal a', 'a coalesced (waits)', 'a observer']);
    await world.clock.pass(60_000);
    expect(world.locksHeld()).toEqual([]);
    expect(JSON.stringify(world.events.at(-1))).toContain(JSON.stringify({ user: 'bob', pid: 78 }).slice(0, -1));
  });

  test('no fate names an owner that has just ended', async () => {
    const world = await startedWorld({ isLockFree: false });
    await world.clock.pass(700);
    await world.freeLock();
    // Between two looks at the owner.
    world.crash('a');
    expect(world.story().slice(1)).toEqual(['signal a', 'a coalesced (waits)']);
    expect(JSON.stringify(world.events.at(-1))).toContain('awaits_takeover');
    expect(JSON.stringify(world.events.at(-1))).not.toContain(String(OTHER_OWNER.pid));
  });

  test('an owner that lives on and gives its lock back is gone too', async () => {
    const world = await startedWorld({ isLockFree: false });
    world.locks.disarm();
    await world.clock.pass(500);
    expect(workspaceOf(world)?.lock.type).toBe('gone');
  });

  test('a console offers to take over, and does so by key only', async () => {
    const world = await startedWorld({ isLockFree: false, engine: { takeOver: false } });
    expect(worded(await world.engine.intents.takeOver(WORKSPACE))).toBe('the other engine still acts here');
    await world.freeLock();
    world.crash('a');
    await world.clock.pass(90_000);
    expect(world.story().at(-1)).toBe('a coalesced (waits)');
    expect(worded(await world.engine.intents.takeOver(WORKSPACE))).toBe(null);
    expect(world.story().slice(-2)).toEqual(['checkpoint started', 'operator takeover']);
  });

  test('a key that comes after another engine has taken the workspace observes that one', async () => {
    const world = await startedWorld({ isLockFree: false, engine: { takeOver: false } });
    await world.freeLock();
    await world.clock.pass(500);
    world.locks.take(ANOTHER);
    expect(worded(await world.engine.intents.takeOver(WORKSPACE))).toBe('the other engine still acts here');
    expect(workspaceOf(world)?.lock).toMatchObject({ type: 'other', owner: { pid: 78 } });
  });

  test('an owner out of view is tried every 5 s', async () => {
    const world = engineWorld({ isLockFree: false });
    world.locks.take({ type: 'outside' });
    await world.engine.start();
    world.crash('a');
    expect(world.story().at(-1)).toBe('a observer');
    expect(JSON.stringify(world.events.at(-1))).toContain('held_outside');
    await world.freeLock();
    await world.clock.pass(4_000);
    expect(workspaceOf(world)?.lock.type).toBe('outside');
    await world.clock.pass(1_000);
    expect(workspaceOf(world)?.lock.type).toBe('gone');
    expect(world.locksHeld()).toEqual([]);
  });

  test('going to observe ends the wait for a takeover', async () => {
    const world = await startedWorld({ isLockFree: false });
    await world.freeLock();
    await world.clock.pass(500);
    world.crash('a');
    await world.engine.intents.setMode('observe');
    expect(world.story().at(-1)).toBe('a disarmed');
    await world.clock.pass(60_000);
    expect(world.locksHeld()).toEqual([]);
  });
});

describe('our own lock', () => {
  test('one that another engine has taken ends our acting within a second, and what waits is observer', async () => {
    const world = await startedWorld({ config: { mode: 'hold' } });
    world.crash('a');
    expect(world.story().at(-1)).toBe('held');
    world.locks.take(ANOTHER);
    await world.clock.pass(1_000);
    expect(world.story().slice(-2)).toEqual(['a observer', 'checkpoint cancelled']);
    expect(world.locksHeld()).toEqual([]);
    await world.freeLock();
    await world.clock.pass(31_000);
    await settled();
    expect(world.locksHeld()).toEqual([WORKSPACE]);
  });

  test('another folder under the path that another engine has: nothing is started there', async () => {
    const world = await startedWorld({ lock: { confirm: async () => ANOTHER } });
    world.crash('a');
    await settled();
    expect(world.requests).toEqual([]);
    expect(world.story().slice(1)).toContain('a observer');
    expect(workspaceOf(world)?.lock).toMatchObject({ type: 'other', owner: { pid: 78 } });
    expect(workspaceOf(world)?.failures).toBe(0);
  });

  test("an operator's checkpoint outranks it", async () => {
    const world = await startedWorld({ isLockFree: false, lock: { confirm: async () => ANOTHER } });
    world.engine.intents.checkpoint(WORKSPACE);
    await settled();
    expect(world.requests).toHaveLength(1);
  });

  test('the window is kept in the record, and goes on with whoever takes over', async () => {
    const world = await startedWorld();
    world.crash('a');
    await world.finish();
    expect(world.locks.window()).toMatchObject({ leftMs: 30_000, snapshot: world.requests[0]?.snapshot });

    const inherited = { window: { leftMs: 7_300, snapshot: 'auto-before' }, isGivenBack: false };
    const next = await startedWorld({ lock: { inherited } });
    next.crash('b');
    expect(next.story().slice(1)).toEqual(['signal b', 'b coalesced (waits)']);
    expect(JSON.stringify(next.events.at(-1))).toContain('auto-before');
    await next.clock.pass(7_200);
    expect(next.requests).toHaveLength(0);
    await next.clock.pass(100);
    expect(next.requests).toHaveLength(1);
  });

  test('a takeover goes on with the window of an owner that was stopped; an engine armed after that does not', async () => {
    const inherited = { window: { leftMs: 7_300, snapshot: 'auto-before' }, isGivenBack: true };
    const armed = await startedWorld({ lock: { inherited } });
    armed.crash('a');
    expect(armed.story()).toContain('checkpoint started');

    const observed = await startedWorld({ isLockFree: false, engine: { takeOver: false }, lock: { inherited } });
    await observed.freeLock();
    await observed.engine.intents.takeOver(WORKSPACE);
    observed.crash('a');
    expect(observed.story().at(-1)).toBe('a coalesced (waits)');
  });

  test('an inherited window is never longer than our own', async () => {
    const inherited = { window: { leftMs: 3_600_000, snapshot: null }, isGivenBack: false };
    const world = await startedWorld({ lock: { inherited } });
    world.crash('a');
    await world.clock.pass(30_000);
    expect(world.requests).toHaveLength(1);
  });

  test('what an operator must know of it is told', async () => {
    const note = { type: 'stranger', what: 'folder', pid: 99, uid: 1001 } as const;
    const world = await startedWorld({ lock: { notes: [note, { type: 'without_flock' }] } });
    const lines = world.events.flatMap((event) => (event.type === 'talk' ? [event.line] : []));
    expect(lines).toContain(`${WORKSPACE}: its folder is locked by pid 99 of uid 1001, which is no engine: ignored`);
    expect(lines.join('\n')).toContain('flock(1) is not installed');
    world.crash('a');
    await settled();
    expect(world.requests).toHaveLength(1);
  });
});
