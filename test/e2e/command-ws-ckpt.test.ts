import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const answers = spawnSync('ws-ckpt', ['status']).status === 0;
const wsCkpt = (...args: readonly string[]): string => execFileSync('ws-ckpt', args, { encoding: 'utf8' });

/** Only where a daemon answers: makes one workspace of its own and takes it away again. */
describe.skipIf(!answers || !CAN_ISOLATE)('the commands on a workspace of the real ws-ckpt', () => {
  test('take, list, restore and delete go through its tool, and what it cannot is refused with the reason', async () => {
    const world = await commandWorld();
    const workspace = join(tempDir(), 'my proj');
    mkdirSync(workspace);
    writeFileSync(join(workspace, 'a'), 'one');
    wsCkpt('init', `--workspace=${workspace}`);
    onTestFinished(() => void wsCkpt('recover', `--workspace=${workspace}`, '--force'));
    const run = (...args: readonly string[]) => {
      const end = args.includes('--') ? args.indexOf('--') : args.length;
      const where = ['--workspace', workspace, '--state-dir', world.stateDir];
      return world.run([...args.slice(0, end), ...where, ...args.slice(end)], { bare: true });
    };
    const taken = await run('checkpoint', '--json');
    expect(taken.json()).toMatchObject({ ok: true, outcome: 'created', workspace });
    const id = String(taken.json()['snapshot']);
    writeFileSync(join(workspace, 'a'), 'two');
    await until(() => spawnSync('ws-ckpt', ['checkpoint', `--workspace=${workspace}`, '--id=theirs']).status === 0);
    const listed = (await run('snapshots', 'list', '--json')).json()['snapshots'];
    expect(listed).toMatchObject([
      { snapshot: 'theirs', maker: 'unknown' },
      { snapshot: id, maker: 'sightline', kind: 'manual' },
    ]);
    const path = await run('snapshots', 'restore', id, '--yes', '--json', '--', 'a');
    expect(path).toMatchObject({ code: 1 });
    expect(path.json()).toMatchObject({ code: 'incapable' });
    expect(path.errors).toContain('ws-ckpt cannot restore single paths, only the whole workspace; git can');
    const { plan } = (await run('snapshots', 'restore', id, '--json')).json() as { plan: { confirmation: string } };
    const restored = await run('snapshots', 'restore', id, '--confirm', plan.confirmation, '--json');
    expect(restored.json()).toMatchObject({ ok: true, outcome: 'restored' });
    expect(readFileSync(join(workspace, 'a'), 'utf8')).toBe('one');
    expect(await run('snapshots', 'delete', 'theirs', '--yes')).toMatchObject({ code: 2 });
    expect(await run('snapshots', 'delete', 'theirs', '--confirm', 'theirs')).toMatchObject({ code: 0 });
    // Only a whole id: 0.3.2 itself takes a prefix.
    expect(await run('snapshots', 'delete', id.slice(0, -1), '--yes')).toMatchObject({ code: 1 });
    expect(await run('snapshots', 'delete', id, '--yes')).toMatchObject({ code: 0 });
  });
});
