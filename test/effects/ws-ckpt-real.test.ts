import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/core/snapshots.ts';
import { planInit } from '../../src/effects/ws-ckpt/init.ts';
import { wsCkpt } from '../../src/effects/ws-ckpt/index.ts';
import { openEngine } from '../../src/engine/wire.ts';
import { engineConfig } from '../helpers/engine-config.ts';
import { until } from '../helpers/until.ts';
import { requestFor } from '../helpers/ws-ckpt-stand-in.ts';
import { worded } from '../helpers/reasons.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const BINARY = 'ws-ckpt';

/** Only where a daemon answers: makes one workspace of its own and takes it away again. */
describe.skipIf(!daemonAnswers())('the real ws-ckpt', () => {
  const never = new AbortController().signal;
  const control = { abort: never, stopping: never };
  let dir = '';
  let workspace = '';

  beforeAll(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-ws-ckpt-real-')));
    workspace = join(dir, 'my proj');
    mkdirSync(workspace);
    writeFileSync(join(workspace, 'a'), 'one');
    wsCkptCli('init', `--workspace=${workspace}`);
  });
  afterAll(() => {
    wsCkptCli('recover', `--workspace=${workspace}`, '--force');
    removeTree(dir);
  });

  const request = (snapshot: string, runId: string): ReturnType<typeof requestFor> =>
    requestFor(workspace, { snapshot, runId });

  test('a managed workspace is available', async () => {
    const found = await wsCkpt({ workspace }).probe();
    expect(found).toMatchObject({ state: 'available', usedRatio: expect.any(Number) });
  });

  test('a checkpoint is made, found by its run, and a second one with its id gets a suffix', async () => {
    const subject = wsCkpt({ workspace });
    const first = await subject.checkpoint({ ...request('auto-real', 'r1'), message: '- dash $(x)' }, control);
    expect(first).toMatchObject({ type: 'created', snapshot: 'auto-real', late: false });
    const second = await subject.checkpoint(request('auto-real', 'r2'), control);
    expect(second).toMatchObject({ type: 'created', snapshot: 'auto-real-2' });
    expect(await subject.lookUp({ snapshot: 'auto-real', runId: 'r2' })).toMatchObject({ snapshot: 'auto-real-2' });
    const list = await subject.list();
    expect(list.ok && list.value.map(({ id, message }) => [id, message])).toEqual([
      ['auto-real', '- dash $(x)'],
      ['auto-real-2', request('', '').message],
    ]);
  });

  test('somebody else’s snapshot is told', async () => {
    const seen: Snapshot[] = [];
    const controller = new AbortController();
    wsCkpt({ workspace }).watch((snapshot) => seen.push(snapshot), controller.signal);
    let made = 0;
    await until(() => {
      wsCkptCli('checkpoint', `--workspace=${workspace}`, `--id=theirs-${(made += 1)}`, '--metadata={"auto":true}');
      return seen.length > 0;
    });
    controller.abort();
    expect(seen[0]).toMatchObject({ metadata: { auto: true } });
  });

  test('a change is shown by diff and undone by rollback', async () => {
    const subject = wsCkpt({ workspace });
    await subject.checkpoint(request('before', 'r3'), control);
    writeFileSync(join(workspace, 'b'), 'two');
    await until(async () => (await subject.checkpoint(request('after', 'r4'), control)).type === 'created');
    expect(await subject.diff('before', 'after')).toMatchObject({
      ok: true,
      value: { text: expect.stringContaining('b') },
    });
    expect(await subject.rollback('before')).toMatchObject({ ok: true });
    expect(() => realpathSync(join(workspace, 'b'))).toThrow('ENOENT');
    expect(await subject.remove('after')).toMatchObject({ ok: true });
    expect(await subject.rollback('after')).toMatchObject({ ok: false });
  });

  test('the plan of an init says how much there is to copy, and how much room', async () => {
    const folder = join(dir, 'to be managed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'one');
    const plan = await planInit(folder, { occupants: [], unreadable: 0, complete: true });
    expect(plan.refusals).toEqual([]);
    expect(plan.effects[0]).toMatch(/holds 1 file, 1 kB; ws-ckpt's store has \S+ \S+ free of \S+ \S+$/);
    expect(realpathSync(folder)).toBe(folder);
  });

  test('its own init and rollback keep the pin; a swapped link is refused until it is pinned again', async () => {
    const folder = join(dir, 'pinned');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'one');
    const where = { checkpointer: 'auto', timeoutMs: 20_000, stateDir: join(dir, 'state'), mode: 'auto' } as const;
    const config = engineConfig(folder, { ...where, sources: ['jsonl:/none'] });
    const options = { evict: true, takeOver: false, commitMs: null, deps: { feeds: () => [] } };
    const engine = await openEngine(config, options, () => undefined);
    const problem = () => {
      engine.commit();
      return engine.store.getState().workspaces[0]?.availability.problem?.code;
    };
    await engine.start();
    await until(() => {
      engine.commit();
      const run = engine.store.getState().workspaces[0]?.run;
      return run === null && readdirSync(join(dir, 'state')).includes('pins');
    }, 20_000);
    expect(await engine.intents.init(folder)).toMatchObject({ ok: true });
    expect([engine.checkpointer(folder)?.name, problem()]).toEqual(['ws-ckpt', undefined]);
    expect([isLocked(folder), openFolders(folder)]).toEqual([true, [realpathSync(folder)]]);
    const made = await engine.checkpointer(folder)?.checkpoint(requestFor(folder, { snapshot: 'pinned-1' }), control);
    expect(made).toMatchObject({ type: 'created' });
    expect(await engine.intents.rollback(folder, 'pinned-1')).toMatchObject({ ok: true });
    expect(problem()).toBe(undefined);
    // The folder before is let go of, so that btrfs can clean up; the one that took its place is locked.
    expect([isLocked(folder), openFolders(folder)]).toEqual([true, [realpathSync(folder)]]);

    const target = readlinkSync(folder);
    mkdirSync(join(dir, 'fake', basename(target)), { recursive: true });
    renameSync(folder, `${folder}.bak`);
    symlinkSync(join(dir, 'fake', basename(target)), folder);
    const blocked = await engine.checkpointer(folder)?.checkpoint(requestFor(folder, { snapshot: 'p-2' }), control);
    expect(blocked).toMatchObject({ type: 'unavailable' });
    expect(await engine.intents.rollback(folder, 'pinned-1')).toMatchObject({ ok: false });
    rmSync(folder);
    renameSync(`${folder}.bak`, folder);
    const again = await engine.checkpointer(folder)?.checkpoint(requestFor(folder, { snapshot: 'p-3' }), control);
    expect(again).toMatchObject({ type: 'created' });
    await engine.close();
    wsCkptCli('recover', `--workspace=${folder}`, '--force');
  }, 60_000);

  test('a directory that is not managed is left as it is', async () => {
    const plain = join(dir, 'plain');
    mkdirSync(plain);
    const made = await wsCkpt({ workspace: plain }).checkpoint(requestFor(plain), control);
    expect(worded(made)).toMatchObject({ type: 'unavailable', reason: expect.stringContaining('ws-ckpt init') });
    expect(realpathSync(plain)).toBe(plain);
  });
});

function isLocked(folder: string): boolean {
  return spawnSync('flock', ['-n', folder, 'true']).status === 1;
}

/** What this process holds open of all that ever lay behind the workspace's link. */
function openFolders(workspace: string): readonly string[] {
  const name = basename(readlinkSync(workspace));
  return readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    })
    .filter((path) => path.includes(name) || path.includes(workspace));
}

function wsCkptCli(...args: string[]): string {
  return execFileSync(BINARY, args, { cwd: '/', encoding: 'utf8', timeout: 20_000 });
}

function daemonAnswers(): boolean {
  try {
    return wsCkptCli('status').includes('Daemon');
  } catch {
    return false;
  }
}
