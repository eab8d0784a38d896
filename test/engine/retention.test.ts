import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CheckpointMetadata, Checkpointer } from '../../src/core/snapshots.ts';
import { gitCheckpointer } from '../../src/effects/git/index.ts';
import { keepNewestTurns } from '../../src/engine/workspaces/retention.ts';
import { World } from '../helpers/reactor.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const NEVER = new AbortController().signal;
const CONTROL = { abort: NEVER, stopping: NEVER };

/** A workspace with real snapshots; `keep` is small, so that only turns have a number of their own. */
async function given() {
  const workspace = tempDir();
  const file = join(workspace, 'a');
  const checkpointer = gitCheckpointer({ workspace, storeDir: tempDir(), keep: 2, exclude: null });
  let count = 0;
  const make = async (facts: Partial<CheckpointMetadata>): Promise<string> => {
    count += 1;
    writeFileSync(file, String(count));
    const base = { auto: true, type: 'reactive', tool: 'sightline', version: '0', host: 'here' } as const;
    const metadata = { ...base, run_id: `run-${count}`, ...facts };
    const request = {
      runId: `run-${count}`,
      workspace,
      snapshot: `auto-${count}`,
      message: 'm',
      metadata,
      timeoutMs: 60_000,
    };
    const outcome = await checkpointer.checkpoint(request, CONTROL);
    expect(outcome).toMatchObject({ type: 'created' });
    return `auto-${count}`;
  };
  return { workspace, file, checkpointer, make };
}

async function idsOf(checkpointer: Checkpointer): Promise<readonly string[]> {
  const listed = await checkpointer.list();
  return listed.ok ? listed.value.map(({ id }) => id) : [];
}

const TURN = { signal: 'turn_start', retention: 'turn_start' } as const;

test('only old snapshots of turns that were made here go, and at least one stays', async () => {
  const { workspace, checkpointer, make } = await given();
  const crash = await make({ signal: 'agent_crash' });
  const [first, second] = [await make(TURN), await make(TURN)];
  const others = await make({ ...TURN, host: 'there' });
  const manual = await make({ auto: false, type: 'manual' });
  const last = await make(TURN);
  const world = World.armed();
  const wanted = { workspace, host: 'here', keep: 2 };
  expect(await keepNewestTurns(checkpointer, () => world.state, wanted)).toBe(1);
  expect(await idsOf(checkpointer)).toEqual([crash, second, others, manual, last]);
  expect(await keepNewestTurns(checkpointer, () => world.state, { ...wanted, keep: 0 })).toBe(1);
  expect(await idsOf(checkpointer)).toEqual([crash, others, manual, last]);
  expect(first).not.toBe(second);
});

test('pinned ones stay, those of other signals too, and nothing is removed while something runs', async () => {
  const { workspace, checkpointer, make } = await given();
  const [one, two, three] = [await make(TURN), await make(TURN), await make(TURN)];
  const wanted = { workspace: '/ws', host: 'here', keep: 1 };
  const pinning: Checkpointer = {
    ...checkpointer,
    list: async () => {
      const listed = await checkpointer.list();
      return listed.ok
        ? { ok: true, value: listed.value.map((each) => ({ ...each, pinned: each.id === one })) }
        : listed;
    },
  };
  const running = World.armed({ workspaces: { agents: {}, processes: {}, fallback: '/ws' } });
  running.manual({}, '/ws');
  expect(await keepNewestTurns(pinning, () => running.state, wanted)).toBe(0);
  const used = World.armed({ trailing: false, workspaces: { agents: {}, processes: {}, fallback: '/ws' } }, 'auto', [
    '/ws',
  ]);
  used.crash();
  used.ends({ type: 'created', snapshot: two }, '/ws');
  expect(await keepNewestTurns(pinning, () => used.state, wanted)).toBe(0);
  expect(await idsOf(checkpointer)).toEqual([one, two, three]);
  expect(await keepNewestTurns(pinning, () => World.armed().state, { ...wanted, workspace })).toBe(1);
  expect(await idsOf(checkpointer)).toEqual([one, three]);
});

test('git makes no snapshot of what its newest one holds, where it is asked', async () => {
  const { workspace, file, checkpointer, make } = await given();
  const newest = await make(TURN);
  const base = { auto: true, type: 'reactive', tool: 'sightline', version: '0', host: 'here', run_id: 'r' } as const;
  const request = { runId: 'r', workspace, snapshot: 'auto-x', message: 'm', metadata: base, timeoutMs: 60_000 };
  const asked = { ...request, unlessUnchanged: true } as const;
  expect(await checkpointer.checkpoint(asked, CONTROL)).toMatchObject({ type: 'unchanged', snapshot: newest });
  expect(await idsOf(checkpointer)).toEqual([newest]);
  expect(await checkpointer.checkpoint(request, CONTROL)).toMatchObject({ type: 'created', snapshot: 'auto-x' });
  writeFileSync(file, 'other');
  const changed = { ...asked, snapshot: 'auto-y' };
  expect(await checkpointer.checkpoint(changed, CONTROL)).toMatchObject({ type: 'created', snapshot: 'auto-y' });
});
