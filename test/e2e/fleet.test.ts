import { expect, test } from 'vitest';
import { stateSchema } from '../../src/commands/once/schema.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { natsServer } from '../helpers/nats-server.ts';
import { runProgram } from '../helpers/program.ts';
import { KEYS, openTerminal } from '../helpers/terminal.ts';

const HOLD = ['--mode', 'hold', '--grace', '3600', '--checkpointer', 'git'];

test('a console over two hosts: both at a glance, a veto where the workspace is, one whole and back', async () => {
  const { url } = await natsServer();
  const one = await headlessWorld();
  const two = await headlessWorld();
  const on = (name: string): readonly string[] => ['--nats', url, '--nats-name', name];
  const first = one.start([...HOLD, '--workspace', one.workspace, ...on('build-07')]);
  const second = two.start([...on('edge-fra')]);
  await first.line({ kind: 'started' });
  await second.line({ kind: 'started' });
  const console = openTerminal(['--nats', url, '--nats-name', 'ops'], { columns: 120, rows: 34 });
  await console.shows(/1 HOLD · 1 OBSERVE/u);
  await console.shows(/edge-fra +OBSERVE/u);
  await one.failedCall('process crashed', { call_id: 'a', conversation_id: 'one', agent_name: 'Hermes' });
  await console.shows(/build-07 +HOLD 3,?600 s|build-07 +HOLD/u);
  await console.shows('agent_crash Hermes');
  await console.shows('x veto project');
  console.press('x');
  const { by } = await first.line({ kind: 'operator', action: 'veto' });
  expect(by).toEqual({ user: 'ops', tty: null, claimed: false });
  await console.hides('x veto');
  console.press(KEYS.enter);
  await console.shows(/ATTACHED build-07 headless \d+ · HOLD/u);
  console.press(KEYS.escape);
  await console.shows(/1 HOLD · 1 OBSERVE/u);
  second.child.kill('SIGKILL');
  await console.shows(/edge-fra +unseen/u);
  await console.shows('observed only');
});

test('once prints the hosts, doctor checks the broker, and both say where none answers', async () => {
  const server = await natsServer();
  const world = await headlessWorld();
  const headless = world.start(['--nats', server.url, '--nats-name', 'build-07']);
  await headless.line({ kind: 'started' });
  const once = runProgram(['once', '--json', '--nats', server.url]);
  expect(once.status).toBe(0);
  const { hosts } = stateSchema.parse(JSON.parse(once.stdout));
  expect(hosts).toMatchObject([{ host: 'build-07', mode: 'observe', unseen: false }]);
  const doctor = runProgram(['doctor', '--nats', server.url]);
  expect(doctor.stdout).toContain('nats-server 2.');
  expect(doctor.stdout).toContain('host build-07: observe, version');
  expect(doctor.status).toBe(0);
  await server.stop();
  expect(runProgram(['once', '--nats', server.url]).status).toBe(3);
  const failed = runProgram(['doctor', '--nats', server.url]);
  expect(failed.status).toBe(1);
  expect(failed.stdout).toContain('FAILED  broker');
});
