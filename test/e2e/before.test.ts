import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { claudeSession } from '../helpers/claude-session.ts';
import { type Headless, startHeadless } from '../helpers/headless.ts';
import { cleanEnvironment, runProgram } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { openTerminal } from '../helpers/terminal.ts';

const hookEvent = z.object({ kind: z.string(), text: z.string() });

/** A project in which Claude Code works, and a policy for the moments before. */
function project(policy: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) {
  const env = cleanEnvironment();
  const home = env['HOME'] ?? '';
  const workspace = join(home, 'src', 'shop');
  mkdirSync(workspace, { recursive: true });
  const cart = join(workspace, 'cart.txt');
  writeFileSync(cart, 'zero');
  const session = claudeSession(join(home, '.claude'), { cwd: workspace });
  session.prompt('the first');
  session.answer('msg_0000000000000001');
  const config = join(home, 'sightline.json');
  const facts = { workspace, checkpointer: 'git', debounce: 0, policy, ...more };
  writeFileSync(config, JSON.stringify(facts));
  const start = async (args: readonly string[] = ['--arm']): Promise<Headless> => {
    const headless = startHeadless(['--config', config, ...args], { env });
    await headless.line({ kind: 'started' });
    return headless;
  };
  // Other engines may run on this machine.
  const onIt = ['--workspace', workspace, '--config', config];
  const snapshots = (): readonly string[] => {
    const { stdout } = runProgram(['snapshots', 'list', ...onIt, '--json'], { env });
    const { snapshots: listed } = JSON.parse(stdout) as {
      readonly snapshots: readonly { readonly snapshot: string }[];
    };
    return listed.map(({ snapshot }) => snapshot);
  };
  return { env, config, onIt, workspace, cart, session, start, snapshots };
}

test('a turn is checkpointed before its edits, and one before which nothing was written is not', async () => {
  const { env, onIt, cart, session, start, snapshots } = project({ types: { turn_start: 'checkpoint' } });
  const headless = await start();
  await expect.poll(snapshots, { timeout: 10_000 }).toHaveLength(1);
  writeFileSync(cart, 'by hand');
  session.prompt('add the tax');
  const signal = await headless.line({ kind: 'signal' });
  expect(signal).toMatchObject({ signal: 'turn_start', origin: 'derived', from_records: true, severity: 'low' });
  const { snapshot } = await headless.line({ fate: 'checkpointed' });
  expect(snapshot).toMatch(/^auto-.*-turn_start$/u);
  session.prompt('once more');
  const left = await headless.line({ fate: 'coalesced', settled: true });
  expect(left).toMatchObject({ into: snapshot, reason: `nothing was written since ${snapshot}` });
  expect(headless.all({ phase: 'ended', outcome: 'unchanged' })).toHaveLength(1);
  session.tool('toolu_01', 'Write', { file_path: cart, content: 'spoilt' });
  writeFileSync(cart, 'spoilt');
  session.result('toolu_01', 'ok');
  session.prompt('and again');
  await headless.line(({ fate, snapshot: made }) => fate === 'checkpointed' && made !== snapshot);
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'signal' })).toHaveLength(3);
  const { stdout } = runProgram(['snapshots', 'diff', String(snapshot), ...onIt], { env });
  expect(stdout).toMatch(/-by hand[^]*\+spoilt/u);
  const replayed = runProgram(['replay', ...onIt, '--json'], { env });
  expect(JSON.parse(replayed.stdout)).toMatchObject({ same: true, different_steps: 0, refused: 0 });
  const explained = runProgram(['explain', left['signal_id'] as string, ...onIt], { env });
  expect(explained.stdout).toMatch(/the record of a prompt[^]*nothing was written since/u);
});

test('only the newest checkpoints of turns are kept, and no other is removed for them', async () => {
  const policy = { types: { turn_start: 'checkpoint' }, turn_start_keep: 2 };
  const { cart, session, start, snapshots } = project(policy);
  const headless = await start();
  for (let call = 0; call < 5; call += 1) session.failure('API Error: 529 Overloaded', { apiErrorStatus: 529 });
  const { snapshot: storm } = await headless.line({ fate: 'checkpointed' });
  const turns: string[] = [];
  for (const text of ['one', 'two', 'three', 'four']) {
    writeFileSync(cart, text);
    session.prompt(text);
    const known = new Set(turns);
    const made = await headless.line(
      ({ fate, signal, snapshot }) =>
        fate === 'checkpointed' && signal === 'turn_start' && !known.has(String(snapshot)),
    );
    turns.push(String(made['snapshot']));
  }
  await expect.poll(snapshots, { timeout: 10_000 }).toHaveLength(4);
  await headless.end('SIGTERM');
  const left = snapshots();
  expect(left).toEqual(expect.arrayContaining([storm, ...turns.slice(2)]));
  expect(left.filter((id) => id.startsWith('base-'))).toHaveLength(1);
});

test('a command that deletes is held while its tool is open, then checkpointed', async () => {
  const { session, start } = project({ types: { risky_tool: 'checkpoint' } });
  const headless = await start(['--mode', 'hold', '--grace', '1']);
  session.tool('toolu_01', 'Bash', { command: 'cd web && sudo rm -rf "build dir"' });
  const signal = await headless.line({ kind: 'signal', signal: 'risky_tool' });
  expect(await headless.line({ phase: 'held' })).toMatchObject({ trigger: signal['signal_id'] });
  await headless.line({ fate: 'checkpointed', signal: 'risky_tool' });
  session.result('toolu_01', '');
  // Over before it was read: nothing is ahead any more.
  session.text('');
  session.tool('toolu_02', 'Bash', { command: 'git status && echo "rm -rf /"' });
  session.result('toolu_02', '');
  session.prompt();
  session.answer('msg_0000000000000009');
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'signal' })).toHaveLength(1);
});

test('a context that fills up is checkpointed once a fill', async () => {
  const { session, start } = project({ types: { compaction_near: 'checkpoint' } });
  const headless = await start();
  const fill = (id: string, tokens: number): string =>
    session.answer(id, {
      model: 'claude-haiku-4-5',
      usage: { input_tokens: tokens, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    });
  fill('msg_0000000000000002', 100_000);
  fill('msg_0000000000000003', 171_000);
  const first = await headless.line({ kind: 'signal', signal: 'compaction_near' });
  await headless.line({ fate: 'checkpointed', signal: 'compaction_near' });
  fill('msg_0000000000000004', 180_000);
  session.row({
    type: 'system',
    subtype: 'compact_boundary',
    compactMetadata: { trigger: 'auto', preTokens: 180_000 },
  });
  fill('msg_0000000000000005', 30_000);
  fill('msg_0000000000000006', 175_000);
  await headless.line(({ kind, signal_id }) => kind === 'signal' && signal_id !== first['signal_id']);
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'signal' })).toHaveLength(2);
});

test('a context whose window only the configuration knows fills up, too', async () => {
  const { session, start } = project(
    { types: { compaction_near: 'checkpoint' } },
    { prices: { 'qwen3-max': { context_window: 262_144 } } },
  );
  const headless = await start();
  for (const [at, tokens] of [100_000, 230_000].entries()) {
    const usage = { input_tokens: tokens, output_tokens: 5 };
    session.answer(`msg_000000000000001${at}`, { model: 'qwen3-max', usage });
  }
  await headless.line({ kind: 'signal', signal: 'compaction_near' });
  await headless.line({ fate: 'checkpointed', signal: 'compaction_near' });
  await headless.end('SIGTERM');
});

test('hooks and metrics tell of all three, with what each was raised for', async () => {
  const types = ['turn_start', 'risky_tool', 'compaction_near'];
  const told = join(tempDir(), 'told.jsonl');
  const hook = join(tempDir(), 'hook.sh');
  writeFileSync(hook, `#!/bin/sh\ncat >> '${told}'; echo >> '${told}'\n`, { mode: 0o755 });
  const { session, start } = project(
    { types: Object.fromEntries(types.map((type) => [type, 'checkpoint'])) },
    { metrics: '127.0.0.1:0', hooks: [{ name: 'ours', on: ['signal', 'fate'], types, command: [hook] }] },
  );
  const headless = await start();
  const fill = (id: string, tokens: number): string =>
    session.answer(id, { model: 'claude-haiku-4-5', usage: { input_tokens: tokens, output_tokens: 5 } });
  fill('msg_0000000000000002', 100_000);
  session.prompt('add the tax');
  await headless.line({ signal: 'turn_start', settled: true });
  session.tool('toolu_01', 'Bash', { command: 'git reset --hard' });
  await headless.line({ signal: 'risky_tool', settled: true });
  session.result('toolu_01', '');
  fill('msg_0000000000000003', 171_000);
  await headless.line({ signal: 'compaction_near', settled: true });
  const events = (kind: string): readonly string[] => {
    const lines = existsSync(told) ? readFileSync(told, 'utf8').split('\n') : [];
    const all = lines.flatMap((line) =>
      line.startsWith('{') && line.endsWith('}') ? [hookEvent.parse(JSON.parse(line))] : [],
    );
    return all.filter((event) => event.kind === kind).map(({ text }) => text);
  };
  await expect.poll(() => events('fate'), { timeout: 10_000 }).toHaveLength(3);
  expect(events('signal')).toEqual([
    expect.stringMatching(/^turn_start of Claude: a turn began/u),
    expect.stringMatching(/^risky_tool of Claude: the tool Bash was called with git reset --hard/u),
    expect.stringMatching(/^compaction_near of Claude: the context is 8\d % full/u),
  ]);
  const address = /metrics: (?<url>http:\S+)/u.exec(headless.errors())?.groups?.['url'] ?? '';
  const text = await (await fetch(address)).text();
  for (const type of types) expect(text).toContain(`sightline_signals_total{type="${type}",severity="low"} 1`);
  await headless.end('SIGTERM');
});

test('nothing is raised of a moment that the policy does not name, not even by its severity', async () => {
  const { session, start } = project({ severities: { low: 'checkpoint' } });
  const headless = await start();
  session.prompt('add the tax');
  session.tool('toolu_01', 'Bash', { command: 'rm -rf build' });
  for (let call = 0; call < 5; call += 1) session.failure('API Error: 529 Overloaded', { apiErrorStatus: 529 });
  await headless.line({ fate: 'checkpointed' });
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'signal' }).map(({ signal }) => signal)).toEqual(['retry_storm']);
});

test('the screen lists the moments in its policy, and one key turns one on', async () => {
  const { env, config, cart, session } = project({});
  const screen = openTerminal(['--config', config, '--mode', 'auto'], { env, columns: 120, rows: 40 });
  await screen.shows(/[●*] live/);
  await screen.shows(/first snapshot base-/);
  screen.press('P');
  await screen.shows(/turn_start +ignore +default \(agents' records only\)/);
  screen.press('/');
  screen.press('turn_start');
  screen.press('\r');
  await screen.shows(/Policy 1 of/);
  screen.press('j');
  await screen.shows(/▸ type +turn_start/);
  screen.press('\r');
  await screen.shows(/turn_start +checkpoint +you, for this session/);
  screen.press('4');
  writeFileSync(cart, 'by hand');
  session.prompt('add the tax');
  await screen.shows(/turn_start +Claude +.*✓ checkpointed/);
  screen.press('\r');
  await screen.shows(/known by +the agent's own records/);
  await screen.shows(/rule +turn_start → checkpoint/);
});
