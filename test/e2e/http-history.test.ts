import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { stateSchema } from '../../src/commands/once/schema.ts';
import { serveAgentsight, type TestServer } from '../helpers/agentsight-server.ts';
import { startHeadless } from '../helpers/headless.ts';
import { callFields, countRequests } from '../helpers/http-world.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { headlessWorld, type HeadlessWorld } from '../helpers/headless-world.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const OLD = '/api/conversations/old';

/** A conversation of an hour ago whose calls the server never gets ready, and one of now. */
async function served(): Promise<HeadlessWorld & { readonly server: TestServer }> {
  const world = await headlessWorld();
  const hourAgo = BigInt(Date.now() - 3_600_000) * 1_000_000n;
  const times = { start_timestamp_ns: hourAgo, end_timestamp_ns: hourAgo + 1_000_000_000n };
  await world.writer.call(callFields('old', { ...times, conversation_id: 'old', session_id: 'old' }));
  await world.writer.call(callFields('new', { conversation_id: 'new', session_id: 'new' }));
  const server = await serveAgentsight(world.folder, {
    version: 'new',
    intercept: (_request, _response, path) => path === OLD,
  });
  return { ...world, server };
}

test('headless starts, and tells of live signals, while a long history is still being read over HTTP', async () => {
  const { server, writer, stateDir } = await served();
  const headless = startHeadless(['--source', server.base, '--state-dir', stateDir]);
  await headless.line({ kind: 'started' });
  await writer.call(callFields('crash', { conversation_id: 'new', status_code: 500 }, 'worker crashed: SIGKILL'));
  const signal = await headless.line({ kind: 'signal' });
  expect(signal).toMatchObject({ signal: 'agent_crash', call_id: 'crash', historical: false });
  expect(await headless.end('SIGTERM')).toMatchObject({ code: 0 });
});

test('the screen shows what is not read yet by its sums, marked, and says what the mark means', async () => {
  const { server, stateDir } = await served();
  const screen = openTerminal(['--source', server.base, '--state-dir', stateDir]);
  await screen.shows('Conversations 2');
  screen.press('2');
  await screen.shows(/idle +Claude .* ~1 /u);
  await screen.shows('~ summary: calls not read yet');
});

test('once tells by its sums what a server did not come to tell before it went away', async () => {
  const { server, stateDir } = await served();
  const args = [PROGRAM, 'once', '--json', '--source', server.base, '--state-dir', stateDir];
  const printed = new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env: cleanEnvironment() }, (_error, stdout) => resolve(stdout));
  });
  await until(() => countRequests(server, OLD) > 0, 15_000);
  await server.stop();
  const doc = stateSchema.parse(JSON.parse(await printed));
  const old = doc.conversations.find(({ conversation_id }) => conversation_id === 'old');
  expect(old).toMatchObject({
    calls: 1,
    input_tokens: 120,
    summary: { calls: 1, input_tokens: 120, output_tokens: 8 },
  });
  expect(doc.sources).toMatchObject([{ health: 'lost', calls: 1 }]);
});
