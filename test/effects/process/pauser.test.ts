import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bootId, ownIdentity, pidNamespace } from '../../../src/effects/lock/identity.ts';
import { type AgentProcess, type Group, inspectGroup } from '../../../src/effects/process/groups.ts';
import { createPauser, type PauseFacts, type Pauser } from '../../../src/effects/process/pauser.ts';
import { type PauseRecord, readPauses, writePause } from '../../../src/effects/state/pause-records.ts';
import { startTicks, testAgent, type TestAgent } from '../../helpers/agent-process.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const IS_ROOT = process.geteuid?.() === 0;
const NOBODY = 65_534;

const FACTS: PauseFacts = {
  agent: 'worker-21',
  conversations: ['conv'],
  at: 1_000,
  resumesAt: 61_000,
  cause: 'operator',
  by: 'ann',
};

function groupOf(claim: AgentProcess): Group {
  const found = inspectGroup(claim);
  if (!found.ok) throw new Error(found.reason.code);
  return found.value;
}

async function paused(pauser: Pauser, { claim }: TestAgent): Promise<PauseRecord> {
  const stopped = await pauser.stop(claim, groupOf(claim), FACTS);
  if (!stopped.ok) throw new Error(stopped.reason.code);
  return stopped.value;
}

/** A record that an engine left behind which is gone. */
function leftBehind({ pid, child, children }: TestAgent, facts: Partial<PauseRecord> = {}): PauseRecord {
  expect(child.pid).toBe(pid);
  return {
    pid,
    uid: process.geteuid?.() ?? 0,
    members: [pid, ...children].map((one) => ({ pid: one, start: startTicks(one) })),
    processes: children.length + 1,
    ...FACTS,
    boot: bootId(),
    namespace: pidNamespace(),
    engine: { pid: 4_194_000, start: '1' },
    ...facts,
  };
}

describe('an agent is stopped', () => {
  test('with its whole group, and not with what it started apart; then it goes on', async () => {
    const [dir, agent] = [tempDir(), await testAgent({ children: 2, apart: 1 })];
    const pauser = createPauser(dir);
    const record = await paused(pauser, agent);
    expect([agent.pid, ...agent.children].map((pid) => agent.isStopped(pid))).toEqual([true, true, true]);
    expect(agent.apart.map((pid) => agent.isStopped(pid))).toEqual([false]);
    expect(pauser.stateOf(record)).toBe('stopped');
    expect(pauser.list()).toMatchObject([{ whose: 'ours', record: { pid: agent.pid, agent: 'worker-21' } }]);
    expect(pauser.resume(record)).toBe(true);
    await until(() => [agent.pid, ...agent.children].every((pid) => !agent.isStopped(pid)));
    expect(pauser.list()).toEqual([]);
  });

  test('once it stands in the state folder, for us alone to read', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    const pauser = createPauser(dir);
    const record = await paused(pauser, agent);
    const [name = ''] = readdirSync(join(dir, 'paused'));
    expect(name).toBe(`${agent.pid}-${startTicks(agent.pid)}.json`);
    expect(JSON.parse(readFileSync(join(dir, 'paused', name), 'utf8'))).toMatchObject({
      format: 1,
      pid: agent.pid,
      boot: bootId(),
      engine: ownIdentity(),
    });
    expect(readPauses(dir)).toEqual([record]);
    pauser.resume(record);
    expect(readdirSync(join(dir, 'paused'))).toEqual([]);
  });

  test('only where that can be written', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    writeFileSync(join(dir, 'state'), '');
    const pauser = createPauser(join(dir, 'state'));
    expect(await pauser.stop(agent.claim, groupOf(agent.claim), FACTS)).toMatchObject({
      ok: false,
      reason: { code: 'pause_not_recorded', reason: { code: 'errno', errno: 'EEXIST' } },
    });
    expect(agent.isStopped()).toBe(false);
  });

  test('unless its record would go where a link leads', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    mkdirSync(join(dir, 'state'), { mode: 0o700 });
    mkdirSync(join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'state/paused'));
    const stopped = await createPauser(join(dir, 'state')).stop(agent.claim, groupOf(agent.claim), FACTS);
    expect(stopped).toMatchObject({ ok: false, reason: { code: 'pause_not_recorded' } });
    expect(readdirSync(join(dir, 'elsewhere'))).toEqual([]);
    expect(agent.isStopped()).toBe(false);
  });

  test('unless it is another process by then', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    const group = groupOf(agent.claim);
    const pauser = createPauser(dir);
    const before = { ...group, members: [{ pid: agent.pid, start: '1' }] };
    expect(await pauser.stop(agent.claim, before, FACTS)).toMatchObject({ ok: false, reason: { code: 'pause_gone' } });
    const reused = { ...agent.claim, calledAt: 1_000 };
    expect(await pauser.stop(reused, group, FACTS)).toMatchObject({
      ok: false,
      reason: { code: 'pause_other_process' },
    });
    expect(agent.isStopped()).toBe(false);
    expect(readdirSync(join(dir, 'paused'))).toEqual([]);
  });

  test('unless somebody came into its group who must not be stopped', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    const group = groupOf(agent.claim);
    // As if it had come in between: the group that was found is the agent's, and a login shell is in it by now.
    const [child = 0] = agent.children;
    process.kill(child, 'SIGSTOP');
    await until(() => agent.isStopped(child));
    expect(await createPauser(dir).stop(agent.claim, group, FACTS)).toMatchObject({
      ok: false,
      reason: { code: 'pause_stopped_already' },
    });
    expect(readdirSync(join(dir, 'paused'))).toEqual([]);
    expect(agent.isStopped()).toBe(false);
  });

  test.runIf(IS_ROOT)('with the rights of its owner, by root', async () => {
    const [dir, agent] = [tempDir(), await testAgent({ uid: NOBODY })];
    const pauser = createPauser(dir);
    const record = await paused(pauser, agent);
    expect(record.uid).toBe(NOBODY);
    expect(agent.isStopped()).toBe(true);
    pauser.resume(record);
    await until(() => !agent.isStopped());
  });

  test.runIf(IS_ROOT)('unless it belongs to another user by then', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    const group = { ...groupOf(agent.claim), uid: NOBODY, gid: NOBODY };
    expect(await createPauser(dir).stop(agent.claim, group, FACTS)).toMatchObject({
      ok: false,
      reason: { code: 'pause_foreign', uid: 0 },
    });
    expect(agent.isStopped()).toBe(false);
  });
});

describe('a record of an earlier engine', () => {
  test('is left behind once that engine is gone, and its group goes on', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    process.kill(-agent.pid, 'SIGSTOP');
    await until(() => agent.isStopped());
    writePause(dir, leftBehind(agent));
    const pauser = createPauser(dir);
    const [known] = pauser.list();
    expect(known).toMatchObject({ whose: 'left', record: { agent: 'worker-21' } });
    expect(known && pauser.resume(known.record)).toBe(true);
    await until(() => !agent.isStopped());
    expect(pauser.list()).toEqual([]);
  });

  test('is that of another engine while that one runs', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    const engine = await testAgent({ children: 0 });
    writePause(dir, leftBehind(agent, { engine: { pid: engine.pid, start: startTicks(engine.pid) } }));
    expect(createPauser(dir).list()).toMatchObject([{ whose: 'other' }]);
  });

  test('continues its group by a process that is left of it, when the leader is gone', async () => {
    const [dir, agent] = [tempDir(), await testAgent({ children: 2 })];
    process.kill(-agent.pid, 'SIGSTOP');
    const record = leftBehind(agent);
    writePause(dir, record);
    process.kill(agent.pid, 'SIGKILL');
    await once(agent.child, 'exit');
    const [child = 0] = agent.children;
    expect(agent.isStopped(child)).toBe(true);
    const pauser = createPauser(dir);
    expect(pauser.stateOf(record)).toBe('stopped');
    expect(pauser.resume(record)).toBe(true);
    await until(() => !agent.isStopped(child));
  });

  test('never signals a process that has the number by now', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    // Stopped by a person, who wants it so.
    process.kill(-agent.pid, 'SIGSTOP');
    await until(() => agent.isStopped());
    const record = leftBehind(agent, { members: [{ pid: agent.pid, start: '77' }] });
    writePause(dir, record);
    const pauser = createPauser(dir);
    expect(pauser.stateOf(record)).toBe('gone');
    expect(pauser.resume(record)).toBe(false);
    expect(agent.isStopped()).toBe(true);
    expect(pauser.list()).toEqual([]);
  });

  test('of an earlier boot is removed, and one of another container is left alone', async () => {
    const [dir, agent] = [tempDir(), await testAgent()];
    writePause(dir, leftBehind(agent, { boot: 'earlier' }));
    expect(createPauser(dir).list()).toEqual([]);
    expect(readPauses(dir)).toEqual([]);
    const elsewhere = leftBehind(agent, { namespace: 'pid:[1]' });
    writePause(dir, elsewhere);
    const pauser = createPauser(dir);
    expect(pauser.list()).toMatchObject([{ whose: 'other' }]);
    expect(pauser.stateOf(elsewhere)).toBe('gone');
  });

  test.each([
    ['of all processes', { pid: 1, members: [{ pid: 1, start: '1' }] }],
    ['of our own group', { pid: 0, members: [{ pid: 0, start: '1' }] }],
    ['of a negative number', { pid: -2, members: [{ pid: -2, start: '1' }] }],
    ['of a number that is none', { pid: '2', members: [{ pid: '2', start: '1' }] }],
    ['of another leader', { pid: 2, members: [{ pid: 3, start: '1' }] }],
    ['without members', { pid: 2, members: [] }],
    ['without a time', { at: 'now' }],
    ['of another format', { format: 2 }],
  ])('%s is none', async (_, facts) => {
    const dir = tempDir();
    writePause(dir, leftBehind(await testAgent({ children: 0 })));
    const [name = ''] = readdirSync(join(dir, 'paused'));
    const file = join(dir, 'paused', name);
    const whole = { ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...facts };
    writeFileSync(file, JSON.stringify(whole));
    const { pid = 0, members: [leader] = [] } = whole as { pid?: number; members?: { start: string }[] };
    writeFileSync(join(dir, 'paused', `${pid}-${leader?.start ?? '0'}.json`), JSON.stringify(whole));
    expect(readPauses(dir)).toEqual([]);
  });

  test('that is no JSON, or that others may have written, is none', async () => {
    const dir = tempDir();
    writePause(dir, leftBehind(await testAgent({ children: 0 })));
    writeFileSync(join(dir, 'paused/7-7.json'), '{');
    expect(readPauses(dir)).toHaveLength(1);
    chmodSync(join(dir, 'paused'), 0o700);
    expect(existsSync(join(dir, 'paused/7-7.json'))).toBe(true);
  });
});

test('a process that ends by an error continues what it stopped', async () => {
  const [dir, agent] = [tempDir(), await testAgent()];
  const script = `
    import { createPauser } from '${new URL('../../../src/effects/process/pauser.ts', import.meta.url).pathname}';
    const pauser = createPauser(${JSON.stringify(dir)});
    const claim = ${JSON.stringify(agent.claim)};
    const found = pauser.inspect(claim);
    await pauser.stop(claim, found.value, ${JSON.stringify(FACTS)});
    console.log('stopped');
    process.stdin.once('data', () => { throw new Error('a bug'); });
  `;
  const engine = spawn(process.execPath, ['--experimental-strip-types', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void engine.kill('SIGKILL'));
  await once(engine.stdout, 'data');
  expect(agent.isStopped()).toBe(true);
  engine.stdin.write('go\n');
  await once(engine, 'exit');
  await until(() => !agent.isStopped());
  expect(readPauses(dir)).toEqual([]);
});

test('who wrote a source is known by its file; a source of another machine names no process here', () => {
  const { tellerOf } = createPauser(tempDir());
  const dir = tempDir();
  const us = process.geteuid?.();
  expect(['claude', 'sqlite', 'jsonl'].map((medium) => tellerOf(`${medium}:${dir}`))).toEqual([us, us, us]);
  expect(['-', 'http://127.0.0.1:7396', 'http://localhost:7396', 'https://[::1]/x'].map(tellerOf)).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect(tellerOf(`sqlite:${dir}/none`)).toBeNull();
  expect(['http://build-08:7396', 'http://127.0.0.1.evil.example', 'otlp:10.0.0.1:4318'].map(tellerOf)).toEqual([
    'elsewhere',
    'elsewhere',
    'elsewhere',
  ]);
});
