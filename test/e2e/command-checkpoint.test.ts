import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const NOBODY = 65_534;
/** Root can become another user, and look at a folder of that one's. */
const CAN_BE_ANOTHER = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;

const MANUAL = expect.stringMatching(/^manual-\d{8}T\d{6}(-\d+)?$/u) as string;

describe.skipIf(!CAN_ISOLATE)('sightline checkpoint', () => {
  test('without an engine it takes the checkpoint itself and prints its id', async () => {
    const { run, workspace } = await commandWorld();
    const first = await run(['checkpoint', workspace, '--message', 'before the upgrade', '--json']);
    expect(first.code).toBe(0);
    expect(first.json()).toMatchObject({
      schema: 'sightline.result/1',
      command: 'checkpoint',
      engine: null,
      workspace,
      ok: true,
      outcome: 'created',
      snapshot: MANUAL,
      duration_ms: expect.any(Number) as number,
    });
    writeFileSync(join(workspace, 'notes.txt'), 'two\n');
    const second = await run(['checkpoint', workspace]);
    expect(second.out).toMatch(/^manual-\S+ \(\d.*, 1 file changed\)\n$/u);
  });

  test('through the engine of the workspace, which reports it with the person who asked', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    const done = await world.run(['checkpoint', '--message', 'by hand', '--json'], { bare: true });
    expect(done.json()).toMatchObject({
      ok: true,
      outcome: 'created',
      snapshot: MANUAL,
      engine: { pid: engine.child.pid, command: 'headless' },
    });
    const operator = await engine.line({ kind: 'operator', action: 'checkpoint' });
    expect(operator).toMatchObject({ target: world.workspace, reason: 'by hand', by: { claimed: true } });
    await engine.line({ kind: 'checkpoint', phase: 'ended', outcome: 'created', snapshot: done.json()['snapshot'] });
  });

  test('a workspace is the same by another path to it', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    const link = join(tempDir(), 'alias');
    symlinkSync(world.workspace, link);
    const done = await world.run(['checkpoint', link, '--json']);
    expect(done.json()).toMatchObject({ ok: true, workspace: world.workspace, engine: { pid: engine.child.pid } });
  });

  test('two engines of one workspace: exit 2 with the list, and --engine tells them apart', async () => {
    const world = await commandWorld();
    const [one, two] = await Promise.all([
      world.engine('observe'),
      world.engine('observe', ['--state-dir', tempDir()]),
    ]);
    const unclear = await world.run(['checkpoint', world.workspace, '--json']);
    expect(unclear.code).toBe(2);
    expect(unclear.json()).toMatchObject({ ok: false, code: 'several', candidates: [{ command: 'headless' }, {}] });
    for (const { child } of [one, two])
      expect(unclear.errors).toContain(`${world.workspace}  engine ${child.pid} (headless, observe)`);
    const clear = await world.run(['checkpoint', '--engine', String(two.child.pid), '--json']);
    expect(clear.json()).toMatchObject({ ok: true, engine: { pid: two.child.pid } });
  });

  test('an engine that does not have the workspace is no way to it, and one that is not there is exit 3', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    const other = tempDir();
    writeFileSync(join(other, 'a'), 'a');
    const refused = await world.run(['checkpoint', other, '--engine', String(engine.child.pid)]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.errors).toContain(`that engine does not have ${other}; it has:`);
    expect(await world.run(['checkpoint', other, '--json'])).toMatchObject({ code: 0 });
    const missing = await world.run(['checkpoint', '--engine', '4194304']);
    expect(missing).toMatchObject({ code: 3, out: '' });
    expect(missing.errors).toContain('no engine with pid 4194304 runs here');
  });

  test('nothing that could be meant is exit 2, as are a folder that is none, two folders and a hostile one', async () => {
    const { run, workspace } = await commandWorld();
    const texts: string[] = [];
    for (const args of [
      [],
      [join(workspace, 'absent')],
      [workspace, '--workspace', tempDir()],
      ['/'],
      ['a\nb'],
      ['../../../../..'],
      [workspace, '--', '--json'],
      [workspace, 'another'],
      ['--engine', '0', workspace],
    ]) {
      const done = await run(['checkpoint', ...args]);
      expect({ args, code: done.code, out: done.out }).toEqual({ args, code: 2, out: '' });
      texts.push(done.errors.split('\n')[0] ?? '');
    }
    expect(texts[0]).toContain('no workspace is configured, and no engine here has one: give --workspace DIR');
    expect(texts[2]).toContain('two workspaces are given');
    expect(texts[3]).toContain('is the root folder, not a workspace');
    expect(texts[6]).toContain('nothing may stand behind -- here; got 1 argument');
  });

  test('while an engine that cannot be reached acts there it is refused', async () => {
    const world = await commandWorld();
    const armed = await world.armed([], { env: world.env, launcher: world.launcher });
    // Its socket is gone; the lock of the workspace is not.
    await until(() => existsSync(world.socketOf(armed)));
    rmSync(world.socketOf(armed));
    const refused = await world.run(['checkpoint', world.workspace, '--state-dir', tempDir(), '--json']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.json()).toMatchObject({ ok: false, outcome: 'refused', code: 'acts_elsewhere' });
    expect(refused.errors).toContain(`another engine acts here: pid ${armed.child.pid}`);
  });

  test.runIf(CAN_BE_ANOTHER)(
    "root's engine is not another user's to steer, and where it acts nobody else does",
    async () => {
      const world = await commandWorld();
      const place = join(world.workspace, '..');
      const home = join(place, 'home');
      mkdirSync(home);
      for (const folder of [place, world.workspace]) chmodSync(folder, 0o755);
      for (const folder of [home, world.workspace, join(world.workspace, 'notes.txt')])
        chownSync(folder, NOBODY, NOBODY);
      const armed = await world.armed([], { env: world.env, launcher: world.launcher });
      await until(() => existsSync(world.socketOf(armed)));
      const [file, ...before] = world.launcher;
      const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
      const words = [...before.slice(0, -1), ...become, process.execPath, PROGRAM];
      const env = { ...cleanEnvironment(), ...world.env, HOME: home };
      const asOther = (...args: readonly string[]) =>
        spawnSync(file, [...words, ...args], { cwd: '/', env, encoding: 'utf8' });
      const taken = asOther('checkpoint', world.workspace, '--checkpointer', 'git');
      expect(taken).toMatchObject({ status: 1, stdout: '' });
      expect(taken.stderr).toContain(`another engine acts here: pid ${armed.child.pid} of root`);
      for (const args of [['mode'], ['checkpoint', '--engine', String(armed.child.pid)]]) {
        const { status, stderr } = asOther(...args);
        expect({ args, status }).toEqual({ args, status: 3 });
        expect(stderr).toContain(`root's engine with pid ${armed.child.pid} runs here: sudo sightline`);
      }
      // An engine of root acts on another user's folder with that user's rights.
      expect(await world.run(['checkpoint', world.workspace])).toMatchObject({ code: 0 });
    },
  );

  test.skipIf(process.getuid?.() === 0)('a state folder that cannot be written is named, exit 1', async () => {
    const world = await commandWorld();
    mkdirSync(world.stateDir, { recursive: true });
    chmodSync(world.stateDir, 0o500);
    const done = await world.run(['checkpoint', world.workspace, '--json']);
    expect(done.code).toBe(1);
    expect(done.json()).toMatchObject({ ok: false });
  });
});
