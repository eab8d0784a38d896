import { describe, expect, test } from 'vitest';
import type { Checkpointer } from '../../src/core/snapshots.ts';
import type { Chosen } from '../../src/engine/deps.ts';
import { scriptedCheckpointer, WORKSPACE } from '../helpers/engine-parts.ts';
import { startedWorld } from '../helpers/engine-world.ts';
import { embedded, worded } from '../helpers/reasons.ts';

const PLAN = { workspace: WORKSPACE, effects: [], warnings: [], refusals: [], command: 'init', confirmation: 'ws' };

function named(name: Checkpointer['name'], listed: readonly { readonly id: string }[] = []) {
  const watched: string[] = [];
  const { checkpointer } = scriptedCheckpointer({
    listed,
    parts: {
      name,
      watch: (_onSnapshot, abort) => {
        watched.push('began');
        abort.addEventListener('abort', () => watched.push('ended'), { once: true });
      },
    },
  });
  return { checkpointer, watched };
}

/** A world in which git was chosen for a folder that ws-ckpt will manage once it is asked to. */
async function world(first: Omit<Chosen, 'checkpointer'> = { why: embedded('git, because'), canInit: true }) {
  const git = named('git', [{ id: 'of-git' }]);
  const wsCkpt = named('ws-ckpt', [{ id: 'of-ws-ckpt' }]);
  let isManaged = false;
  const started = await startedWorld({
    config: { mode: 'observe' },
    deps: {
      chooseCheckpointer: async () =>
        isManaged
          ? { checkpointer: wsCkpt.checkpointer, why: embedded('it manages it') }
          : { checkpointer: git.checkpointer, ...first },
      initializer: {
        plan: async () => PLAN,
        init: async () => {
          isManaged = true;
          return { ok: true, value: { code: 'initialized', workspace: WORKSPACE, id: 'ws-1', target: null } };
        },
      },
    },
  });
  const workspace = () => {
    started.engine.commit();
    return started.engine.store.getState().workspaces[0];
  };
  return { ...started, git, wsCkpt, workspace };
}

describe('ws-ckpt init where git was chosen by itself', () => {
  test('is offered, and from its end on ws-ckpt makes the checkpoints, which is said', async () => {
    const { engine, git, wsCkpt, workspace } = await world();
    expect(workspace()).toMatchObject({ canInit: true, snapshots: [{ id: 'of-git' }] });
    const done = await engine.intents.init(WORKSPACE);
    expect(worded(done)).toEqual({
      ok: true,
      value: `checkpoints are by ws-ckpt from now on: ${WORKSPACE} is managed by ws-ckpt as ws-1; restart what ran inside; the snapshots of git stay where they are, and --checkpointer git lists them`,
    });
    expect(engine.checkpointer(WORKSPACE)?.name).toBe('ws-ckpt');
    expect(workspace()).toMatchObject({
      canInit: false,
      why: embedded('it manages it'),
      snapshots: [{ id: 'of-ws-ckpt' }],
    });
    expect(git.watched).toEqual(['began', 'ended']);
    expect(wsCkpt.watched).toEqual(['began']);
  });

  test('is refused where git was asked for', async () => {
    const { engine, workspace } = await world({ why: { code: 'chosen', checkpointer: 'git' } });
    expect(workspace()?.canInit).toBe(false);
    expect(worded(await engine.intents.init(WORKSPACE))).toEqual({
      ok: false,
      reason: 'checkpoints of it are by git, as chosen; start with --checkpointer auto or ws-ckpt',
    });
  });
});
