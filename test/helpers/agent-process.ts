import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { AgentProcess } from '../../src/effects/process/groups.ts';
import { readStat } from '../../src/effects/process/table.ts';
import { until } from './until.ts';

/** A process that stands for an agent: it leads a group of its own, and has children in it. */
export type TestAgent = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Its children in its group. */
  readonly children: readonly number[];
  /** Those in groups of their own. */
  readonly apart: readonly number[];
  /** Is it, or one of its children, stopped? */
  readonly isStopped: (pid?: number) => boolean;
  /** A claim of a call that began just now. */
  readonly claim: AgentProcess;
};

export type TestAgentOptions = {
  /** Children in its group. */
  readonly children?: number;
  /** Children in groups of their own. */
  readonly apart?: number;
  /** Runs as this user; for root alone. */
  readonly uid?: number;
  /** In the group of this very process. */
  readonly inOurGroup?: boolean;
};

const SCRIPT = `
const { spawn } = require('node:child_process');
const [children, apart] = process.argv.slice(1).map(Number);
const start = (detached) => spawn('sleep', ['1000'], { detached, stdio: 'ignore' }).pid;
const pids = Array.from({ length: children }, () => start(false));
const others = Array.from({ length: apart }, () => start(true));
console.log(JSON.stringify({ pids, others }));
setInterval(() => undefined, 1000);
`;

/** Starts one; all of its processes are ended with the test. */
export async function testAgent(options: TestAgentOptions = {}): Promise<TestAgent> {
  const { children = 1, apart = 0, uid, inOurGroup = false } = options;
  const child = spawn(process.execPath, ['-e', SCRIPT, String(children), String(apart)], {
    detached: !inOurGroup,
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const pid = child.pid ?? 0;
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { pids, others } = JSON.parse(String(line)) as { pids: readonly number[]; others: readonly number[] };
  onTestFinished(() => {
    for (const one of [...pids, ...others, pid]) endOne(one);
  });
  // The name of a program is its own once it runs.
  await until(() => [...pids, ...others].every((one) => readStat(one)?.name === 'sleep'));
  return {
    pid,
    child,
    children: pids,
    apart: others,
    isStopped: (one = pid) => readStat(one)?.state === 'T',
    claim: { ...claimOf(pid), tellers: [uid ?? process.geteuid?.() ?? 0] },
  };
}

/** A claim of a process by a call that began now. */
export function claimOf(pid: number): AgentProcess {
  const tellers = [process.geteuid?.() ?? 0];
  return { pid, start: null, calledAt: Date.now(), name: null, tellers, ofMachine: false };
}

/** Its start as an agent records it, clock ticks since boot. */
export function startTicks(pid: number): string {
  return readStat(pid)?.start ?? '';
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
