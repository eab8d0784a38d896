import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  await console.shows(/x veto project on build-07, 1 h left/u);
  console.press('x');
  const { by } = await first.line({ kind: 'operator', action: 'veto' });
  expect(by).toEqual({ user: 'ops', tty: null, claimed: false });
  await console.hides('x veto');
  await console.shows('m mode of build-07');
  console.press('m');
  await console.shows('Mode of build-07');
  console.press('k');
  await console.shows(/\(•\) OBSERVE/u);
  console.press(KEYS.enter);
  expect(await first.line({ kind: 'operator', action: 'mode' })).toMatchObject({ by: { user: 'ops' } });
  await console.shows(/2 OBSERVE/u);
  console.press('m');
  await console.shows('Mode of build-07');
  console.press('j');
  await console.shows(/\(•\) HOLD/u);
  console.press(KEYS.enter);
  await console.shows('Raise build-07 to HOLD in project?');
  console.press('y');
  await console.shows(/1 HOLD · 1 OBSERVE/u);
  console.press(KEYS.enter);
  await console.shows(/ATTACHED build-07 headless \d+ · HOLD/u);
  await console.shows('m mode of build-07');
  console.press(KEYS.escape);
  await console.shows(/1 HOLD · 1 OBSERVE/u);
  second.child.kill('SIGKILL');
  await console.shows(/edge-fra +unseen/u);
  await console.shows('observed only');
});

test('two consoles over one host: each is told what the other one did, and by whom', async () => {
  const { url } = await natsServer();
  const world = await headlessWorld();
  const host = world.start([...HOLD, '--workspace', world.workspace, '--nats', url, '--nats-name', 'build-07']);
  await host.line({ kind: 'started' });
  const open = (user: string) => openTerminal(['--nats', url, '--nats-name', user], { columns: 120, rows: 34 });
  const [ops, mia] = [open('ops'), open('mia')];
  for (const console of [ops, mia]) await console.shows(/build-07 +HOLD/u);
  await world.failedCall('process crashed', { call_id: 'a', conversation_id: 'one', agent_name: 'Hermes' });
  for (const console of [ops, mia]) await console.shows(/x veto project on build-07/u);
  ops.press('x');
  await mia.shows(/build-07 veto .*project by ops/u);
  await mia.hides('x veto');
  mia.press('m');
  await mia.shows('Mode of build-07');
  mia.press('k');
  await mia.shows(/\(•\) OBSERVE/u);
  mia.press(KEYS.enter);
  await ops.shows(/build-07 mode observe by mia/u);
  for (const console of [ops, mia]) await console.shows(/build-07 +OBSERVE/u);
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
  expect(failed.stdout).toMatch(/FAILED {2}broker nats:\S+: nats:\S+ cannot be reached: .*ECONNREFUSED [\d.:]+$/mu);
});

test('doctor says what a console may not hear, and by which name it asks', async () => {
  const only = 'permissions: { subscribe: ["_INBOX.user.mia.>"], publish: ["$JS.API.>"] }';
  const { url } = await natsServer({ config: `authorization { users: [{ user: mia, password: secret, ${only} }] }` });
  const { folder } = await headlessWorld();
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'secret', { mode: 0o600 });
  const access = ['--nats', url, '--nats-user', 'mia', '--nats-password-file', passwordFile];
  const { stdout, status } = runProgram(['doctor', ...access]);
  expect(stdout).toMatch(
    /FAILED {2}broker .* permissions: .*Subscription to "sightline\.\*\.now".* is mia \(--nats-name\)/u,
  );
  expect(status).toBe(1);
});
