import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { PLAYER_VARIABLE } from '../../../src/feeds/demo/protocol.ts';
import { makeStage, removeStage } from '../../../src/feeds/demo/stage.ts';
import { PLAYER_COMMAND, startPlayer, type TestPlayer } from '../../helpers/demo-player.ts';
import { until } from '../../helpers/until.ts';

const players: TestPlayer[] = [];

afterEach(async () => {
  for (const player of players.splice(0)) {
    await player.close();
    await removeStage(player.stage.root);
  }
});

test('the databases have the newest schema, in WAL mode, and history before the start', async () => {
  const player = await play('calm');
  const database = openGenai(player);
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  const columns = database
    .prepare('PRAGMA table_info(genai_events)')
    .all()
    .map((column) => column['name']);
  expect(columns).toHaveLength(48);
  expect(columns).toContain('pending_match_key');
  const history = database.prepare('SELECT status, typeof(start_timestamp_ns) AS start FROM genai_events').all();
  expect(history).toHaveLength(5);
  expect(new Set(history.map((row) => `${row['status']} ${row['start']}`))).toEqual(new Set(['complete integer']));
  database.close();
});

test('a reader beside it sees a dead agent’s call first pending and then interrupted', async () => {
  const player = await play('crash', { speed: 1 });
  const database = openGenai(player);
  const seen = new Set<unknown>();
  player.order('go');
  await until(() => {
    for (const row of database.prepare('SELECT status, interruption_type FROM genai_events').all()) {
      seen.add(`${row['status']} ${row['interruption_type']}`);
    }
    return player.has('end');
  }, 15_000);
  expect([...seen]).toEqual(['pending null', 'interrupted agent_crash']);
  database.close();
});

test('a failed call is completed in its own commit, and stamped in a later one', async () => {
  const player = await play('overflow', { speed: 0.2 });
  const database = openGenai(player);
  const seen = new Set<unknown>();
  player.order('go');
  await until(() => {
    const row = database.prepare('SELECT status, status_code, interruption_type FROM genai_events').get();
    if (row !== undefined) seen.add(`${row['status']} ${row['status_code']} ${row['interruption_type']}`);
    return player.has('end');
  }, 15_000);
  expect([...seen].filter((state) => !String(state).startsWith('pending'))).toEqual([
    'complete 400 null',
    'complete 400 context_overflow',
  ]);
  const error = database.prepare("SELECT json_extract(event_json, '$.LLMCall.error') AS error FROM genai_events").get();
  expect(error).toEqual({ error: 'prompt is too long: 214512 tokens > 200000 maximum' });
  database.close();
});

test('agentsight’s own storm row occurred when the fifth failure ended', async () => {
  const player = await play('storm');
  player.order('go');
  await until(() => player.has('end'));
  const genai = openGenai(player);
  const statement = genai.prepare('SELECT end_timestamp_ns AS ended, interruption_type FROM genai_events ORDER BY id');
  statement.setReadBigInts(true);
  const calls = statement.all();
  expect(calls.map((call) => call['interruption_type'])).toEqual(Array.from({ length: 6 }, () => 'auth_error'));
  const interruptions = new DatabaseSync(join(player.stage.feedDir, 'interruption_events.db'), { readOnly: true });
  const rows = interruptions.prepare(
    'SELECT interruption_type, severity, occurred_at_ns AS occurred FROM interruption_events',
  );
  rows.setReadBigInts(true);
  expect(rows.all()).toEqual([
    { interruption_type: 'auth_error', severity: 'high', occurred: calls[0]?.['ended'] },
    { interruption_type: 'retry_storm', severity: 'critical', occurred: calls[4]?.['ended'] },
  ]);
  genai.close();
  interruptions.close();
});

test('its agents change files in their workspaces', async () => {
  const player = await play('crash', { speed: 50 });
  const workspace = player.stage.workspace('mobile');
  await expect(access(join(workspace, 'src/legacy.ts'))).resolves.toBeUndefined();
  player.order('go');
  await until(() => player.has('end'));
  await expect(access(join(workspace, 'src/legacy.ts'))).rejects.toThrow('ENOENT');
  expect(await readFile(join(workspace, 'README.md'), 'utf8')).toContain('# mobile');
});

test('the same seed writes the same rows, another seed others', async () => {
  const [first, again, other] = [await rowsOf(7), await rowsOf(7), await rowsOf(8)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(other).toHaveLength(first.length);
});

test('it waits at a cue until the operator has acted', async () => {
  const player = await play('silence', { speed: 100 });
  player.order('go');
  await until(() => player.has('end'));
  expect(player.messages.map((message) => message.type)).toEqual(['ready', 'cue', 'note', 'end']);
});

test('a player whose parent is gone ends and removes what they made', async () => {
  const stage = await makeStage();
  const [file, ...args] = PLAYER_COMMAND;
  const options = { root: stage.root, scenario: 'calm', seed: 1, speed: 1 };
  const env = { ...process.env, [PLAYER_VARIABLE]: JSON.stringify(options) };
  const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'], env });
  await until(() =>
    access(join(stage.feedDir, 'genai_events.db')).then(
      () => true,
      () => false,
    ),
  );
  child.stdin.end();
  await once(child, 'close');
  await expect(access(stage.root)).rejects.toThrow('ENOENT');
});

test('reports a scenario that does not exist', async () => {
  const player = await startPlayer('teapot');
  players.push(player);
  expect(await player.ended).toContain('the demo has no scenario "teapot"');
});

test('a directory that the demo did not make is never removed', async () => {
  await expect(removeStage('/tmp')).rejects.toThrow('not removed');
});

async function play(scenario: string, options: { speed?: number; seed?: number } = {}): Promise<TestPlayer> {
  const player = await startPlayer(scenario, options);
  players.push(player);
  await until(() => player.has('ready'));
  return player;
}

function openGenai(player: TestPlayer): DatabaseSync {
  return new DatabaseSync(join(player.stage.feedDir, 'genai_events.db'), { readOnly: true });
}

/** Everything that doesn't depend on when the run began. */
async function rowsOf(seed: number): Promise<readonly unknown[]> {
  const player = await play('burst', { seed, speed: 100 });
  player.order('go');
  await until(() => player.has('end'));
  const database = openGenai(player);
  const rows = database
    .prepare('SELECT call_id, conversation_id, session_id, status, pid, duration_ns, output_messages FROM genai_events')
    .all();
  database.close();
  return rows;
}
