import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandWorld, type CommandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

type Listed = readonly Readonly<Record<string, unknown>>[];

async function silences(world: CommandWorld): Promise<Listed> {
  return (await world.run(['silence', 'list', '--json'])).json()['silences'] as Listed;
}

describe.skipIf(!CAN_ISOLATE)('sightline silence', () => {
  test('without an engine it works on the state folder, and the next engine goes by it', async () => {
    const world = await commandWorld();
    const added = await world.run(['silence', 'add', '--agent', 'Hermes', '--for', '2h', '--reason', 'test', '--json']);
    expect(added.json()).toMatchObject({ schema: 'sightline.result/1', ok: true, engine: null, outcome: 'silenced' });
    const id = String(added.json()['silence_id']);
    expect(await silences(world)).toMatchObject([
      {
        id,
        matcher: { agent: 'Hermes', signal: null, conversation: null, workspace: null },
        reason: 'test',
        held_back: 0,
      },
    ]);
    const armed = await world.armed([], { env: world.env, launcher: world.launcher });
    await world.failedCall('process crashed', { call_id: 'a', agent_name: 'Hermes' });
    await armed.line({ kind: 'fate', fate: 'suppressed' });
    await armed.end('SIGTERM');
    expect(await silences(world)).toMatchObject([{ id, held_back: 1 }]);
    const [before] = await silences(world);
    expect(await world.run(['silence', 'extend', id, '--by', '1h'])).toMatchObject({ code: 0 });
    const [after] = await silences(world);
    expect(Date.parse(String(after?.['ends_at'])) - Date.parse(String(before?.['ends_at']))).toBe(3_600_000);
    const listed = await world.run(['silence', 'list']);
    expect(listed.out).toMatch(/ID +WHAT +LEFT +UNTIL +HELD BACK +BY +REASON/u);
    expect(listed.out).toContain('every signal of Hermes');
    expect((await world.run(['silence', 'end', id])).out).toBe(`${id} ended\n`);
    expect((await world.run(['silence', 'list'])).out).toBe('no silence\n');
  });

  test('through the engine that has the state folder, which notes who asked', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    const added = await world.run([
      'silence',
      'add',
      '--signal',
      'dead_loop',
      '--workspace',
      world.workspace,
      '--json',
    ]);
    expect(added.json()).toMatchObject({ ok: true, engine: { pid: engine.child.pid } });
    await engine.line({ kind: 'operator', action: 'silence', target: added.json()['silence_id'] });
    expect(await silences(world)).toMatchObject([{ matcher: { signal: 'dead_loop', workspace: world.workspace } }]);
    const ended = await world.run(['silence', 'end', String(added.json()['silence_id'])], { bare: true });
    expect(ended.code).toBe(0);
    const { by } = await engine.line({ kind: 'operator', action: 'unsilence' });
    expect(by).toMatchObject({ claimed: true });
  });

  test('a variable names the state folder as its option does, not the engine that happens to run', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    const env = { SIGHTLINE_STATE_DIR: join(tempDir(), 'other') };
    const elsewhere = await world.run(['silence', 'add', '--all', '--json'], { bare: true, env });
    expect(elsewhere.json()).toMatchObject({ ok: true, engine: null });
    expect(await silences(world)).toEqual([]);
    const here = await world.run(['silence', 'add', '--all', '--json'], {
      bare: true,
      env: { SIGHTLINE_STATE_DIR: world.stateDir },
    });
    expect(here.json()).toMatchObject({ ok: true, engine: { pid: engine.child.pid } });
  });

  test('says what is silenced, or is a usage error; what is not there is refused', async () => {
    const world = await commandWorld();
    const bare = await world.run(['silence', 'add']);
    expect(bare).toMatchObject({ code: 2, out: '' });
    expect(bare.errors).toContain('name what is silenced: --agent, --signal, --conversation or --workspace');
    expect(await world.run(['silence', 'add', '--all', '--agent', 'a'])).toMatchObject({ code: 2 });
    expect(await world.run(['silence', 'add', '--all', '--for', '31d'])).toMatchObject({ code: 2 });
    expect(await world.run(['silence', 'add', '--all', '--for', '1m'])).toMatchObject({ code: 0 });
    const hostile = ['--', '../../etc/passwd', 'a\nb', '\u001b[31m', 'x'.repeat(4_096)];
    for (const id of hostile) {
      const refused = await world.run(['silence', 'end', ...(id === '--' ? ['--', '--'] : [id])]);
      expect({ id: id.slice(0, 20), code: refused.code }).toEqual({ id: id.slice(0, 20), code: id === '--' ? 2 : 1 });
      expect(refused.errors).not.toContain('\u001b');
    }
    const engine = await world.engine('observe');
    expect(await world.run(['silence', 'end', 'x'.repeat(4_096)])).toMatchObject({ code: 1 });
    expect(await world.run(['silence', 'end', 'x'.repeat(4_097)])).toMatchObject({ code: 2 });
    expect(engine.child.exitCode).toBeNull();
  });

  test('a state folder whose process does not answer is refused, and so is one that cannot be written', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    rmSync(world.socketOf(engine));
    const refused = await world.run(['silence', 'add', '--all', '--json']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.json()).toMatchObject({ ok: false, code: 'state_in_use' });
    expect(refused.errors).toContain(`(process ${engine.child.pid})`);
    expect((await world.run(['silence', 'list'])).out).toBe('no silence\n');
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    const unusable = await world.run(['silence', 'add', '--all', '--state-dir', file, '--json'], { bare: true });
    expect(unusable).toMatchObject({ code: 1 });
    expect(unusable.json()).toMatchObject({ ok: false, code: 'state_refused' });
    expect(unusable.errors).toContain(`cannot write in the state folder ${file}`);
  });

  test.skipIf(process.getuid?.() === 0)('a read-only state folder keeps nothing, exit 1', async () => {
    const world = await commandWorld();
    mkdirSync(world.stateDir, { recursive: true });
    chmodSync(world.stateDir, 0o500);
    expect(await world.run(['silence', 'add', '--all', '--json'])).toMatchObject({ code: 1 });
  });
});

describe.skipIf(!CAN_ISOLATE)('sightline signals', () => {
  test('lists what an engine remembers, and the state folder after it; narrowed by fate, agent and age', async () => {
    const world = await commandWorld();
    const armed = await world.armed([], { env: world.env, launcher: world.launcher });
    await until(() => existsSync(world.socketOf(armed)));
    await world.failedCall('process crashed', { call_id: 'a', agent_name: 'Hermes' });
    const { signal_id: id, snapshot } = await armed.line({ kind: 'fate', fate: 'checkpointed' });
    const running = await world.run(['signals', '--json'], { bare: true });
    expect(running.json()).toMatchObject({ schema: 'sightline.signals/1' });
    expect(running.json()['signals']).toMatchObject([
      { signal_id: id, signal: 'agent_crash', agent: 'Hermes', fate: 'checkpointed', settled: true },
    ]);
    await armed.end('SIGKILL');
    const kept = await world.run(['signals'], { env: { COLUMNS: '200' } });
    expect(kept.out).toMatch(/AT +SEVERITY +SIGNAL +AGENT +FATE +ID +REASON/u);
    expect(kept.out).toContain(String(id));
    expect(kept.out).toContain(String(snapshot));
    for (const [args, count] of [
      [['--fate', 'checkpointed'], 1],
      [['--fate', 'failed'], 0],
      [['--agent', 'other'], 0],
      [['--since', '1h'], 1],
      [['--since', '0'], 0],
    ] as const) {
      const listed = (await world.run(['signals', '--json', ...args])).json()['signals'] as Listed;
      expect({ args, count: listed.length }).toEqual({ args, count });
    }
    expect(await world.run(['signals', '--fate', 'nonsense'])).toMatchObject({ code: 2 });
    expect((await world.run(['signals', '--fate', 'open'])).out).toBe('no signal\n');
  });
});

test.skipIf(!CAN_ISOLATE)('a state folder that cannot be read is no empty one', async () => {
  const world = await commandWorld();
  const stateDir = join(tempDir(), 'state');
  const lists = [['signals'], ['silence', 'list'], ['ack', '--list']];
  for (const args of lists)
    expect(await world.run([...args, '--state-dir', stateDir], { bare: true })).toMatchObject({ code: 0 });
  writeFileSync(stateDir, 'a file');
  for (const args of lists) {
    const done = await world.run([...args, '--state-dir', stateDir, '--json'], { bare: true });
    expect({ args, code: done.code }).toEqual({ args, code: 1 });
    expect(done.json()).toMatchObject({ ok: false, code: 'state_refused' });
    expect(done.errors).toContain(`cannot read the state folder ${stateDir}: it is not a folder`);
  }
});

test.skipIf(!CAN_ISOLATE)('an empty argument is not one that was left out', async () => {
  const world = await commandWorld();
  for (const args of [
    ['checkpoint', ''],
    ['ack', '', '--agent', 'Hermes'],
    ['snapshots', 'diff', 'auto-1', ''],
  ]) {
    const done = await world.run([...args, '--workspace', world.workspace]);
    expect({ args, code: done.code }).toEqual({ args, code: 2 });
    expect(done.errors).toContain('is empty: give a value');
  }
});

describe.skipIf(!CAN_ISOLATE)('sightline mode, veto, fire and policy', () => {
  test('mode is exit 3 without an engine; raising it asks for --yes and shows where checkpoints would go', async () => {
    const world = await commandWorld();
    for (const args of [['mode'], ['mode', 'auto', '--yes'], ['policy', 'list'], ['veto', world.workspace], ['fire']]) {
      const done = await world.run(args);
      expect({ args, code: done.code }).toEqual({ args, code: 3 });
    }
    const engine = await world.engine('observe');
    expect((await world.run(['mode'], { bare: true })).out).toBe('observe\n');
    const asked = await world.run(['mode', 'hold'], { bare: true });
    expect(asked).toMatchObject({ code: 2, out: `${world.workspace}  git  no agent yet\n` });
    expect(asked.errors).toContain('give --yes to set it');
    const set = await world.run(['mode', 'hold', '--yes', '--reason', 'night', '--json'], { bare: true });
    expect(set.json()).toMatchObject({ ok: true, outcome: 'set', mode: 'hold', before: 'observe' });
    expect(await engine.line({ kind: 'operator', action: 'mode', target: 'hold' })).toMatchObject({ reason: 'night' });
    expect((await world.run(['mode', 'observe'], { bare: true })).out).toBe('observe\n');
    expect(await world.run(['mode', 'sometimes'], { bare: true })).toMatchObject({ code: 2 });
  });

  test('what is held is vetoed or fired, and nothing is where nothing is held', async () => {
    const world = await commandWorld();
    const engine = await world.engine('hold');
    await engine.line({ kind: 'started' });
    const nothing = await world.run(['veto', '--json'], { bare: true });
    expect(nothing.json()).toMatchObject({ ok: false, outcome: 'refused', code: 'nothing_held' });
    await until(() => engine.errors().includes('first snapshot base-'), 30_000);
    await world.failedCall('process crashed', { call_id: 'a', conversation_id: 'one' });
    await engine.line({ kind: 'checkpoint', phase: 'held' });
    const vetoed = await world.run(['veto', '--reason', 'known'], { bare: true });
    expect(vetoed.out).toBe(`${world.workspace}: vetoed\n`);
    expect(await engine.line({ kind: 'fate', fate: 'vetoed' })).toMatchObject({
      reason: expect.stringContaining('known') as string,
    });
    await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'two' });
    await until(() => engine.all({ kind: 'checkpoint', phase: 'held' }).length === 2);
    expect(await world.run(['fire', world.workspace], { bare: true })).toMatchObject({ code: 0 });
    await engine.line({ kind: 'fate', fate: 'checkpointed' });
  });

  test('a rule of the policy is set while the engine runs, and taken back', async () => {
    const world = await commandWorld();
    const engine = await world.engine('observe');
    expect((await world.run(['policy', 'set', 'dead_loop', 'flag'], { bare: true })).out).toBe('dead_loop: flag\n');
    await engine.line({ kind: 'operator', action: 'policy', target: 'dead_loop' });
    const rules = (await world.run(['policy', 'list', '--json'], { bare: true })).json()['rules'];
    expect(rules).toContainEqual({ scope: 'type', name: 'dead_loop', action: 'flag', from: 'session' });
    await world.run(['policy', 'set', 'dead_loop', 'configured'], { bare: true });
    expect((await world.run(['policy', 'list'], { bare: true })).out).toMatch(/type +dead_loop +checkpoint +default/u);
    expect(await world.run(['policy', 'set', 'dead_loop', 'explode'], { bare: true })).toMatchObject({ code: 2 });
  });
});
