import { engineConfig } from '../helpers/engine-config.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Engine, EngineEvent } from '../../src/engine/types.ts';
import { openEngine } from '../../src/engine/wire.ts';
import { removeTree, tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { lineOf } from '../../src/commands/headless/lines.ts';
import { wordRefusal } from '../../src/wording/refusals.ts';
import { lines, worded } from '../helpers/reasons.ts';

/** An engine over the real world (git, locks, processes), without a feed. */
async function openReal(workspace: string, stateDir: string): Promise<{ engine: Engine; events: EngineEvent[] }> {
  const config = engineConfig(workspace, { checkpointer: 'git', timeoutMs: 20_000, stateDir });
  const options = { evict: true, takeOver: false, commitMs: null, deps: { feeds: () => [] } };
  const engine = await openEngine({ ...config, sources: ['jsonl:/none'] }, options, () => undefined);
  const events: EngineEvent[] = [];
  engine.listen((event) => events.push(event));
  onTestFinished(() => engine.close());
  await engine.start();
  return { engine, events };
}

test('with git and real processes: planned, a checkpoint before it, rolled back, said, and gone back from', async () => {
  const workspace = join(tempDir(), 'ws');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'plan.txt'), 'before');
  const { engine, events } = await openReal(workspace, tempDir());
  engine.intents.checkpoint(workspace, { reason: 'a start' });
  await until(() => events.some((event) => event.type === 'notice' && event.notice.type === 'ended'), 30_000);
  const snapshots = async () => {
    const listed = await engine.queries.snapshots(workspace);
    return listed.ok ? listed.value : expect.fail(String(worded(listed.reason)));
  };
  const [first] = await snapshots();
  expect(first).toMatchObject({ maker: 'sightline', kind: 'manual', message: expect.stringContaining('a start') });
  const id = first?.id ?? '';

  writeFileSync(join(workspace, 'plan.txt'), 'after');
  writeFileSync(join(workspace, 'new.txt'), 'new');
  const child = spawn('sh', ['-c', 'echo ready; read line'], { cwd: workspace });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const plan = await engine.queries.rollbackPlan(workspace, id);
  expect(plan).toMatchObject({
    ok: true,
    value: { changes: 2, unsaved: 2, refusals: [], confirmation: expect.stringMatching(/^\d{6}$/) },
  });
  expect(plan.ok && plan.value.preview).toMatchObject({ ok: true, value: expect.stringContaining('new.txt') });
  expect(plan.ok && lines(plan.value.warnings)).toContain(`(pid ${child.pid}) works inside`);

  expect(await engine.intents.rollback(workspace, id, { checkpointFirst: true })).toMatchObject({ ok: true });
  expect(readFileSync(join(workspace, 'plan.txt'), 'utf8')).toBe('before');
  expect(events.at(-1)).toMatchObject({ notice: { type: 'operator', action: 'rollback', target: workspace } });

  const [saved] = await snapshots();
  expect(saved?.message).toContain(`manual: before rollback to ${id}`);
  expect(await engine.intents.rollback(workspace, saved?.id ?? '')).toMatchObject({ ok: true });
  expect(readFileSync(join(workspace, 'new.txt'), 'utf8')).toBe('new');

  expect(await engine.intents.remove(workspace, id)).toMatchObject({ ok: true });
  expect((await snapshots()).map((one) => one.id)).toEqual([saved?.id]);
});

/** A workspace whose nested repository is gone since its one snapshot, of that id. */
async function lostRepository() {
  const workspace = join(tempDir(), 'ws');
  mkdirSync(join(workspace, 'lib/.git'), { recursive: true });
  writeFileSync(join(workspace, 'lib/.git/HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(workspace, 'a'), 'one');
  const { engine, events } = await openReal(workspace, tempDir());
  engine.intents.checkpoint(workspace, {});
  await until(() => events.some((event) => event.type === 'notice' && event.notice.type === 'ended'));
  const listed = await engine.queries.snapshots(workspace);
  const id = listed.ok ? (listed.value[0]?.id ?? '') : '';
  removeTree(join(workspace, 'lib'));
  return { workspace, engine, events, id };
}

test('what still writes during a rollback is counted at its end, where only history is lost, too', async () => {
  const { workspace, engine, id } = await lostRepository();
  let written = 0;
  const writing = setInterval(() => {
    written += 1;
    writeFileSync(join(workspace, `new-${written}`), 'x');
  }, 5);
  onTestFinished(() => clearInterval(writing));
  const result = await engine.intents.rollback(workspace, id);
  expect(result).toMatchObject({ ok: false, partial: { notRestored: [{ what: 'history' }] } });
  engine.commit();
  const [rollback] = engine.store.getState().workspaces[0]?.rollbacks ?? [];
  expect(rollback?.changedSince).toBeGreaterThan(0);
  expect(!result.ok && wordRefusal(result.reason)).toContain(`; ${rollback?.changedSince} file`);
});

test('a rollback that is done but for a repository is told to programs as an action, for it has changed files', async () => {
  const { workspace, engine, events, id } = await lostRepository();
  writeFileSync(join(workspace, 'a'), 'two');
  const operators = () => events.flatMap((event) => lineOf(event, { history: false }) ?? []).slice(-1);
  expect(await engine.intents.rollback(workspace, 'no-such')).toMatchObject({ ok: false });
  expect(operators()).toMatchObject([{ kind: 'checkpoint' }]);
  const by = { user: 'ops', tty: null, claimed: true } as const;
  expect(await engine.dispatch({ type: 'rollback', workspace, snapshot: id, by })).toMatchObject({ ok: false });
  expect(readFileSync(join(workspace, 'a'), 'utf8')).toBe('one');
  expect(operators()).toMatchObject([
    { kind: 'operator', action: 'rollback', target: workspace, reason: expect.stringContaining('in part'), by },
  ]);
});
