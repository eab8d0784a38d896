import { expect, test } from 'vitest';
import { type Intercept, send, serveAgentsight, type TestServer } from '../helpers/agentsight-server.ts';
import type { AgentsightWriter } from '../helpers/agentsight-writer.ts';
import { screenWorld, type ScreenWorld } from '../helpers/screen-world.ts';
import { openTerminal } from '../helpers/terminal.ts';

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
  await screen.shows('LIVE');
  await screen.shows('⚑ dead_loop');
  screen.press('4');
  await screen.shows('r resolve dead_loop (asks y/n)');
  screen.press('r');
  await screen.shows('Resolve dead_loop of Hermes?');
  await screen.shows(`${base}: it is marked as resolved there`);
  expect(requests.some((path) => path.endsWith('/resolve'))).toBe(false);
  screen.press('y');
  await screen.shows(`resolved: dead_loop of Hermes at ${base}`);
  await screen.shows('✓ dead_loop');
  screen.press('r');
  await screen.shows('it is resolved already');
  screen.press('L');
  await screen.shows(/Log[\s\S]*resolved: dead_loop of Hermes/);
});

test("the server's refusal is told in words", async () => {
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
  await screen.shows('does not know this interruption any more');
});

test('the database is only read, and a screen on a wall does not act', async () => {
  const world = await screenWorld();
  await world.writer.interruption(ROW);
  const screen = await world.open();
  await screen.shows('⚑ dead_loop');
  screen.press('4');
  await screen.shows('shown, not acted upon');
  screen.press('r');
  await screen.shows(`sqlite:${world.folder} is only read`);
  const wall = await world.open(['--read-only', '--state-dir', `${world.stateDir}-wall`]);
  await wall.shows('⚑ dead_loop');
  wall.press('4');
  await wall.shows('shown, not acted upon');
  wall.press('r');
  await wall.shows('read-only: start without --read-only to act');
});
