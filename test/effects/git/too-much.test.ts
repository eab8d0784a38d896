import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Outcome } from '../../../src/core/snapshots.ts';
import { attempt, leftovers, makePlace, type Place, treeOf } from './place.ts';
import { worded } from '../../helpers/reasons.ts';

afterEach(() => void vi.unstubAllEnvs());

const MB = 1024 * 1024;

/** A git whose import takes so many bytes a second. */
function slowImport(place: Place, bytesPerSecond: number): void {
  const bin = join(place.dir, 'bin');
  mkdirSync(bin);
  const script = `
    import { spawn } from 'node:child_process';
    const env = { ...process.env, PATH: process.env.PATH.split('${delimiter}').slice(1).join('${delimiter}') };
    const args = process.argv.slice(2);
    const isImport = args[0] === 'fast-import';
    const git = spawn('git', args, { env, stdio: [isImport ? 'pipe' : 'inherit', 'inherit', 'inherit'] });
    git.on('exit', (code) => process.exit(code ?? 1));
    if (isImport) {
      for await (const chunk of process.stdin) {
        if (chunk.length > 10_000) await new Promise((done) => setTimeout(done, (chunk.length * 1000) / ${bytesPerSecond}));
        if (!git.stdin.write(chunk)) await new Promise((done) => git.stdin.once('drain', done));
      }
      git.stdin.end();
    }`;
  writeFileSync(join(bin, 'slow.mjs'), script);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\nexec ${process.execPath} ${join(bin, 'slow.mjs')} "$@"\n`, {
    mode: 0o755,
  });
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`);
}

test('two files that take longer than the deadline are named, read on, and in a later snapshot', async () => {
  const place = makePlace();
  place.write('small', 'x');
  const disarm = new AbortController();
  onTestFinished(() => disarm.abort());
  expect(await place.checkpointer.prepare(() => undefined, disarm.signal)).toMatchObject({ ok: true });
  place.write('first.bin', Buffer.alloc(24 * MB, 'one '));
  place.write('second.bin', Buffer.alloc(20 * MB, 'two '));
  slowImport(place, 12 * MB);
  const outcomes: Outcome[] = [];
  for (let round = 1; round <= 12 && outcomes.at(-1)?.type !== 'created'; round += 1)
    outcomes.push(await attempt(place, `auto-${round}`, 1_500));
  expect(outcomes[0]).toMatchObject({ type: 'timed_out' });
  expect(worded(outcomes[0])).toMatchObject({
    reason: expect.stringMatching(/the largest first\.bin \(25 MB\), second\.bin \(21 MB\).*reading goes on/u),
  });
  expect(worded(outcomes[0])).toMatchObject({
    reason: expect.stringMatching(/--timeout.*git\.max_file_mb, git\.exclude/u),
  });
  expect(outcomes.at(-1)).toMatchObject({ type: 'created' });
  const before = treeOf(place.workspace);
  place.write('first.bin', 'lost');
  vi.unstubAllEnvs();
  expect(await place.checkpointer.rollback(`auto-${outcomes.length}`)).toMatchObject({ ok: true });
  expect(treeOf(place.workspace)).toEqual(before);
  expect(leftovers(place)).toEqual([]);
});

test('nothing is read on where the engine is not armed', async () => {
  const place = makePlace();
  place.write('first.bin', Buffer.alloc(24 * MB, 'one '));
  slowImport(place, 12 * MB);
  const outcome = await attempt(place, 'auto-1', 1_000);
  expect(outcome).toMatchObject({ type: 'timed_out', reason: expect.not.stringContaining('reading goes on') });
});
