/** Issue 13: agentsight's server and the agent's own records tell of the same calls, which count once. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { serveAgentsight } from '../helpers/agentsight-server.ts';
import { claudeSession } from '../helpers/claude-session.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { folderWith } from '../helpers/sqlite-world.ts';

const IDS = ['msg_01AbCdEfGhIjKlMnOpQr1', 'msg_01AbCdEfGhIjKlMnOpQr2', 'msg_01AbCdEfGhIjKlMnOpQr3'];

type Sum = { readonly calls: number; readonly output: number };

/** A session whose calls agentsight saw too, in turns of its own: its counts of the output are the streams' first events. */
async function bothDoors() {
  const env = cleanEnvironment();
  const root = join(env['HOME'] ?? '', '.claude');
  const session = claudeSession(root, { cwd: '/work' });
  const rows = IDS.map((id, at) => {
    session.prompt();
    const usage = {
      input_tokens: 10,
      output_tokens: 50,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
    };
    session.answer(id, { usage });
    const end = BigInt(Date.now()) * 1_000_000n;
    const tokens = { input_tokens: 10, output_tokens: 1, cache_read_tokens: 100, cache_creation_tokens: 20 };
    const times = { start_timestamp_ns: end - 1_000_000n, end_timestamp_ns: end };
    return { call_id: id, trace_id: id, conversation_id: `turn${at}`, session_id: session.id, ...tokens, ...times };
  });
  const server = await serveAgentsight(folderWith(rows));
  const once = async (...sources: readonly string[]): Promise<Sum> => {
    const args = ['once', '--json', ...sources.flatMap((source) => ['--source', source])];
    // The server answers from this process, which may not wait for the program.
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], { env });
    const { conversations } = JSON.parse(stdout) as { conversations: { calls: number; output_tokens: number }[] };
    return conversations.reduce(
      (sum, { calls, output_tokens }) => ({ calls: sum.calls + calls, output: sum.output + output_tokens }),
      { calls: 0, output: 0 },
    );
  };
  return { root, server, once };
}

test('over HTTP and from the records each call counts once, in either order, with the greater of two outputs', async () => {
  const { root, server, once } = await bothDoors();
  const records = `claude:${root}`;
  expect(await once(server.base)).toEqual({ calls: 3, output: 3 });
  expect(await once(records)).toEqual({ calls: 3, output: 150 });
  expect(await once(server.base, records)).toEqual({ calls: 3, output: 150 });
  expect(await once(records, server.base)).toEqual({ calls: 3, output: 150 });
});

test('where one of the two is gone, the other one tells all', async () => {
  const { root, server, once } = await bothDoors();
  const records = `claude:${root}`;
  await server.stop();
  expect(await once(server.base, records)).toEqual({ calls: 3, output: 150 });
});
