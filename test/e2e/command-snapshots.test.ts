import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandWorld, type CommandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import { until } from '../helpers/until.ts';

const notes = (world: CommandWorld): string => join(world.workspace, 'notes.txt');

/** Takes a checkpoint of the workspace as it is; its id. */
async function take(world: CommandWorld): Promise<string> {
  const done = await world.run(['checkpoint', world.workspace, '--json']);
  expect(done.code).toBe(0);
  return String(done.json()['snapshot']);
}

/** A snapshot that says one, a workspace that says two. */
async function changed(world: CommandWorld): Promise<string> {
  const first = await take(world);
  writeFileSync(notes(world), 'two\n');
  writeFileSync(join(world.workspace, 'new file.txt'), 'new\n');
  return first;
}

/** The command on the workspace of the world. */
const on = (world: CommandWorld, ...args: readonly string[]): readonly string[] => {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return ['snapshots', ...args.slice(0, end), '--workspace', world.workspace, ...args.slice(end)];
};

describe.skipIf(!CAN_ISOLATE)('sightline snapshots', () => {
  test('list, show and diff read the store, and write nothing where no engine runs', async () => {
    const world = await commandWorld();
    expect((await world.run(on(world, 'list'))).out).toBe('no snapshot\n');
    expect(readdirSync(world.workspace)).toEqual(['notes.txt']);
    const first = await changed(world);
    const second = await take(world);
    const journal = readFileSync(join(world.stateDir, 'journal.jsonl'));
    const listed = (await world.run(on(world, 'list', '--json'))).json();
    expect(listed).toMatchObject({ schema: 'sightline.snapshots/1', workspace: world.workspace });
    expect(listed['snapshots']).toMatchObject([
      { snapshot: second, maker: 'sightline', kind: 'manual', pinned: false, changed: { files: 2, added_lines: 2 } },
      { snapshot: first },
    ]);
    const shown = (await world.run(on(world, 'show', second, '--json'))).json();
    expect(shown).toMatchObject({
      schema: 'sightline.snapshot/1',
      snapshot: { snapshot: second },
      since: first,
      total: 2,
    });
    expect((await world.run(on(world, 'show', second))).out).toMatch(
      /2 files changed since .*\n {2}[AM] .*\n {2}[AM] /u,
    );
    const diff = (await world.run(on(world, 'diff', first, second, '--json'))).json();
    expect(diff).toMatchObject({ schema: 'sightline.diff/1', from: first, to: second, changes: 2 });
    const one = await world.run(on(world, 'diff', first, '--', 'notes.txt'));
    expect(one.out).toMatch(/^-one$[^]*^\+two$/mu);
    expect(one.out).not.toContain('new file');
    expect(readFileSync(join(world.stateDir, 'journal.jsonl'))).toEqual(journal);
  });

  test('restore shows its plan and asks for the typed word; then it takes a checkpoint and restores', async () => {
    const world = await commandWorld();
    const first = await changed(world);
    const planned = await world.run(on(world, 'restore', first, '--json'));
    expect(planned).toMatchObject({ code: 2 });
    const { plan } = planned.json() as { plan: { confirmation: string; effects: readonly string[] } };
    expect(plan).toMatchObject({
      snapshot: first,
      confirmation: expect.stringMatching(/^\d{6}/u) as string,
      checkpoint_first: true,
    });
    expect(planned.errors).toContain(`give --confirm ${plan.confirmation} to do it`);
    expect(await world.run(on(world, 'restore', first, '--confirm', '000000x'))).toMatchObject({ code: 2 });
    expect(await world.run(on(world, 'restore', first, '--dry-run'))).toMatchObject({ code: 0 });
    expect(readFileSync(notes(world), 'utf8')).toBe('two\n');
    const done = await world.run(on(world, 'restore', first, '--confirm', plan.confirmation, '--json'));
    expect(done.json()).toMatchObject({
      ok: true,
      outcome: 'restored',
      snapshot: first,
      counts: { restored: 1, deleted: 1 },
    });
    expect(readFileSync(notes(world), 'utf8')).toBe('one\n');
    const snapshots = (await world.run(on(world, 'list', '--json'))).json()['snapshots'];
    expect(snapshots).toMatchObject([{ kind: 'before_rollback', rollback_to: first }, { snapshot: first }]);
  });

  test('through an engine: its own guards, its lock, and what it reports', async () => {
    const world = await commandWorld();
    const first = await changed(world);
    const engine = await world.engine('observe');
    const plan = (await world.run(on(world, 'restore', first, '--json'))).json()['plan'] as { confirmation: string };
    const done = await world.run(on(world, 'restore', first, '--confirm', plan.confirmation, '--skip-checkpoint'));
    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain(`rolled back to ${first}`);
    expect(await engine.line({ kind: 'operator', action: 'rollback' })).toMatchObject({ by: { claimed: true } });
    const deleted = await world.run(on(world, 'delete', first, '--yes'));
    expect(deleted.out).toContain(`deleted ${first}`);
    expect(await engine.line({ kind: 'operator', action: 'delete' })).toMatchObject({ target: world.workspace });
  });

  test('restore of a file asks for --yes, takes a checkpoint, and leaves the rest as it is', async () => {
    const world = await commandWorld();
    const first = await changed(world);
    writeFileSync(join(world.workspace, '--yes'), 'x');
    const planned = await world.run(on(world, 'restore', first, '--json', '--', 'notes.txt'));
    expect(planned).toMatchObject({ code: 2 });
    expect(planned.json()).toMatchObject({ code: 'unconfirmed', plan: { restored: ['notes.txt'], deleted: [] } });
    // What stands behind -- is a path, and no confirmation.
    expect(await world.run(on(world, 'restore', first, '--', 'notes.txt', '--yes'))).toMatchObject({ code: 1 });
    expect(readFileSync(notes(world), 'utf8')).toBe('two\n');
    for (const path of ['../notes.txt', '/etc/passwd', '.', ''])
      expect(await world.run(on(world, 'restore', first, '--yes', '--', path))).toMatchObject({ code: 2, out: '' });
    const done = await world.run(on(world, 'restore', first, '--yes', '--json', '--', 'notes.txt'), { cwd: '/' });
    expect(done.json()).toMatchObject({ ok: true, outcome: 'restored', counts: { restored: 1, deleted: 0 } });
    expect(readFileSync(notes(world), 'utf8')).toBe('one\n');
    expect(existsSync(join(world.workspace, 'new file.txt'))).toBe(true);
    const snapshots = (await world.run(on(world, 'list', '--json'))).json()['snapshots'];
    expect(snapshots).toMatchObject([{ kind: 'before_rollback', rollback_to: first }, { snapshot: first }]);
    // That one does not hold what is written after it: a restore of the whole takes another.
    writeFileSync(notes(world), 'three\n');
    const whole = (await world.run(on(world, 'restore', first, '--json'))).json();
    expect(whole).toMatchObject({ code: 'unconfirmed', plan: { checkpoint_first: true } });
  });

  test('restore of a path from a shell inside the workspace, through its engine, which records it', async () => {
    const world = await commandWorld();
    mkdirSync(join(world.workspace, 'src'));
    writeFileSync(join(world.workspace, 'src/main.ts'), 'one\n');
    const first = await take(world);
    writeFileSync(join(world.workspace, 'src/main.ts'), 'two\n');
    const engine = await world.engine('observe');
    const args = ['snapshots', 'restore', first, '--yes', '--skip-checkpoint', '--', 'main.ts'];
    const done = await world.run(args, { cwd: join(world.workspace, 'src'), bare: true });
    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain(`restored src/main.ts from ${first}`);
    expect(readFileSync(join(world.workspace, 'src/main.ts'), 'utf8')).toBe('one\n');
    expect(await engine.line({ kind: 'operator', action: 'restore' })).toMatchObject({
      target: world.workspace,
      reason: expect.stringContaining('src/main.ts') as string,
      by: { claimed: true },
    });
  });

  test('a deletion is seen at once on a screen that shows the snapshots', async () => {
    const world = await commandWorld();
    const first = await changed(world);
    await world.engine('observe');
    const screen = world.console();
    await screen.shows('ATTACHED headless');
    screen.press('5');
    await screen.shows(first.slice('manual-20261130T'.length));
    await world.run(on(world, 'delete', first, '--yes'));
    await screen.shows('no snapshot yet: c takes one');
  });

  test('delete asks for --yes, for the id of what others made, and never deletes what is pinned', async () => {
    const world = await commandWorld();
    const ours = await take(world);
    const asked = await world.run(on(world, 'delete', ours));
    expect(asked).toMatchObject({ code: 2 });
    expect(asked.errors).toContain('give --yes to delete it');
    expect(await world.run(on(world, 'delete', ours, '--yes', '--json'))).toMatchObject({ code: 0 });
    expect((await world.run(on(world, 'delete', ours, '--yes', '--json'))).json()).toMatchObject({
      code: 'no_snapshot',
    });
  });

  test('hostile ids and values reach neither git nor another snapshot', async () => {
    const world = await commandWorld();
    const first = await take(world);
    for (const id of [
      first.slice(0, -1),
      '',
      '..',
      '../HEAD',
      'refs/heads/x',
      `${first}\n`,
      '-x'.repeat(3),
      '*',
      'x'.repeat(4_000),
    ]) {
      const args = id.startsWith('-') ? on(world, 'delete', '--yes', '--', id) : on(world, 'delete', id, '--yes');
      const done = await world.run(args);
      expect({ id: id.slice(0, 20), code: done.code, out: done.out }).toEqual({
        id: id.slice(0, 20),
        code: id === '' || id.startsWith('-') ? 2 : 1,
        out: '',
      });
    }
    for (const command of ['show', 'diff', 'restore'])
      expect(await world.run(on(world, command, '../../x'))).toMatchObject({ code: 1, out: '' });
    expect((await world.run(on(world, 'diff', first, '--', '../outside'))).out).toBe('');
    const listed = (await world.run(on(world, 'list', '--json'))).json()['snapshots'];
    expect(listed).toMatchObject([{ snapshot: first }]);
  });

  test('an engine that dies in the middle is said, exit 1', async () => {
    const world = await commandWorld();
    const begun = join(world.stateDir, '..', 'begun');
    const config = join(world.stateDir, '..', 'hangs.json');
    writeFileSync(config, JSON.stringify({ command: ['sh', '-c', `touch '${begun}'; sleep 60`] }));
    const slow = ['--config', config, '--checkpointer', 'command', '--timeout', '60'];
    const engine = await world.engine('observe', slow);
    await engine.line({ kind: 'started' });
    const waiting = world.run(['checkpoint', '--json'], { bare: true });
    await until(() => existsSync(begun));
    process.kill(engine.child.pid ?? 0, 'SIGKILL');
    const done = await waiting;
    expect(done).toMatchObject({ code: 1 });
    expect(done.json()).toMatchObject({ ok: false, code: 'engine_gone' });
    expect(done.errors).toContain('what was begun may have been done all the same');
  });
});
