import { describe, expect, test } from 'vitest';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import { type EngineWorld, startedWorld } from '../helpers/engine-world.ts';

const LISTED = [
  { id: 'auto-old', at: 1_000, metadata: { tool: 'sightline', signal: 'dead_loop' } },
  { id: 'turn-2', at: 2_000, metadata: { type: 'turn_end' } },
];

describe('what is known of a workspace', () => {
  const known = ({ engine }: Pick<EngineWorld, 'engine'>) => {
    engine.commit();
    const [workspace] = engine.store.getState().workspaces;
    return {
      rollbacks: workspace?.rollbacks,
      snapshots: workspace?.snapshots.map(({ id, maker }) => `${id} ${maker}`),
    };
  };

  test('are its snapshots, from the start on, and its rollbacks, over a restart', async () => {
    const tried = await startedWorld({ listed: LISTED });
    expect(known(tried)).toEqual({ rollbacks: [], snapshots: ['auto-old sightline', 'turn-2 plugin'] });
    const done = tried.engine.intents.rollback(WORKSPACE, 'auto-old');
    expect(await done).toMatchObject({ ok: true });
    const rollbacks = [{ at: tried.clock.now(), snapshot: 'auto-old' }];
    expect(known(tried)).toMatchObject({ rollbacks });
    expect(known(await startedWorld({ listed: LISTED, kept: tried.journal.values }))).toMatchObject({ rollbacks });
  });

  test('is kept where an earlier version wrote no rollbacks', async () => {
    const tried = await startedWorld({ listed: LISTED });
    tried.crash('a');
    await tried.finish();
    const kept = [...tried.journal.values].map(([key, value]) => {
      if (!key.startsWith('workspace:')) return [key, value] as const;
      const { rollbacks: _, ...older } = value as Record<string, unknown>;
      return [key, older] as const;
    });
    const next = await startedWorld({ listed: LISTED, kept: new Map(kept) });
    next.engine.commit();
    expect(next.engine.store.getState().workspaces[0]).toMatchObject({
      rollbacks: [],
      lastSnapshot: { id: tried.requests[0]?.snapshot },
    });
  });
});
