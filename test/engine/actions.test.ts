import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/core/actions.ts';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import { startedWorld } from '../helpers/engine-world.ts';
import { until } from '../helpers/until.ts';

const SHOWN = { path: WORKSPACE, dev: '1', ino: '2', uid: 0, gid: 0 };

/** One of each type: the compiler asks for a new one. */
const ACTIONS: { readonly [T in Action['type']]: Action & { readonly type: T } } = {
  checkpoint: { type: 'checkpoint', workspace: WORKSPACE, agent: 'a', reason: 'lunch' },
  veto: { type: 'veto', workspace: WORKSPACE },
  fire: { type: 'fire', workspace: WORKSPACE, heldSince: 7 },
  mode: { type: 'mode', mode: 'auto', reason: 'night' },
  silence: { type: 'silence', matcher: { agent: 'a' }, durationMs: 60_000, reason: null },
  unsilence: { type: 'unsilence', id: 'gone' },
  extend_silence: { type: 'extend_silence', id: 'gone', byMs: 1_000 },
  ack: { type: 'ack', scope: { agent: 'nobody' }, durationMs: null, note: null },
  unack: { type: 'unack', scope: {} },
  policy: { type: 'policy', target: { scope: 'type', name: 'dead_loop' }, action: 'flag' },
  budget: { type: 'budget', name: 'none', change: { type: 'reset' } },
  take_over: { type: 'take_over', workspace: WORKSPACE },
  resolve: { type: 'resolve', interruptionId: 'int-1' },
  rollback: { type: 'rollback', workspace: WORKSPACE, snapshot: 'auto-1' },
  restore: { type: 'restore', workspace: WORKSPACE, snapshot: 'auto-1', paths: ['a'] },
  remove: { type: 'remove', workspace: WORKSPACE, snapshot: 'auto-1' },
  init: { type: 'init', workspace: WORKSPACE },
  repin: { type: 'repin', workspace: WORKSPACE, shown: SHOWN },
  confirm_folder: { type: 'confirm_folder', path: '/srv/other' },
  older: { type: 'older' },
  pause: { type: 'pause', agent: 'a', durationMs: 60_000, reason: null },
  resume: { type: 'resume', pid: 7 },
};
const GRANTED: ReadonlySet<string> = new Set(['checkpoint', 'mode', 'silence', 'policy', 'take_over', 'remove']);

describe('an action of an operator', () => {
  test.each(Object.values(ACTIONS))('$type is plain data, and its result comes back', async (action) => {
    const { engine } = await startedWorld();
    const sent = JSON.parse(JSON.stringify(action)) as Action;
    expect(sent).toEqual(action);
    const result = await engine.dispatch(sent);
    expect({ type: action.type, ok: result.ok }).toEqual({ type: action.type, ok: GRANTED.has(action.type) });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  test('what the reactor decides is decided when the call returns', async () => {
    const { engine, requests } = await startedWorld();
    void engine.dispatch(ACTIONS.checkpoint);
    expect(requests).toMatchObject([{ workspace: WORKSPACE, message: 'manual: lunch (conv=unknown)' }]);
    expect(await engine.dispatch(ACTIONS.checkpoint)).toEqual({ ok: false, reason: { code: 'manual_running' } });
  });

  test('a checkpoint that is waited for ends with its snapshot, or with why there is none', async () => {
    const { engine, finish } = await startedWorld();
    const waited = engine.dispatch({ ...ACTIONS.checkpoint, wait: true });
    await finish({ type: 'created', snapshot: 'manual-1' });
    expect(await waited).toEqual({ ok: true, value: { code: 'created', snapshot: 'manual-1' } });
    const empty = engine.dispatch({ ...ACTIONS.checkpoint, wait: true });
    await finish({ type: 'empty' });
    expect(await empty).toEqual({ ok: false, reason: { code: 'empty_workspace' } });
  });

  test('one that is waited for behind an automatic one ends after that, or with the engine', async () => {
    const { engine, crash, finish } = await startedWorld({ config: { mode: 'auto', debounceMs: 0 } });
    crash('a');
    const waited = engine.dispatch({ ...ACTIONS.checkpoint, wait: true });
    await finish({ type: 'created', snapshot: 'auto-1' });
    await finish({ type: 'created', snapshot: 'manual-1' });
    expect(await waited).toEqual({ ok: true, value: { code: 'created', snapshot: 'manual-1' } });
    crash('b');
    const dropped = engine.dispatch({ ...ACTIONS.checkpoint, wait: true });
    const closed = engine.close();
    expect(await dropped).toEqual({ ok: false, reason: { code: 'stopping' } });
    await finish({ type: 'created', snapshot: 'auto-2' });
    await closed;
  });

  test('an exclusive one is refused where another engine acts, and gives the lock back where it was taken', async () => {
    const other = await startedWorld({ config: { mode: 'observe' }, isLockFree: false });
    expect(await other.engine.dispatch({ ...ACTIONS.checkpoint, wait: true, exclusive: true })).toMatchObject({
      ok: false,
      reason: { code: 'acts_elsewhere' },
    });
    expect(await other.engine.dispatch({ ...ACTIONS.remove, exclusive: true })).toMatchObject({
      ok: false,
      reason: { code: 'acts_elsewhere' },
    });
    expect(other.requests).toEqual([]);
    const free = await startedWorld({ config: { mode: 'observe' } });
    const done = free.engine.dispatch({ ...ACTIONS.checkpoint, wait: true, exclusive: true });
    await until(() => free.requests.length === 1);
    expect(free.locksHeld()).toEqual([WORKSPACE]);
    await free.finish({ type: 'created', snapshot: 'manual-1' });
    expect(await done).toMatchObject({ ok: true });
    expect(free.locksHeld()).toEqual([]);
  });

  test('a silence gets an id, or has its own, which sets it anew', async () => {
    const { engine } = await startedWorld();
    const made = await engine.dispatch(ACTIONS.silence);
    await engine.dispatch({ ...ACTIONS.silence, id: 'mine', createdBy: 'ann' });
    expect(await engine.dispatch({ ...ACTIONS.silence, id: 'mine', createdBy: 'ann', durationMs: 1_000 })).toEqual({
      ok: true,
      value: { code: 'accepted', target: 'mine' },
    });
    engine.commit();
    const { silences } = engine.store.getState();
    expect(made).toEqual({ ok: true, value: { code: 'accepted', target: silences[0]?.id } });
    expect(silences).toMatchObject([{ createdBy: 'operator' }, { id: 'mine', createdBy: 'ann' }]);
  });

  test('with --read-only every action is refused but going to observe', async () => {
    const { engine } = await startedWorld({ config: { readOnly: true, mode: 'observe' } });
    expect(await engine.dispatch({ type: 'mode', mode: 'observe' })).toMatchObject({ ok: true });
    for (const action of Object.values(ACTIONS)) {
      expect({ type: action.type, ...(await engine.dispatch(action)) }).toMatchObject({ type: action.type, ok: false });
    }
  });
});
