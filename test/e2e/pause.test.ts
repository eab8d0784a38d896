/** Agents that are stopped: real processes, real engines that end in every way. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTicks, testAgent, type TestAgent } from '../helpers/agent-process.ts';
import { claudeSession } from '../helpers/claude-session.ts';
import { type CommandWorld, commandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import type { Headless } from '../helpers/headless.ts';
import { KEYS } from '../helpers/terminal.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

type World = CommandWorld & {
  readonly agent: TestAgent;
  readonly records: string;
  /** An engine that reads the records of the agent, and may pause it. */
  readonly watching: (pause?: object, mode?: 'hold' | 'observe') => Promise<Headless>;
};

const AGENT = 'Claude';

/** An agent with records of its own, as Claude Code leaves them, and engines that read those. */
async function world(): Promise<World> {
  const made = await commandWorld();
  const agent = await testAgent({ children: 2 });
  const records = join(tempDir(), 'claude');
  const session = claudeSession(records);
  session.prompt();
  session.answer('msg_one');
  mkdirSync(join(records, 'sessions'));
  writeFileSync(
    join(records, 'sessions', `${agent.pid}.json`),
    JSON.stringify({
      pid: agent.pid,
      sessionId: session.id,
      cwd: '/work',
      startedAt: Date.now(),
      procStart: startTicks(agent.pid),
      version: '2.1.200',
      status: 'busy',
      updatedAt: Date.now(),
    }),
  );
  const config = join(tempDir(), 'sightline.json');
  const watching: World['watching'] = async (pause = { enabled: true, max_minutes: 30 }, mode = 'hold') => {
    writeFileSync(config, JSON.stringify({ pause }));
    const where = ['--config', config, '--source', `claude:${records}`];
    const engine = await made.engine(mode, where);
    await engine.line({ kind: 'started' });
    return engine;
  };
  return { ...made, agent, records, watching };
}

/** Not yet: the engine has not read of the agent, or has not noticed that the one before it has ended. */
const NOT_YET: ReadonlySet<unknown> = new Set(['pause_no_process', 'no_engine']);

/** Pauses the agent as soon as the engine knows it. */
async function paused({ run, agent }: World, ...args: readonly string[]): Promise<void> {
  let answer: Readonly<Record<string, unknown>> = {};
  await until(async () => {
    answer = (await run(['pause', AGENT, '--json', ...args])).json();
    return !NOT_YET.has(answer['code']);
  });
  expect(answer).toMatchObject({ ok: true, outcome: 'paused', pids: [agent.pid], processes: 3 });
}

describe.skipIf(!CAN_ISOLATE || process.platform !== 'linux')('an agent', () => {
  test('is paused by a command with its group, and goes on by another', async () => {
    const made = await world();
    const engine = await made.watching();
    await paused(made, '--reason', 'lunch');
    expect([made.agent.pid, ...made.agent.children].every((pid) => made.agent.isStopped(pid))).toBe(true);
    const line = await engine.line({ kind: 'operator', action: 'pause', target: AGENT });
    expect(line).toMatchObject({ pids: [made.agent.pid], reason: expect.stringContaining('lunch') as string });
    const doctor = await made.run(['doctor', '--source', `claude:${made.records}`]);
    expect(doctor.out).toContain(`paused ${AGENT}: pid ${made.agent.pid}, 3 processes, since `);
    expect(doctor.out).toContain(`engine ${engine.child.pid} continues it; by hand: kill -CONT -${made.agent.pid}`);
    const again = await made.run(['pause', String(made.agent.pid)]);
    expect(again).toMatchObject({ code: 1 });
    expect(again.errors).toContain(`process ${made.agent.pid} is paused already`);
    expect(await made.run(['resume', AGENT])).toMatchObject({ code: 0, out: `resumed: pid ${made.agent.pid}\n` });
    await until(() => !made.agent.isStopped());
    await engine.line({ kind: 'operator', action: 'resume', target: AGENT });
    expect((await made.run(['resume'])).errors).toContain('nothing of it is paused');
  });

  test('goes on by itself when its time is over', async () => {
    const made = await world();
    const engine = await made.watching();
    await paused(made, '--for', '1s');
    await engine.line({ kind: 'operator', action: 'resume', reason: 'its time was over' });
    await until(() => !made.agent.isStopped());
    // No longer than is configured.
    const other = await made.watching({ enabled: true, max_minutes: 0.01 });
    expect(other.child.pid).not.toBe(engine.child.pid);
    await engine.end('SIGTERM');
    await paused(made, '--for', '1h');
    await other.line({ kind: 'operator', action: 'resume', reason: 'its time was over' });
    await until(() => !made.agent.isStopped());
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('goes on when the engine ends by %s', async (signal) => {
    const made = await world();
    const engine = await made.watching();
    await paused(made);
    await engine.end(signal);
    expect(made.agent.isStopped()).toBe(false);
    expect(engine.all({ kind: 'operator', action: 'resume' })).toMatchObject([{ reason: 'sightline ends' }]);
  });

  test('stays stopped behind an engine that is killed, is named by doctor, and goes on with the next one', async () => {
    const made = await world();
    const engine = await made.watching();
    await paused(made);
    await engine.end('SIGKILL');
    expect(made.agent.isStopped()).toBe(true);
    const doctor = await made.run(['doctor', '--source', `claude:${made.records}`]);
    expect(doctor.out).toContain(
      `the engine that paused it is gone; sightline resume, or: kill -CONT -${made.agent.pid}`,
    );
    // Doctor changes nothing, and a run that only reads does not either.
    const once = (await made.run(['once', '--json', '--source', `claude:${made.records}`])).json();
    expect(once).toMatchObject({
      agents: [{ trouble: { kind: 'paused' } }],
      conversations: [{ trouble: { kind: 'paused' } }],
    });
    expect(made.agent.isStopped()).toBe(true);
    // Also by an engine that may not pause itself.
    const next = await made.watching({ enabled: false });
    await next.line({ kind: 'operator', action: 'resume', reason: 'the engine that paused it is gone' });
    await until(() => !made.agent.isStopped());
    expect(readdirSync(join(made.stateDir, 'paused'))).toEqual([]);
  });

  test('goes on by a command, where no engine is started any more', async () => {
    const made = await world();
    const engine = await made.watching();
    await paused(made);
    await engine.end('SIGKILL');
    expect(await made.run(['resume', '--json'])).toMatchObject({ code: 0 });
    await until(() => !made.agent.isStopped());
    expect((await made.run(['resume'])).code).toBe(1);
  });

  test('is not paused where that is not configured, in mode observe, or without an engine', async () => {
    const made = await world();
    expect(await made.run(['pause', AGENT])).toMatchObject({ code: 3 });
    const engine = await made.watching({ enabled: false });
    expect((await made.run(['pause', AGENT, '--json'])).json()).toMatchObject({ ok: false, code: 'pause_off' });
    await engine.end('SIGTERM');
    await made.watching({ enabled: true }, 'observe');
    expect((await made.run(['pause', AGENT, '--json'])).json()).toMatchObject({ ok: false, code: 'pause_observing' });
    expect(made.agent.isStopped()).toBe(false);
    expect(existsSync(join(made.stateDir, 'paused'))).toBe(false);
  });

  test('is paused and resumed by p on a console, which shows until when', async () => {
    const made = await world();
    await made.watching();
    const screen = made.console();
    await screen.shows(AGENT);
    await screen.shows('ATTACHED');
    await until(async () => {
      screen.press('p');
      return made.agent.isStopped();
    });
    await screen.shows(/Claude paused since \d\d:\d\d, until \d\d:\d\d/u);
    await screen.shows('p resume Claude (');
    screen.press('p');
    await screen.shows(`${AGENT} goes on by`);
    await until(() => !made.agent.isStopped());
    screen.press(KEYS.ctrlC);
    await screen.ended;
  });

  test('goes on when the dashboard that paused it loses its terminal', async () => {
    const made = await world();
    const config = join(tempDir(), 'sightline.json');
    writeFileSync(config, JSON.stringify({ pause: { enabled: true } }));
    const reads = ['--config', config, '--source', `claude:${made.records}`, '--state-dir', made.stateDir];
    const acts = ['--workspace', made.workspace, '--checkpointer', 'git', '--mode', 'hold'];
    const screen = made.console([...reads, ...acts]);
    await screen.shows(AGENT);
    await until(async () => {
      screen.press('p');
      return made.agent.isStopped();
    });
    await screen.shows('paused since');
    screen.hangUp();
    await until(() => !made.agent.isStopped());
  });
});
