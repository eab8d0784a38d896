import { describe, expect, test } from 'vitest';
import type { RollbackPlan } from '../../src/engine/types.ts';
import type { Occupant } from '../../src/effects/process/processes.ts';
import type { Diff, RollbackResult } from '../../src/core/snapshots.ts';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import { type EngineWorld, type EngineWorldOptions, startedWorld } from '../helpers/engine-world.ts';
import { settled } from '../helpers/fake-clock.ts';
import { lines, quoted, worded } from '../helpers/reasons.ts';

const OLD = { id: 'auto-old', at: 1_000, metadata: { tool: 'sightline', signal: 'dead_loop' } };
const NEW = { id: 'turn-2', at: 2_000, metadata: { type: 'turn_end' } };
const SHELL: Occupant = { pid: 7, name: 'sh', cwd: null, files: [], fileCount: 0, writes: false, isOurs: false };

/** No clock of a test gets there: what was taken then is never a minute old. */
const LATE = Number.MAX_SAFE_INTEGER;

type Ending = (result: RollbackResult) => void;

const ROLLED_BACK = { code: 'rolled_back', snapshot: 'auto-old', counts: null, replaced: null } as const;
const NO_CHANGES: Diff = { text: 'No differences found.', changes: 0, paths: [] };

/** A world with two snapshots, whose rollback runs until it is told how it ended. */
async function world(options: EngineWorldOptions & { readonly occupants?: readonly Occupant[] } = {}) {
  const endings: Ending[] = [];
  const rolled: string[] = [];
  const scan = { occupants: options.occupants ?? [], unreadable: 0, complete: true };
  const diffs: Record<string, Diff> = {
    'auto-old': { text: 'M  a\n+  b', changes: 2, paths: ['a', 'b'] },
    'turn-2': { text: '+  b', changes: 1, paths: ['b'] },
  };
  const started = await startedWorld({
    listed: [OLD, NEW],
    availability: { version: '0.4.5' },
    ...options,
    deps: { processes: async () => scan, ...options.deps },
    parts: {
      diff: async (from) => ({ ok: true, value: diffs[from] ?? NO_CHANGES }),
      rollback: (snapshot) => {
        rolled.push(snapshot);
        return new Promise((resolve) => void endings.push(resolve));
      },
      ...options.parts,
    },
  });
  const end = async (result: RollbackResult = { ok: true, value: ROLLED_BACK }): Promise<void> => {
    endings.shift()?.(result);
    await settled();
  };
  return { ...started, rolled, end };
}

async function planned({ engine }: Pick<EngineWorld, 'engine'>, snapshot = 'auto-old'): Promise<RollbackPlan> {
  const plan = await engine.queries.rollbackPlan(WORKSPACE, snapshot);
  if (!plan.ok) throw new Error(String(worded(plan.reason)));
  return plan.value;
}

describe('the plan of a rollback', () => {
  test('says what will be undone, what is lost for good, and what stays', async () => {
    const plan = await planned(await world());
    expect(worded(plan)).toMatchObject({
      workspace: WORKSPACE,
      snapshot: { id: 'auto-old', maker: 'sightline', cause: { signal: 'dead_loop' } },
      preview: { ok: true, value: expect.stringContaining('M  a') },
      changes: 2,
      newest: { id: 'turn-2', kind: 'turn_end' },
      unsaved: 1,
      later: 1,
      warnings: [],
      refusals: [],
      checkpointFirst: 'what changed since turn-2 is in no snapshot',
      confirmation: expect.stringMatching(/^\d{6}$/),
    });
    expect(lines(plan.effects)).toContain(
      '1 changed path since the newest snapshot, turn-2, will be lost unless a checkpoint is taken first',
    );
  });

  test('nothing changed since: no checkpoint is advised', async () => {
    const plan = await planned(await world({ parts: { diff: async () => ({ ok: true, value: NO_CHANGES }) } }));
    expect(plan).toMatchObject({ changes: 0, unsaved: 0, checkpointFirst: { advised: false } });
  });

  test('a checkpoint before a restore of some paths lacks what came since: one is advised', async () => {
    const before = { id: 'manual-now', at: LATE, metadata: { type: 'manual', rollback_to: 'auto-old' } };
    const parts = { diff: async () => ({ ok: true as const, value: { text: '+  b', changes: 1, paths: ['b'] } }) };
    const lost = await planned(await world({ listed: [OLD, before], parts }));
    expect(lost).toMatchObject({ unsaved: 1, checkpointFirst: { advised: true, newest: 'manual-now' } });
  });

  test('who works inside is a refusal for ws-ckpt, and a warning for git', async () => {
    const occupants = [
      { ...SHELL, cwd: `${WORKSPACE}/src` },
      { ...SHELL, pid: 8, isOurs: true, cwd: WORKSPACE },
    ];
    expect(worded((await planned(await world({ occupants }))).refusals)).toEqual([
      expect.stringContaining('sh (pid 7) works inside'),
      expect.stringContaining('start sightline from a folder outside'),
    ]);
    const byGit = await planned(await world({ occupants, parts: { name: 'git' } }));
    expect(worded(byGit.refusals)).toEqual([]);
    expect(worded(byGit.warnings)).toHaveLength(2);
  });

  test('open files and agents at work are warnings', async () => {
    const occupants = [{ ...SHELL, fileCount: 2, writes: true }];
    const tried = await world({ occupants });
    tried.call({ agent: 'Hermes' });
    const { warnings, refusals } = await planned(tried);
    expect(refusals).toEqual([]);
    expect(worded(warnings)).toEqual([
      'sh (pid 7) has 2 files open inside: what it writes from then on is lost',
      'Hermes works here: pid 7, last call 0 s ago. Its context will not match the restored files.',
    ]);
  });

  test('a detached link, a running checkpoint, another engine, read-only: each refuses', async () => {
    const detached = await world();
    detached.answer({ state: 'unmanaged', reason: quoted('no longer the link that ws-ckpt made') });
    expect(worded((await planned(detached)).refusals)).toEqual(['no longer the link that ws-ckpt made']);
    const running = await world();
    running.crash('a');
    expect(worded((await planned(running)).refusals)).toEqual(['a checkpoint is running; wait for its end']);
    const other = await world({ isLockFree: false, config: { mode: 'observe' } });
    expect(worded((await planned(other)).refusals)).toEqual([expect.stringContaining('pid 77 of somebody')]);
    expect(other.engine.store.getState().workspaces[0]?.lock.type).not.toBe('other');
    const watching = await world({ config: { mode: 'observe', readOnly: true } });
    expect(worded((await planned(watching)).refusals)).toEqual([expect.stringContaining('read-only')]);
  });

  test('an unknown snapshot, an unknown workspace, a checkpointer that cannot: reasons', async () => {
    const { engine } = await world();
    expect(await engine.queries.rollbackPlan(WORKSPACE, 'none')).toMatchObject({ ok: false });
    expect(await engine.queries.rollbackPlan('/elsewhere', 'auto-old')).toMatchObject({ ok: false });
    const capabilities = { list: false, diff: false, rollback: false, remove: false };
    const unable = await world({ parts: { name: 'command', capabilities } });
    expect(worded(await unable.engine.queries.rollbackPlan(WORKSPACE, 'auto-old'))).toMatchObject({
      ok: false,
      reason: 'command cannot roll back; ws-ckpt and git can',
    });
    expect(await unable.engine.queries.snapshots(WORKSPACE)).toMatchObject({ ok: false });
  });

  test('looking holds no lock and changes nothing', async () => {
    const tried = await world({ config: { mode: 'observe' } });
    await planned(tried);
    expect(tried.locksHeld()).toEqual([]);
    expect(tried.rolled).toEqual([]);
  });
});

describe('a rollback', () => {
  test('runs alone: signals wait for it and act after it; it is said', async () => {
    const tried = await world();
    const done = tried.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    expect(tried.rolled).toEqual(['auto-old']);
    tried.crash('a');
    expect(tried.story().slice(-2)).toEqual(['signal a', 'a coalesced (waits)']);
    await tried.end();
    expect(worded(await done)).toEqual({ ok: true, value: 'rolled back to auto-old; 2 files changed since' });
    tried.engine.commit();
    const rollbacks = [{ snapshot: 'auto-old', changedSince: 2 }];
    expect(tried.engine.store.getState().workspaces).toMatchObject([{ rollbacks }]);
    expect(tried.story().slice(-2)).toEqual(['operator rollback', 'checkpoint started']);
  });

  test('takes a checkpoint before where that is asked for, and is not begun where that fails', async () => {
    const tried = await world();
    const done = tried.engine.intents.rollback(WORKSPACE, 'auto-old', { checkpointFirst: true });
    await settled();
    expect(tried.requests.at(-1)?.message).toBe('manual: before rollback to auto-old');
    expect(tried.requests.at(-1)?.metadata).toMatchObject({ type: 'manual', rollback_to: 'auto-old' });
    expect(tried.rolled).toEqual([]);
    await tried.finish();
    expect(tried.rolled).toEqual(['auto-old']);
    await tried.end();
    expect(await done).toMatchObject({ ok: true });

    const luckless = await world();
    const refused = luckless.engine.intents.rollback(WORKSPACE, 'auto-old', { checkpointFirst: true });
    await settled();
    await luckless.finish({ type: 'failed', reason: quoted('disk full') } as never);
    expect(worded(await refused)).toMatchObject({ ok: false, reason: expect.stringContaining('disk full') });
    expect(luckless.rolled).toEqual([]);
  });

  test.each([
    ['ws-ckpt', ['suspend', 'renew']],
    ['git', []],
  ] as const)(
    'by %s: the folder is let go of before another takes its place, and locked before its end is told',
    async (name, story) => {
      const tried = await world({ parts: { name } });
      const before = tried.locks.story.length;
      const done = tried.engine.intents.rollback(WORKSPACE, 'auto-old');
      await settled();
      expect(tried.locks.story.slice(before)).toEqual(story.slice(0, 1));
      // Its record stays locked.
      expect(tried.locksHeld()).toEqual([WORKSPACE]);
      let atTheEnd: readonly string[] = [];
      tried.engine.listen((event) => {
        if (JSON.stringify(event).includes('rolled_back')) atTheEnd = tried.locks.story.slice(before);
      });
      await tried.end();
      await done;
      expect(atTheEnd).toEqual(story);
    },
  );

  test('in mode observe it holds the lock meanwhile, and gives it back', async () => {
    const tried = await world({ config: { mode: 'observe' } });
    const done = tried.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    expect(tried.locksHeld()).toEqual([WORKSPACE]);
    await tried.end();
    await done;
    expect(tried.locksHeld()).toEqual([]);
  });

  test('armed meanwhile, the lock stays; disarmed meanwhile, it goes with the rollback', async () => {
    const arming = await world({ config: { mode: 'observe' } });
    void arming.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    await arming.engine.intents.setMode('auto');
    await arming.end();
    expect(arming.locksHeld()).toEqual([WORKSPACE]);

    const disarming = await world();
    void disarming.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    await disarming.engine.intents.setMode('observe');
    expect(disarming.locksHeld()).toEqual([WORKSPACE]);
    await disarming.end();
    expect(disarming.locksHeld()).toEqual([]);
  });

  test('what the plan refuses is not done, and said', async () => {
    const tried = await world({ occupants: [{ ...SHELL, cwd: WORKSPACE }] });
    expect(await tried.engine.intents.rollback(WORKSPACE, 'auto-old')).toMatchObject({ ok: false });
    expect(tried.rolled).toEqual([]);
    expect(tried.story().at(-1)).toBe('refused');
  });

  test('two at once: the second is refused, the first ends as it does', async () => {
    const tried = await world();
    const first = tried.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    expect(await tried.engine.intents.rollback(WORKSPACE, 'turn-2')).toMatchObject({ ok: false });
    await tried.end();
    expect(await first).toMatchObject({ ok: true });
    expect(tried.rolled).toEqual(['auto-old']);
  });

  test('a failure, and a defect, are values, and let the waiting go', async () => {
    const tried = await world();
    const failed = tried.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    tried.crash('a');
    await tried.end({ ok: false, reason: quoted('exit 1') });
    expect(worded(await failed)).toEqual({ ok: false, reason: 'exit 1' });
    expect(tried.story().slice(-2)).toEqual(['refused', 'checkpoint started']);
    const broken = await world({ parts: { rollback: () => Promise.reject(new TypeError('oops')) } });
    expect(worded(await broken.engine.intents.rollback(WORKSPACE, 'auto-old'))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('oops'),
    });
  });

  test('an engine that is closed waits for its end, and gives the lock back', async () => {
    const tried = await world();
    void tried.engine.intents.rollback(WORKSPACE, 'auto-old');
    await settled();
    const closed = tried.engine.close();
    await settled();
    expect(tried.story().at(-1)).not.toBe('stopped');
    await tried.end();
    await closed;
    await settled();
    expect(tried.story().at(-1)).toBe('stopped');
    expect(tried.locksHeld()).toEqual([]);
  });
});
