import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { isAlive } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';
import { attempt, control, leftovers, makePlace, type Place, request, treeOf } from './place.ts';
import { worded } from '../../helpers/reasons.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A `git` that does `script` for fast-import, and is the real one else. */
function replaceGit(place: Place, script: string): void {
  const bin = join(place.dir, 'bin');
  mkdirSync(bin);
  const real = (process.env['PATH'] ?? '').split(':').find((dir) => existsSync(join(dir, 'git')));
  writeFileSync(
    join(bin, 'git'),
    `#!/bin/sh\nif [ "$1" = fast-import ]; then\n${script}\nfi\nexec ${real}/git "$@"\n`,
    {
      mode: 0o755,
    },
  );
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
}

function child(place: Place, times = 1): ChildProcess & { readonly lines: string[] } {
  const fixture = join(import.meta.dirname, '../../fixtures/children/makes-git-snapshot.ts');
  const started = spawn(process.execPath, [fixture, place.workspace, place.storeDir, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  const lines: string[] = [];
  started.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trimEnd().split('\n')));
  return Object.assign(started, { lines });
}

async function nothingIsLeft(place: Place): Promise<void> {
  await until(() => leftovers(place).length === 0);
}

test('a git that hangs and ignores SIGTERM is killed at the deadline and leaves nothing', async () => {
  const place = makePlace();
  place.write('a', 'x');
  replaceGit(place, `trap '' TERM\necho $$ > ${place.dir}/pid\nsleep 600 &\necho $! > ${place.dir}/pid2\nwait\nwait`);
  const outcome = await attempt(place, 'auto-1', 500);
  expect(outcome).toMatchObject({ type: 'timed_out' });
  expect(outcome.durationMs).toBeGreaterThanOrEqual(500);
  for (const file of ['pid', 'pid2']) {
    const pid = Number(readFileSync(join(place.dir, file), 'utf8'));
    await until(() => !isAlive(pid));
  }
  await nothingIsLeft(place);
  expect(await place.checkpointer.list()).toEqual({ ok: true, value: [] });
});

test('an abort ends the run at once, outcome unknown, and no snapshot comes of it', async () => {
  const place = makePlace();
  place.write('a', 'x');
  replaceGit(place, `echo $$ > ${place.dir}/pid\nsleep 600`);
  const abort = new AbortController();
  const running = place.checkpointer.checkpoint(request(place.workspace, 'auto-1'), control({ abort: abort.signal }));
  await until(() => existsSync(join(place.dir, 'pid')));
  abort.abort();
  expect(await running).toMatchObject({ type: 'unknown' });
  await nothingIsLeft(place);
  expect(await place.checkpointer.lookUp({ snapshot: 'auto-1', runId: 'run-of-auto-1' })).toEqual({ type: 'absent' });
});

test("a git that fails says why, with its exit code; the next one's success is not hindered", async () => {
  const place = makePlace();
  place.write('a', 'x');
  replaceGit(
    place,
    `if [ ! -e ${place.dir}/failed ]; then touch ${place.dir}/failed; echo 'fatal: \u001b[31mno luck' >&2; exit 128; fi`,
  );
  expect(worded(await attempt(place, 'auto-1'))).toMatchObject({
    type: 'failed',
    exitCode: 128,
    reason: 'fatal: no luck',
  });
  expect(leftovers(place)).toEqual([]);
  expect(await attempt(place, 'auto-2')).toMatchObject({ type: 'created', snapshot: 'auto-2' });
});

test('a deadline that passes while another run is under way settles as timed out', async () => {
  const place = makePlace();
  place.write('a', 'x');
  replaceGit(place, `while [ ! -e ${place.dir}/go ]; do sleep 0.05; done`);
  const first = attempt(place, 'auto-1');
  await breathe();
  expect(await attempt(place, 'auto-2', 100)).toMatchObject({ type: 'timed_out' });
  writeFileSync(join(place.dir, 'go'), '');
  expect(await first).toMatchObject({ type: 'created', snapshot: 'auto-1' });
  expect(await attempt(place, 'auto-3')).toMatchObject({ type: 'created', snapshot: 'auto-3' });
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  '%s of our process in the middle leaves no half snapshot and hinders nobody',
  async (signal) => {
    const place = makePlace();
    for (let index = 0; index < 60; index += 1) place.write(`f${index}`, Buffer.alloc(1_000_000, `${index} `));
    const running = child(place);
    await until(() =>
      runs(place).some(
        (name) => existsSync(join(name, 'objects/pack')) && readdirSync(join(name, 'objects/pack')).length > 0,
      ),
    );
    running.kill(signal);
    await once(running, 'exit');
    expect(running.lines).toEqual(['ready']);
    expect(await place.checkpointer.list()).toEqual({ ok: true, value: [] });
    const before = treeOf(place.workspace);
    expect(await place.snapshot('auto-1')).toBe('auto-1');
    await nothingIsLeft(place);
    rmSync(place.path('f1'));
    expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
    expect(treeOf(place.workspace)).toEqual(before);
  },
);

test('processes that snapshot one workspace into one store at once all succeed, each under an id of its own', async () => {
  const place = makePlace();
  for (let index = 0; index < 50; index += 1) place.write(`f${index}`, `content ${index}`);
  const children = [child(place, 4), child(place, 4), child(place, 4)];
  for (let round = 0; children.some(({ exitCode }) => exitCode === null); round += 1) {
    place.write(`f${round % 50}`, `changed ${round}`);
    await breathe();
  }
  const outcomes = children
    .flatMap(({ lines }) => lines.slice(1))
    .map((line) => JSON.parse(line) as { type: string; snapshot: string });
  expect(outcomes.filter(({ type }) => type !== 'created')).toEqual([]);
  expect(new Set(outcomes.map(({ snapshot }) => snapshot)).size).toBe(12);
  await nothingIsLeft(place);
  for (const { snapshot } of outcomes) expect(await place.checkpointer.rollback(snapshot)).toMatchObject({ ok: true });
});

test('files that grow, shrink, vanish and turn into something else while a snapshot is made do not make it fail', async () => {
  const place = makePlace();
  for (let index = 0; index < 300; index += 1) place.write(`stable/f${index}`, Buffer.alloc(20_000, `${index}`));
  place.write('large', Buffer.alloc(8_000_000, 'x'));
  const enough = new AbortController();
  const restless = (async () => {
    for (let round = 0; !enough.signal.aborted; round += 1) {
      appendFileSync(place.path('growing'), 'line\n'.repeat(100));
      truncateSync(place.path('large'), round % 2 === 0 ? 1_000 : 8_000_000);
      place.write(`coming/and/going/${round % 7}`, 'x');
      if (round % 5 === 0) removeTree(place.path('coming'));
      removeTree(place.path('kind'));
      if (round % 2 === 0) place.write('kind', 'x');
      else mkdirSync(place.path('kind'));
      await breathe();
    }
  })();
  const made: string[] = [];
  for (let round = 0; round < 5; round += 1) made.push(await place.snapshot(`auto-${round}`));
  enough.abort();
  await restless;
  const stable = [...treeOf(place.path('stable'))];
  for (const id of made) {
    expect(await place.checkpointer.rollback(id)).toMatchObject({ ok: true });
    expect([...treeOf(place.path('stable'))]).toEqual(stable);
  }
  expect(leftovers(place)).toEqual([]);
});

test('what could fill the disk is refused before it is begun', async () => {
  const place = makePlace({ maxFileMb: Infinity });
  place.write('sparse', 'x');
  truncateSync(place.path('sparse'), 1.5e13);
  expect(worded(await attempt(place, 'auto-1'))).toMatchObject({
    type: 'guarded',
    reason: expect.stringMatching(
      /^up to 15 TB would have to be stored, .* takes .* [TGM]B: exclude .* free space: git --git-dir=/u,
    ),
  });
  expect(leftovers(place)).toEqual([]);
});

test("an automatic snapshot keeps below the limit of the guard; the operator's may use what there is", async () => {
  const place = makePlace({ maxUsedRatio: 0 });
  place.write('a', 'x');
  expect(worded(await attempt(place, 'auto-1'))).toMatchObject({
    type: 'guarded',
    reason: expect.stringContaining('before it is 0 % full'),
  });
  expect(leftovers(place)).toEqual([]);
  expect(await place.snapshot('manual-1', { auto: false, type: 'manual' })).toBe('manual-1');
});

function runs(place: Place): readonly string[] {
  const git = join(place.storeDir, 'git');
  const stores = existsSync(git) ? readdirSync(git) : [];
  return stores.flatMap((store) => {
    const dir = join(git, store, 'runs');
    return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
  });
}
