import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { until } from '../helpers/until.ts';

test('--quiet leaves standard error to errors; --log-file has it all, and with --debug each step', async () => {
  const world = await headlessWorld();
  const file = join(world.folder, '..', 'sightline.log');
  const log = (): string => readFileSync(file, 'utf8');
  const args = ['--arm', '--workspace', world.workspace, '--checkpointer', 'git'];
  const headless = world.start([...args, '--quiet', '--debug', '--log-file', file]);
  await headless.line({ kind: 'started' });
  await until(() => log().includes('first snapshot base-'), 30_000);
  await world.storm('c1');
  await headless.line({ kind: 'fate', fate: 'checkpointed' });
  await headless.end('SIGTERM');
  expect(headless.errors()).toBe('');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const lines = log().trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (?:info |debug) \S/u);
  expect(log()).toMatch(/info {2}started in mode auto; sources: sqlite:/u);
  expect(log()).toMatch(/info {2}signal retry_storm, critical, agent Claude/u);
  expect(log()).toMatch(/info {2}retry_storm of Claude: checkpointed, auto-/u);
  expect(log()).toMatch(/debug sqlite:\S+: received \d+ events?/u);
  expect(log()).toMatch(/debug checkpoint auto-\S+ of \S+project, deadline 10000 ms/u);
  expect(log()).toMatch(/debug run git /u);
  expect(log()).toMatch(/info {2}stopped: SIGTERM; 1 signal, /u);
});

test('--debug tells each step on standard error', async () => {
  const world = await headlessWorld();
  const headless = world.start(['-v']);
  await headless.line({ kind: 'started' });
  await world.writer.call({ conversation_id: 'c1' });
  await until(() => /^sightline: sqlite:\S+: received \d+ events?$/mu.test(headless.errors()), 30_000);
});

test('an error is said, quiet or not', async () => {
  const headless = (await headlessWorld()).start(['--quiet', '--arm']);
  expect(await headless.end()).toMatchObject({ code: 2 });
  expect(headless.errors()).toMatch(/^sightline: mode auto cannot be armed: there is no workspace/u);
});
