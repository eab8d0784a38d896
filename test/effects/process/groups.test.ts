import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn as spawnPty } from '@lydell/node-pty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AgentProcess, groupState, inspectGroup } from '../../../src/effects/process/groups.ts';
import { readStat } from '../../../src/effects/process/table.ts';
import { claimOf, startTicks, testAgent } from '../../helpers/agent-process.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const IS_ROOT = process.geteuid?.() === 0;
const NOBODY = 65_534;

function codeOf(claim: AgentProcess): string {
  const found = inspectGroup(claim);
  return found.ok ? 'ok' : found.reason.code === 'pause_group_has' ? found.reason.what : found.reason.code;
}

describe('the group of an agent may be stopped', () => {
  test('with all processes in it; those in groups of their own are counted', async () => {
    const agent = await testAgent({ children: 2, apart: 1 });
    expect(inspectGroup(agent.claim)).toMatchObject({
      ok: true,
      value: { pid: agent.pid, processes: 3, others: 1, foreground: false, uid: process.geteuid?.() },
    });
    const found = inspectGroup(agent.claim);
    const members = found.ok ? found.value.members.map(({ pid }) => pid) : [];
    expect(members[0]).toBe(agent.pid);
    expect(new Set(members)).toEqual(new Set([agent.pid, ...agent.children]));
  });

  test('where its start is the recorded one, in ticks or as a date', async () => {
    const agent = await testAgent();
    const recorded = { ...agent.claim, calledAt: null };
    expect(codeOf({ ...recorded, start: startTicks(agent.pid) })).toBe('ok');
    expect(codeOf({ ...recorded, start: new Date().toUTCString() })).toBe('ok');
  });

  test('where it is known by the name of its program, of its script or of a thread', async () => {
    const agent = await testAgent();
    expect(codeOf({ ...agent.claim, name: 'node' })).toBe('ok');
    expect(codeOf({ ...agent.claim, name: readStat(agent.pid)?.name ?? '' })).toBe('ok');
  });

  test('with the shell of a tool in it', async () => {
    const script = `require('node:child_process').spawn('bash', ['-c', '-l', 'echo up; read line; true'], { stdio: ['pipe', 'inherit', 'inherit'] })`;
    const leader = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = leader.pid ?? 0;
    onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
    await once(leader.stdout, 'data');
    expect(inspectGroup(claimOf(pid))).toMatchObject({ ok: true, value: { processes: 2 } });
  });
});

describe('a process is not the one that made the call', () => {
  test('if it started after the call began', async () => {
    const agent = await testAgent();
    expect(codeOf({ ...agent.claim, calledAt: Date.now() - 3_600_000 })).toBe('pause_other_process');
  });

  test('if another start was recorded', async () => {
    const agent = await testAgent();
    const later = String(Number(startTicks(agent.pid)) + 1);
    expect(codeOf({ ...agent.claim, start: later })).toBe('pause_other_process');
    expect(codeOf({ ...agent.claim, start: 'Mon Jan  1 00:00:00 2024' })).toBe('pause_other_process');
    expect(codeOf({ ...agent.claim, start: 'not a date' })).toBe('pause_other_process');
  });

  test('if it has another name', async () => {
    const agent = await testAgent();
    expect(codeOf({ ...agent.claim, name: 'claude' })).toBe('pause_other_process');
  });

  test('if neither a call nor a start tells of it', async () => {
    const agent = await testAgent();
    expect(codeOf({ ...agent.claim, calledAt: null })).toBe('pause_other_process');
  });

  test('if it is init, which is there and is never stopped', () => {
    const init = { pid: 1, start: startTicks(1), calledAt: null, name: null, tellers: [0], ofMachine: false };
    expect(inspectGroup(init)).toMatchObject({
      ok: false,
      reason: { code: 'pause_group_has', what: 'system', member: { pid: 1 } },
    });
  });

  test('if it is gone', async () => {
    const agent = await testAgent();
    process.kill(agent.pid, 'SIGKILL');
    await once(agent.child, 'exit');
    expect(codeOf(agent.claim)).toBe('pause_gone');
  });

  test('if its number is one of the machine, and we live in a container', async () => {
    const agent = await testAgent();
    const claim = { ...agent.claim, ofMachine: true };
    expect(inspectGroup(claim, { isInitialNamespace: false })).toMatchObject({
      reason: { code: 'pause_other_namespace' },
    });
    expect(inspectGroup(claim, { isInitialNamespace: true })).toMatchObject({ ok: true });
  });
});

describe('a group is left alone', () => {
  test.each([0, 1, -1, process.pid, process.ppid, Number.NaN, 4_194_305])('of %s', (pid) => {
    const old = claimOf(pid);
    expect(inspectGroup({ ...old, tellers: [0] }).ok).toBe(false);
  });

  test('if the agent does not lead it', async () => {
    const agent = await testAgent();
    const [child = 0] = agent.children;
    expect(inspectGroup(claimOf(child))).toMatchObject({
      reason: { code: 'pause_not_leader', pid: child, leader: agent.pid },
    });
  });

  test('if it is ours, or that of a process above us', async () => {
    const agent = await testAgent({ inOurGroup: true });
    expect(codeOf(agent.claim)).toBe('pause_not_leader');
    const group = readStat(process.pid)?.group ?? 0;
    expect(inspectGroup(claimOf(group)).ok).toBe(false);
  });

  test('if we, or a process above us, are in it', async () => {
    const agent = await testAgent();
    expect(inspectGroup(agent.claim, { self: agent.pid })).toMatchObject({ reason: { what: 'sightline' } });
    // In a group of its own: the agent alone stands above us.
    const above = await testAgent({ children: 0, apart: 1 });
    const [apart = 0] = above.apart;
    expect(inspectGroup(above.claim, { self: apart })).toMatchObject({ reason: { what: 'ancestor' } });
  });

  test('if it is stopped already', async () => {
    const agent = await testAgent();
    const [child = 0] = agent.children;
    process.kill(child, 'SIGSTOP');
    await until(() => agent.isStopped(child));
    expect(codeOf(agent.claim)).toBe('pause_stopped_already');
  });

  test('if it leads the session of a terminal: the shell of a person, or an agent that no shell could continue', async () => {
    for (const [file, ...args] of [
      ['bash', '--norc'],
      [process.execPath, '-e', 'setInterval(() => 0, 1000)'],
    ]) {
      const pty = spawnPty(file ?? '', args, { cols: 80, rows: 24 });
      onTestFinished(() => pty.kill('SIGKILL'));
      await until(() => (readStat(pty.pid)?.terminal ?? 0) !== 0);
      expect(codeOf(claimOf(pty.pid))).toBe('session_leader');
    }
  });

  test('never for a job of such a shell, which has a group of its own', async () => {
    let written = '';
    const pty = spawnPty('bash', ['--norc'], { cols: 120, rows: 24 });
    onTestFinished(() => pty.kill('SIGKILL'));
    pty.onData((data) => {
      written += data;
    });
    pty.write(`'${process.execPath}' -e 'console.log("jo" + "b " + process.pid); setInterval(() => 0, 1000)'\r`);
    const job = await until(() => Number(/job (\d+)/u.exec(written)?.[1] ?? 0));
    onTestFinished(() => void process.kill(job, 'SIGKILL'));
    expect(inspectGroup(claimOf(job))).toMatchObject({ ok: true, value: { processes: 1, foreground: true } });
  });

  test.runIf(IS_ROOT)('if its records are those of another user', async () => {
    const agent = await testAgent({ uid: NOBODY });
    expect(inspectGroup({ ...agent.claim, tellers: [1_000] })).toMatchObject({
      reason: { code: 'pause_claimed', uid: 1_000 },
    });
    expect(codeOf({ ...agent.claim, tellers: [NOBODY] })).toBe('ok');
    expect(codeOf({ ...agent.claim, tellers: [0] })).toBe('ok');
    // Nobody signed it: then only our own processes may be meant.
    expect(codeOf({ ...agent.claim, tellers: [null] })).toBe('pause_foreign');
    const own = await testAgent();
    expect(codeOf({ ...own.claim, tellers: [null] })).toBe('ok');
    expect(codeOf({ ...own.claim, tellers: [NOBODY] })).toBe('pause_claimed');
    expect(codeOf({ ...own.claim, tellers: [NOBODY, 0] })).toBe('pause_claimed');
  });

  test.runIf(IS_ROOT)('if it belongs to another user, and we are not root', async () => {
    const agent = await testAgent({ uid: NOBODY });
    expect(inspectGroup(agent.claim, { euid: 1_000 })).toMatchObject({
      reason: { code: 'pause_foreign', uid: NOBODY },
    });
  });
});

// ---------------------------------------------------------------- tables of the kernel, as they may be

type Row = {
  readonly pid: number;
  readonly name?: string;
  readonly parent?: number;
  readonly group?: number;
  readonly session?: number;
  readonly terminal?: number;
  readonly state?: string;
  readonly uids?: string;
  readonly args?: readonly string[];
};

const AGENT = 50;
const US = 90;

/** A table with an agent (50) that leads its group, and with us (90). */
function tableOf(...rows: readonly Row[]): string {
  const proc = join(tempDir(), 'proc');
  const usual: readonly Row[] = [
    { pid: AGENT, name: 'claude', args: ['claude'] },
    { pid: US, group: US },
  ];
  const all = [...usual.filter(({ pid }) => !rows.some((row) => row.pid === pid)), ...rows];
  for (const {
    pid,
    name = 'node',
    parent = 1,
    group = AGENT,
    session = 20,
    terminal = 0,
    state = 'S',
    ...row
  } of all) {
    const { uids = '0 0 0 0', args = ['node', 'agent.js'] } = row;
    const dir = join(proc, String(pid));
    mkdirSync(dir, { recursive: true });
    const numbers = [parent, group, session, terminal, group];
    writeFileSync(
      join(dir, 'stat'),
      `${pid} (${name}) ${state} ${numbers.join(' ')} 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0`,
    );
    writeFileSync(join(dir, 'status'), `Name:\t${name}\nUid:\t${uids}\nGid:\t0 0 0 0\nNSpid:\t${pid}\n`);
    writeFileSync(join(dir, 'cmdline'), args.map((arg) => `${arg}\0`).join(''));
    symlinkSync(`/usr/bin/${name}`, join(dir, 'exe'));
  }
  writeFileSync(join(proc, 'uptime'), '1000.00 1.00\n');
  return proc;
}

/** What of a table is told of the agent's group. */
function told(...rows: readonly Row[]): unknown {
  const claim = { pid: AGENT, start: '1000', calledAt: null, name: null, tellers: [0], ofMachine: false };
  const found = inspectGroup(claim, { proc: tableOf(...rows), self: US, euid: 0 });
  if (found.ok) return found.value.processes;
  return found.reason.code === 'pause_group_has'
    ? `${found.reason.what} ${found.reason.member.pid}`
    : found.reason.code;
}

describe('whoever is in the group of an agent', () => {
  test.each<readonly [string, Partial<Row>, unknown]>([
    ['a tool', { name: 'rg' }, 2],
    ['the shell of a tool', { name: 'bash', args: ['/bin/bash', '-c', 'make'] }, 2],
    ['the login shell of a tool', { name: 'bash', args: ['bash', '-lc', 'make'] }, 2],
    ['a shell that reads from a pipe', { name: 'bash', args: ['bash'] }, 2],
    ['a script', { name: 'sh', args: ['sh', 'run.sh'], terminal: 34_816 }, 2],
    ['a shell at a terminal', { name: 'zsh', args: ['zsh'], terminal: 34_816 }, 'shell 60'],
    ['a shell at a terminal with options', { name: 'bash', args: ['bash', '--norc'], terminal: 34_816 }, 'shell 60'],
    ['an interactive shell', { name: 'bash', args: ['bash', '-i'] }, 'shell 60'],
    ['a login shell', { name: 'bash', args: ['-bash'] }, 'shell 60'],
    ['a login shell of a name that is not known', { name: 'mysh', args: ['-mysh'] }, 'shell 60'],
    ['a shell that leads a session', { name: 'sh', args: ['sh', '-c', 'x'], session: 60 }, 'shell 60'],
    ['the leader of a terminal’s session', { name: 'x', session: 60, terminal: 34_816 }, 'session_leader 60'],
    ['sshd', { name: 'sshd' }, 'system 60'],
    ['a server of tmux', { name: 'tmux: server' }, 'system 60'],
    ['screen', { name: 'screen' }, 'system 60'],
    ['systemd', { name: 'systemd' }, 'system 60'],
    ['a process of another user', { uids: '1000 1000 1000 1000' }, 'foreign 60'],
    ['a set-uid program', { uids: '0 1000 0 0' }, 'foreign 60'],
    ['a process that ended', { state: 'Z', name: 'sshd' }, 1],
    ['a stopped one', { state: 'T' }, 'pause_stopped_already'],
    ['a traced one', { state: 't' }, 'pause_stopped_already'],
  ])('%s', (_, row, expected) => {
    expect(told({ pid: 60, ...row })).toEqual(expected);
  });

  test('a shell above the agent', () => {
    const shell = { pid: 40, name: 'bash', args: ['bash', 'start.sh'] };
    expect(told(shell, { pid: AGENT, parent: 40 })).toBe('shell 40');
  });

  test('a name with brackets and blanks is read whole', () => {
    expect(told({ pid: 60, name: 'a) R 1 (b' })).toBe(2);
  });

  test('an agent that is a shell is none', () => {
    expect(told({ pid: AGENT, name: 'bash', args: ['bash', 'agent.sh'] })).toBe('shell 50');
  });

  test('without a table, nothing is stopped', () => {
    const claim = { pid: AGENT, start: '1000', calledAt: null, name: null, tellers: [0], ofMachine: false };
    expect(inspectGroup(claim, { proc: join(tempDir(), 'none') })).toMatchObject({ reason: { code: 'pause_unseen' } });
  });
});

describe('the state of a group that was stopped', () => {
  const group = { pid: AGENT, uid: 0, members: [{ pid: AGENT, start: '1000' }] };

  test('is known by any of the processes that were in it', () => {
    const known = {
      ...group,
      members: [
        { pid: 49, start: '1' },
        { pid: 60, start: '1000' },
      ],
    };
    expect(groupState(known, { proc: tableOf({ pid: 60 }), self: US })).toMatchObject({ isThere: true });
    expect(groupState(group, { proc: tableOf(), self: US })).toMatchObject({ isThere: true, isRunning: true });
  });

  test('is another one where the number is used again', () => {
    const before = { ...group, members: [{ pid: AGENT, start: '999' }] };
    expect(groupState(before, { proc: tableOf(), self: US })).toMatchObject({ isThere: false });
  });

  test('names who came in and must not be stopped', () => {
    expect(groupState(group, { proc: tableOf({ pid: 60, name: 'sshd' }), self: US })).toMatchObject({
      intruder: { what: 'system' },
    });
  });

  test('one that waits for a disk is not running', () => {
    const proc = tableOf({ pid: AGENT, state: 'D' });
    expect(groupState(group, { proc, self: US })).toMatchObject({ isRunning: false, isStopped: false });
  });
});
