import { expect, test } from 'vitest';
import { type Intercept, send, serveAgentsight, type TestServer } from '../helpers/agentsight-server.ts';
import type { AgentsightWriter } from '../helpers/agentsight-writer.ts';
import { screenWorld, type ScreenWorld } from '../helpers/screen-world.ts';
import { nodeWithoutAgentsight } from '../helpers/no-agentsight.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { KEYS, openTerminal } from '../helpers/terminal.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const ROW = { interruption_type: 'dead_loop', severity: 'critical', agent_name: 'Hermes', detail: '{}' };

/** agentsight's server over the world's databases, whose `resolve` does what agentsight's does. */
async function serving({ folder, writer }: ScreenWorld, row: number, refuse = false): Promise<TestServer> {
  return serveAgentsight(folder, { version: 'new', intercept: resolving(writer, row, refuse) });
}

function resolving(writer: AgentsightWriter, row: number, refuse: boolean): Intercept {
  return (request, response, path) => {
    if (request.method !== 'POST' || !path.endsWith('/resolve')) return false;
    if (refuse) send(response, 404, '{"error":"Interruption not found"}');
    else void writer.updateInterruption(row, { resolved: 1 }).then(() => send(response, 200, '{"status":"resolved"}'));
    return true;
  };
}

test('an interruption is resolved at the server after y, and the screen shows it resolved', async () => {
  const world = await screenWorld();
  const { id } = await world.writer.interruption(ROW);
  const { base, requests } = await serving(world, id);
  const screen = openTerminal(['--source', base, '--state-dir', world.stateDir]);
  await screen.shows('● live');
  await screen.shows('⚑ dead_loop');
  screen.press('4');
  await screen.shows('r resolve dead_loop');
  screen.press('r');
  await screen.shows('Resolve dead_loop of Hermes?');
  await screen.shows(`${base}: it is marked as resolved there`);
  expect(requests.some((path) => path.endsWith('/resolve'))).toBe(false);
  screen.press('y');
  await screen.shows(new RegExp(`resolved by \\S+: dead_loop of Hermes at ${base}`));
  await screen.shows(/· dead_loop .*before the start, resolved/);
  screen.press('r');
  await screen.shows('it is resolved already');
  screen.press('L');
  await screen.shows(/Log[\s\S]*resolved by \S+: dead_loop of Hermes/);
});

test('shows why the server refused', async () => {
  const world = await screenWorld();
  const { id } = await world.writer.interruption(ROW);
  const { base } = await serving(world, id, true);
  const screen = openTerminal(['--source', base, '--state-dir', world.stateDir]);
  await screen.shows('⚑ dead_loop');
  screen.press('4');
  await screen.shows('r resolve');
  screen.press('r');
  await screen.shows('Resolve dead_loop of Hermes?');
  screen.press('y');
  await screen.shows('no longer knows this interruption');
});

test('the database is only read, and a screen on a wall does not act', async () => {
  const world = await screenWorld();
  await world.writer.interruption(ROW);
  const screen = await world.open();
  await screen.shows('⚑ dead_loop');
  screen.press('4');
  await screen.shows(/dead_loop .*before the start/);
  screen.press('r');
  await screen.shows(`sqlite:${world.folder} is only read`);
  const wall = await world.open(['--read-only', '--state-dir', `${world.stateDir}-wall`]);
  await wall.shows('⚑ dead_loop');
  wall.press('4');
  await wall.shows(/dead_loop .*before the start/);
  wall.press('r');
  await wall.shows('read-only: start without --read-only to act');
});

test('each source is told in full: one that is lost, when it is asked again, and that it came back', async () => {
  const world = await screenWorld();
  await world.writer.call({ conversation_id: 'one', agent_name: 'Hermes' });
  const server = await serveAgentsight(world.folder, { version: 'new' });
  const screen = await world.open(['--source', server.base]);
  await screen.shows('2 sources');
  screen.press('7');
  await screen.shows(/Sources 2[\s\S]*http:\S+ +ok [\s\S]*sqlite:|Sources 2[\s\S]*sqlite:\S+ +ok [\s\S]*http:/);
  await screen.shows(/read up to call 1/);
  await server.stop();
  await screen.shows(/ http:\S+ +lost /);
  screen.press('g');
  await screen.shows(/▸ +http:\S+ +lost /);
  await screen.shows(/health +lost since \d\d:\d\d:\d\d[\s\S]*detail +nothing listens[\s\S]*next retry +in \d+ s/);
  await screen.shows(/\? http:\S+ lost/);
  screen.press(KEYS.escape);
  await screen.shows('7 sources');
  await serveAgentsight(world.folder, { version: 'new', port: server.port });
  await screen.shows(/● live +2 sources/);
  screen.press(KEYS.enter);
  await screen.shows(/from http:\S+, sqlite:/);
});

test('shows which locations were tried without a feed, and what to do, in 80 columns too', async (context) => {
  const node = nodeWithoutAgentsight();
  if (node === null) return context.skip('agentsight is installed here, and cannot be hidden');
  const home = tempDir();
  const env = { ...cleanEnvironment(), HOME: home };
  const screen = openTerminal(['--state-dir', `${home}/state`], {
    columns: 80,
    rows: 24,
    env,
    command: [node, PROGRAM],
  });
  await screen.shows('no source yet');
  screen.press('7');
  await screen.shows('Sources 1');
  await screen.shows('no feed was found (7 shows more); tried:');
  await screen.shows(`${home}/.agentsight/genai_events.jsonl: does not exist`);
  await screen.shows('give one with --source URI');
});
