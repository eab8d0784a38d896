import type { CheckpointerReason } from '../../src/core/checkpointer-reasons.ts';
import { describe, expect, test } from 'vitest';
import type { RollbackPlan } from '../../src/engine/types.ts';
import type { Result } from '../../src/core/result.ts';
import type { Diff, Snapshot } from '../../src/core/snapshots.ts';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import { type EngineWorld, startedWorld } from '../helpers/engine-world.ts';
import { settled } from '../helpers/fake-clock.ts';
import { lines, quoted, worded } from '../helpers/reasons.ts';

const OLD = { id: 'auto-old', at: 1_000 };
const NEW = { id: 'turn-2', at: 2_000 };

async function diff(_: string, to: string | null): Promise<Result<Diff, CheckpointerReason>> {
  if (to === null) return { ok: false, reason: quoted('needs 0.4.0') };
  return { ok: true, value: { text: 'M  a\n\n1 change(s)', changes: 1, paths: [] } };
}

async function planned({ engine }: EngineWorld): Promise<RollbackPlan> {
  const plan = await engine.queries.rollbackPlan(WORKSPACE, 'auto-old');
  if (!plan.ok) throw new Error(String(worded(plan.reason)));
  return plan.value;
}

describe('with a ws-ckpt that compares snapshots only', () => {
  test('the plan shows what it can, says what is missing, and that is no count', async () => {
    const plan = await planned(await startedWorld({ listed: [OLD, NEW], parts: { diff } }));
    expect(plan.preview).toMatchObject({ ok: true, value: expect.stringContaining('M  a') });
    expect(plan.previewUpTo).toBe('turn-2');
    expect(worded(plan.warnings)).toContain('what changed since turn-2 is not shown: needs 0.4.0');
    expect(plan).toMatchObject({ changes: null, unsaved: null, checkpointFirst: { advised: true } });
  });

  test('a checkpoint before it makes the plan whole', async () => {
    const listed: Partial<Snapshot>[] = [OLD, NEW];
    const world = await startedWorld({ listed, parts: { diff } });
    const done = world.engine.intents.checkpointBefore(WORKSPACE, 'auto-old');
    await settled();
    const { snapshot: id = '', metadata } = world.requests[0] ?? {};
    listed.push({ id, at: world.clock.now(), metadata: { ...metadata } });
    await world.finish();
    expect(await done).toEqual({ ok: true, value: { code: 'created', snapshot: id } });
    const plan = await planned(world);
    expect(plan.previewUpTo).toBe(id);
    expect(worded(plan.checkpointFirst)).toBe('it was taken for this just now');
    expect(lines(plan.warnings)).not.toContain('is not shown');
    // What was saved a while ago for it is not what is there now.
    await world.clock.pass(61_000);
    expect((await planned(world)).checkpointFirst.advised).toBe(true);
  });

  test('a checkpoint that is refused says why', async () => {
    const world = await startedWorld({ listed: [OLD], parts: { diff }, config: { readOnly: true, mode: 'observe' } });
    expect(worded(await world.engine.intents.checkpointBefore(WORKSPACE, 'auto-old'))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('read-only'),
    });
    expect(world.requests).toEqual([]);
  });

  test.each([
    ['0.3.2', true],
    ['0.4.3', true],
    ['0.4.4', false],
    ['1.0.0', false],
  ])('version %s can lose the tree when it is interrupted: %s', async (version, isFragile) => {
    const { warnings } = await planned(await startedWorld({ listed: [OLD], availability: { version } }));
    expect(lines(warnings).includes('can lose the whole tree')).toBe(isFragile);
  });
});
