/** S1 by process files (`agent-records`, sections 3 and 7), over real processes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { createBook } from '../../../src/feeds/records/book.ts';
import { createProcesses, createRunningByPs, type Running } from '../../../src/feeds/records/processes.ts';
import type { ProcessClaim } from '../../../src/feeds/records/provider.ts';
import { until } from '../../helpers/until.ts';

const NOW = Date.UTC(2026, 10, 1);

function world(isRunning?: Running) {
  const book = createBook({
    agent: 'Claude',
    copies: null,
    unknown: () => undefined,
    malformed: () => undefined,
  });
  const processes = createProcesses(book, () => NOW, isRunning);
  const session = book.add({ path: ['s'], format: 'lines', kind: 'session', sessionId: 's', agentId: null });
  session.sink.session('s', { sessionId: 's', at: NOW - 60_000 });
  const events: FeedEvent[] = [];
  const check = async (): Promise<void> => {
    await processes.check();
    events.push(...book.take((at) => (at >= NOW ? 'live' : 'historical')));
  };
  const crashes = () => events.flatMap((event) => (event.type === 'interruption' ? [event] : []));
  return { book, processes, session, check, crashes, state: () => book.session('s')?.state ?? null };
}

/** A process that runs until the test ends, and its start as Linux tells it. */
async function running(): Promise<{ readonly pid: number; readonly ticks: string; readonly end: () => Promise<void> }> {
  const child: ChildProcess = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return {
    pid,
    ticks,
    end: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function claim(pid: number, fields: Partial<ProcessClaim> = {}): ProcessClaim {
  return { pid, sessionId: 's', procStart: null, state: 'busy', cwd: '/work', at: NOW - 30_000, ...fields };
}

test.skipIf(process.platform !== 'linux').each([
  ['busy', 'busy', false],
  ['idle, with a tool under way', 'idle', true],
  ['waiting, with a tool under way', 'waiting', true],
] as const)('one that goes while it is %s died at work, live', async (_how, state, hasTool) => {
  const { processes, session, check, crashes, state: stateNow } = world();
  const { pid, ticks, end } = await running();
  if (hasTool) session.sink.session('s', { open: { type: 'tool', name: 'Bash', since: NOW } });
  processes.claim('sessions/1.json', claim(pid, { procStart: ticks, state }));
  await check();
  expect([stateNow(), crashes()]).toEqual([state, []]);
  await end();
  await check();
  await check();
  expect(stateNow()).toBe('died');
  expect(crashes()).toMatchObject([
    { arrival: 'live', interruption: { type: 'agent_crash', sessionId: 's', recorded: true, resolved: false } },
  ]);
});

test.skipIf(process.platform !== 'linux').each(['idle', 'shell'] as const)(
  'one that goes while it is %s has ended, unknown how: no crash',
  async (state) => {
    const { processes, check, crashes, state: stateNow } = world();
    const { pid, ticks, end } = await running();
    processes.claim('sessions/1.json', claim(pid, { procStart: ticks, state }));
    await check();
    await end();
    await check();
    expect([stateNow(), crashes()]).toEqual(['ended', []]);
  },
);

test.skipIf(process.platform !== 'linux')('one whose file goes first has ended cleanly', async () => {
  const { processes, check, crashes, state } = world();
  const { pid, ticks, end } = await running();
  processes.claim('sessions/1.json', claim(pid, { procStart: ticks }));
  await check();
  processes.gone('sessions/1.json');
  await end();
  await check();
  expect([state(), crashes(), processes.count()]).toEqual(['ended', [], 0]);
});

test.skipIf(process.platform !== 'linux').each([
  ['ticks', '1'],
  ['a text', 'Thu Jan  1 00:00:00 1998'],
])('a pid that another process has by now is none of the session’s: %s', async (_kind, procStart) => {
  const { processes, check, crashes } = world();
  const { pid } = await running();
  processes.claim('sessions/1.json', claim(pid, { procStart }));
  await check();
  // It had died before we looked.
  expect(crashes()).toMatchObject([{ arrival: 'historical' }]);
});

test.skipIf(process.platform !== 'linux')(
  'a start that was written as a text is known, and none at all is believed',
  async () => {
    const { processes, check, crashes, state } = world();
    const { pid } = await running();
    processes.claim('sessions/1.json', claim(pid, { procStart: new Date().toUTCString() }));
    processes.claim('sessions/2.json', claim(pid, { procStart: null }));
    processes.claim('sessions/3.json', claim(pid, { procStart: 'no date' }));
    await check();
    expect([state(), crashes()]).toEqual(['busy', []]);
  },
);

test('more claims than are followed push the first ones out', () => {
  const { processes } = world();
  for (let pid = 1; pid <= 1_000; pid += 1) processes.claim(`sessions/${pid}.json`, claim(pid));
  expect(processes.count()).toBe(256);
});

describe('where there is no /proc (macOS), by ps', () => {
  const lstartOf = (pid: number): string =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' }, encoding: 'utf8' }).trim();

  test('a process runs while its start is the recorded one, and died at work when it goes', async () => {
    const { processes, check, crashes, state } = world(createRunningByPs());
    const { pid, end } = await running();
    processes.claim('sessions/1.json', claim(pid, { procStart: lstartOf(pid) }));
    await check();
    expect([state(), crashes()]).toEqual(['busy', []]);
    await end();
    await check();
    expect(state()).toBe('died');
    expect(crashes()).toMatchObject([{ arrival: 'live', interruption: { type: 'agent_crash' } }]);
  });

  test('a number that another process has by now is not the recorded one', async () => {
    const byPs = createRunningByPs();
    const { pid } = await running();
    const other = claim(pid, { procStart: 'Mon Nov 30 17:44:54 2020' });
    expect(await byPs([other])).toEqual(new Set());
    const own = claim(pid, { procStart: lstartOf(pid) });
    expect(await byPs([own])).toEqual(new Set([own]));
    const unnamed = claim(pid, { procStart: null });
    expect(await byPs([unnamed])).toEqual(new Set([unnamed]));
  });

  test('one that its parent has not taken leave of has ended', async () => {
    const script = 'cat <&3 & echo $!; exec sleep 60';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [said] = (await once(parent.stdout as Readable, 'data')) as [Buffer];
    const zombie = claim(Number(said.toString()));
    // A shell would take leave of it.
    await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim() === 'sleep');
    (parent.stdio[3] as Writable).end();
    const byPs = createRunningByPs(0);
    await until(async () => (await byPs([zombie])).size === 0);
    expect(() => process.kill(zombie.pid, 0)).not.toThrow();
  });
});
