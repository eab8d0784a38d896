import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/core/actions.ts';
import type { Budget } from '../../src/core/budgets.ts';
import type { SessionFacts } from '../../src/core/sessions.ts';
import { readPauses } from '../../src/effects/state/pause-records.ts';
import { createPauser, type Pauser } from '../../src/effects/process/pauser.ts';
import { readStat } from '../../src/effects/process/table.ts';
import { startTicks, testAgent, type TestAgent } from '../helpers/agent-process.ts';
import { type EngineWorld, startedWorld } from '../helpers/engine-world.ts';
import { isAlive } from '../helpers/processes.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { A_DAY } from '../helpers/budget.ts';
import { NO_FACTS } from '../helpers/session-facts.ts';

const MINUTE = 60_000;
const ANN = { user: 'ann', tty: null, claimed: false };

type WorldOptions = {
  readonly dir?: string;
  readonly mode?: 'observe' | 'hold' | 'auto';
  readonly pause?: { readonly enabled: boolean; readonly maxMinutes: number };
  readonly readOnly?: boolean;
  readonly budgets?: readonly Budget[];
  readonly parts?: Partial<Pauser>;
};

/** An engine that may pause, whose source is ours and on this machine. */
async function world(options: WorldOptions = {}): Promise<EngineWorld> {
  const {
    dir = tempDir(),
    mode = 'hold',
    pause = { enabled: true, maxMinutes: 30 },
    readOnly = false,
    budgets = [],
    parts,
  } = options;
  const pauser = { ...createPauser(dir), tellerOf: () => process.geteuid?.() ?? 0, ...parts };
  const made = await startedWorld({
    config: { mode: readOnly ? 'observe' : mode, pause, readOnly, budgets, stateDir: dir },
    deps: { pauser },
    // The calls of a process are not older than it.
    clock: fakeClock(Date.now() + 1_000),
  });
  return made;
}

async function agentIn(made: EngineWorld, name = 'worker-21', conversationId = 'conv'): Promise<TestAgent> {
  const agent = await testAgent();
  made.call({ agent: name, pid: agent.pid, processName: 'node', conversationId });
  return agent;
}

function operators(made: EngineWorld): readonly unknown[] {
  return made.events.flatMap((event) => {
    if (event.type !== 'notice') return [];
    const { notice } = event;
    if (notice.type !== 'operator' && notice.type !== 'refused') return [];
    const { type, action, target, reason } = notice;
    return [`${type} ${action} ${target}: ${reason?.code ?? ''}${reason?.code === 'resumed' ? ` ${reason.why}` : ''}`];
  });
}

function pausedIn(made: EngineWorld): readonly unknown[] {
  made.engine.commit();
  return made.engine.store.getState().pausing?.paused ?? [];
}

describe('an agent is paused', () => {
  test('by its name, and shown with its end, until an operator resumes it', async () => {
    const made = await world();
    const agent = await agentIn(made);
    const { engine, clock } = made;
    const result = await engine.dispatch({ type: 'pause', agent: 'worker-21', reason: 'lunch', by: ANN });
    expect(result).toMatchObject({
      ok: true,
      value: { code: 'paused', pids: [agent.pid], processes: 2, resumesAt: clock.now() + 30 * MINUTE, note: 'lunch' },
    });
    expect(agent.isStopped()).toBe(true);
    expect(pausedIn(made)).toMatchObject([
      { agent: 'worker-21', pid: agent.pid, conversations: ['conv'], processes: 2, by: 'ann', isOurs: true },
    ]);
    expect(await engine.dispatch({ type: 'resume', agent: 'worker-21', by: ANN })).toMatchObject({
      ok: true,
      value: { code: 'resumed', pids: [agent.pid], why: 'operator' },
    });
    await until(() => !agent.isStopped());
    expect(pausedIn(made)).toEqual([]);
    expect(operators(made)).toEqual([
      'operator pause worker-21: paused',
      'operator resume worker-21: resumed operator',
    ]);
    await engine.close();
  });

  test('with all of its processes, by one conversation with that alone', async () => {
    const made = await world();
    const [one, other] = [await agentIn(made, 'a', 'first'), await agentIn(made, 'a', 'second')];
    await made.engine.dispatch({ type: 'pause', conversationId: 'second' });
    expect([one.isStopped(), other.isStopped()]).toEqual([false, true]);
    expect(await made.engine.dispatch({ type: 'pause', agent: 'a' })).toMatchObject({
      ok: true,
      value: { pids: [one.pid], refused: [{ code: 'pause_paused', pid: other.pid }] },
    });
    expect([one.isStopped(), other.isStopped()]).toEqual([true, true]);
    await made.engine.dispatch({ type: 'resume', pid: one.pid });
    await until(() => !one.isStopped());
    expect(other.isStopped()).toBe(true);
    await made.engine.close();
  });

  test('by the process that its own records name, with the start that they give', async () => {
    const made = await world();
    const agent = await testAgent();
    const session: SessionFacts = { ...SESSION, pid: agent.pid, pidStart: startTicks(agent.pid) };
    made.say({ type: 'session', conversationId: 'session', session, ownerUid: null });
    expect(await made.engine.dispatch({ type: 'pause', conversationId: 'session' })).toMatchObject({ ok: true });
    expect(agent.isStopped()).toBe(true);
    await made.engine.close();
  });

  test('for as long as is asked for, and at most for the configured time', async () => {
    const made = await world({ pause: { enabled: true, maxMinutes: 1 } });
    const agent = await agentIn(made);
    const { clock, engine } = made;
    await engine.dispatch({ type: 'pause', agent: 'worker-21', durationMs: 5_000 });
    await clock.pass(4_999);
    expect(agent.isStopped()).toBe(true);
    await clock.pass(1);
    await until(() => !agent.isStopped());
    await engine.dispatch({ type: 'pause', agent: 'worker-21', durationMs: 60 * MINUTE });
    await clock.pass(MINUTE - 1);
    expect(agent.isStopped()).toBe(true);
    await clock.pass(1);
    await until(() => !agent.isStopped());
    expect(operators(made).slice(1, 2)).toEqual(['operator resume worker-21: resumed timeout']);
    await engine.close();
  });

  test('by a budget, which says so', async () => {
    const made = await world();
    const agent = await agentIn(made);
    const { engine } = made;
    expect(await engine.intents.pause({ agent: 'worker-21' }, { cause: 'budget' })).toMatchObject({
      ok: true,
      value: { cause: 'budget' },
    });
    expect(pausedIn(made)).toMatchObject([{ cause: 'budget', by: null }]);
    await engine.close();
    await until(() => !agent.isStopped());
  });
});

describe('a pause is refused', () => {
  const PAUSE: Action = { type: 'pause', agent: 'worker-21' };
  test.each<readonly [string, WorldOptions, string]>([
    ['where it is not configured', { pause: { enabled: false, maxMinutes: 30 } }, 'pause_off'],
    ['in mode observe', { mode: 'observe' }, 'pause_observing'],
    ['with --read-only', { readOnly: true }, 'read_only'],
  ])('%s', async (_, options, code) => {
    const made = await world(options);
    const agent = await agentIn(made);
    expect(made.engine.queries.pausePlan({ agent: 'worker-21' })).toMatchObject({ ok: false, reason: { code } });
    expect(await made.engine.dispatch(PAUSE)).toMatchObject({ ok: false, reason: { code } });
    expect(agent.isStopped()).toBe(false);
    expect(operators(made)).toEqual([`refused pause worker-21: ${code}`]);
  });

  test('for an agent without a known process, and for a process that is gone', async () => {
    const made = await world();
    made.call({ agent: 'worker-21', pid: null });
    expect(await made.engine.dispatch(PAUSE)).toMatchObject({ ok: false, reason: { code: 'pause_no_process' } });
    made.call({ agent: 'worker-21', pid: 4_194_000 });
    expect(await made.engine.dispatch(PAUSE)).toMatchObject({ ok: false, reason: { code: 'pause_gone' } });
    expect(await made.engine.dispatch({ type: 'pause' })).toMatchObject({ reason: { code: 'pause_no_process' } });
    expect(await made.engine.dispatch({ type: 'pause', pid: 1 })).toMatchObject({ ok: false });
  });

  test('for a process whose pid a source of another machine names', async () => {
    const made = await world({ parts: { tellerOf: () => 'elsewhere' } });
    const agent = await agentIn(made);
    expect(await made.engine.dispatch(PAUSE)).toMatchObject({ reason: { code: 'pause_no_process' } });
    expect(agent.isStopped()).toBe(false);
  });

  test('for a pid that no call and no record names, although the process is there', async () => {
    const made = await world();
    const agent = await testAgent();
    expect(await made.engine.dispatch({ type: 'pause', pid: agent.pid })).toMatchObject({
      reason: { code: 'pause_no_process' },
    });
    expect(agent.isStopped()).toBe(false);
  });

  test('for a pid that was used again since the call', async () => {
    const made = await world();
    const agent = await testAgent();
    const before = BigInt(Date.now() - 3_600_000) * 1_000_000n;
    made.call({ agent: 'worker-21', pid: agent.pid, startNs: before, endNs: before + 1n });
    expect(await made.engine.dispatch(PAUSE)).toMatchObject({ reason: { code: 'pause_other_process' } });
    expect(agent.isStopped()).toBe(false);
  });

  test.each([
    ['init', () => 1],
    ['ours', () => process.pid],
    ['the process above us', () => process.ppid],
    ['the group that we are in', () => readStat(process.pid)?.group ?? 0],
  ])('for records that name the process of another: %s', async (_, pidOf) => {
    const made = await world();
    const pid = pidOf();
    const pidStart = startTicks(pid);
    const session: SessionFacts = { ...SESSION, pid, pidStart };
    made.say({ type: 'session', conversationId: 'session', session, ownerUid: null });
    const result = await made.engine.dispatch({ type: 'pause', conversationId: 'session' });
    expect(result).toMatchObject({ ok: false });
    expect(readStat(pid)?.state).not.toBe('T');
    expect(pausedIn(made)).toEqual([]);
  });

  test('twice for the same process, at the same moment too', async () => {
    const made = await world();
    const agent = await agentIn(made);
    const both = await Promise.all([made.engine.dispatch(PAUSE), made.engine.dispatch(PAUSE)]);
    expect(both).toMatchObject([{ ok: true }, { ok: false, reason: { code: 'pause_paused', pid: agent.pid } }]);
    await made.engine.close();
  });

  test('to be taken back where nothing is paused', async () => {
    const made = await world();
    expect(await made.engine.dispatch({ type: 'resume' })).toMatchObject({ reason: { code: 'not_paused' } });
  });
});

describe('what is paused goes on', () => {
  test('when the engine ends, before anything is waited for', async () => {
    const made = await world();
    const agent = await agentIn(made);
    await made.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    const closed = made.engine.close();
    await until(() => !agent.isStopped());
    await closed;
    expect(operators(made).at(-1)).toBe('operator resume worker-21: resumed stopping');
  });

  test('when the mode becomes observe', async () => {
    const made = await world();
    const agent = await agentIn(made);
    await made.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    await made.engine.dispatch({ type: 'mode', mode: 'observe' });
    await until(() => !agent.isStopped());
    expect(operators(made).at(-1)).toBe('operator resume worker-21: resumed observing');
  });

  test('when the engine ends while it is being stopped', async () => {
    const made = await world();
    const agent = await agentIn(made);
    const pausing = made.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    await Promise.all([made.engine.close(), pausing]);
    await until(() => !agent.isStopped());
  });

  test('with the next engine of the state folder, after one that was killed', async () => {
    const dir = tempDir();
    const killed = await world({ dir });
    const agent = await agentIn(killed);
    await killed.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    const [record] = readPauses(dir);
    // What it left, as if its process had ended: it has another number, which is nobody's.
    const gone = { ...createPauser(dir), list: () => (record ? [{ record, whose: 'left' } as const] : []) };
    // Also where it may not pause itself, and only looks.
    const next = await world({ dir, readOnly: true, pause: { enabled: false, maxMinutes: 30 }, parts: gone });
    await until(() => !agent.isStopped());
    expect(operators(next)).toEqual(['operator resume worker-21: resumed restart']);
    expect(readPauses(dir)).toEqual([]);
  });

  test('and is known to, when somebody else continues it', async () => {
    const made = await world();
    const agent = await agentIn(made);
    await made.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    process.kill(-agent.pid, 'SIGCONT');
    await until(() => !agent.isStopped());
    await made.clock.pass(1_000);
    expect(pausedIn(made)).toEqual([]);
    expect(operators(made).at(-1)).toBe('operator resume worker-21: resumed outside');
  });

  test('or is over, when its processes end', async () => {
    const made = await world();
    const agent = await agentIn(made);
    await made.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    for (const pid of [agent.pid, ...agent.children]) process.kill(pid, 'SIGKILL');
    await until(() => [agent.pid, ...agent.children].every((pid) => !isAlive(pid)));
    await made.clock.pass(1_000);
    expect(operators(made).at(-1)).toBe('operator resume worker-21: resumed gone');
  });

  test('by another engine with the same state folder, which shows it', async () => {
    const dir = tempDir();
    const made = await world({ dir });
    const agent = await agentIn(made);
    await made.engine.dispatch({ type: 'pause', agent: 'worker-21' });
    const other = await world({ dir });
    expect(pausedIn(other)).toMatchObject([{ pid: agent.pid, isOurs: false }]);
    other.call({ agent: 'worker-21', pid: agent.pid, processName: 'node' });
    expect(await other.engine.dispatch({ type: 'pause', agent: 'worker-21' })).toMatchObject({
      reason: { code: 'pause_paused' },
    });
    await other.engine.dispatch({ type: 'resume', agent: 'worker-21' });
    await until(() => !agent.isStopped());
    await made.clock.pass(1_000);
    expect([pausedIn(made), pausedIn(other)]).toEqual([[], []]);
  });
});

test('a plan counts the processes, and stands for a second', async () => {
  const made = await world();
  const agent = await agentIn(made);
  const { queries } = made.engine;
  const plan = queries.pausePlan({ agent: 'worker-21' });
  expect(plan).toMatchObject({ ok: true, value: { agent: 'worker-21', groups: [{ pid: agent.pid, processes: 2 }] } });
  expect(queries.pausePlan({ agent: 'worker-21' })).toBe(plan);
  await made.clock.pass(1_000);
  expect(queries.pausePlan({ agent: 'worker-21' })).not.toBe(plan);
});

const SESSION: SessionFacts = { ...NO_FACTS, sessionId: 'session', agent: 'Claude Code', cwd: '/work', state: 'busy' };

describe('a budget that pauses', () => {
  const BUDGET: Budget = {
    ...A_DAY,
    name: 'each',
    per: 'agent',
    unit: 'tokens',
    action: 'ask',
    askMs: 10 * MINUTE,
    pause: true,
  };
  const spend = (made: EngineWorld, { pid }: TestAgent, inputTokens: number, agent = 'worker-21'): void => {
    const usage = { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheCreationTokens: null };
    made.call({ agent, pid, processName: 'node', conversationId: `talk of ${agent}`, usage });
  };

  test('stops its agent when it is used up, and lets it go on with the answer', async () => {
    const made = await world({ budgets: [BUDGET] });
    const [one, other] = [await testAgent(), await testAgent()];
    spend(made, other, 900, 'worker-22');
    spend(made, one, 900);
    expect(one.isStopped()).toBe(false);
    spend(made, one, 100);
    await until(() => one.isStopped());
    await until(() => pausedIn(made).length === 1);
    expect(pausedIn(made)).toMatchObject([{ agent: 'worker-21', pid: one.pid, cause: 'budget', by: null }]);
    expect(other.isStopped()).toBe(false);
    const answer = { type: 'budget', name: 'each', subject: 'worker-21', by: ANN } as const;
    expect(await made.engine.dispatch({ ...answer, change: { type: 'raise', limit: '2000' } })).toMatchObject({
      ok: true,
    });
    await until(() => !one.isStopped());
    expect(operators(made)).toEqual([
      'operator pause worker-21: paused',
      'operator budget each of worker-21: budget_changed',
      'operator resume worker-21: resumed answered',
    ]);
  });

  test('leaves alone what a person has paused, and says why it stops nothing in mode observe', async () => {
    const made = await world({ budgets: [BUDGET] });
    const agent = await testAgent();
    spend(made, agent, 900);
    await made.engine.dispatch({ type: 'pause', agent: 'worker-21', by: ANN });
    spend(made, agent, 100);
    await until(() => operators(made).includes('refused pause worker-21: pause_paused'));
    await made.engine.dispatch({ type: 'budget', name: 'each', change: { type: 'accept' } });
    expect(agent.isStopped()).toBe(true);
    const observing = await world({ budgets: [BUDGET], mode: 'observe' });
    const free = await testAgent();
    spend(observing, free, 1_000);
    await until(() => operators(observing).includes('refused pause worker-21: pause_observing'));
    expect(free.isStopped()).toBe(false);
  });
});
