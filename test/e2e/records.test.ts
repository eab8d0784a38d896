import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSightline } from '../../src/index.ts';
import { claudeSession } from '../helpers/claude-session.ts';
import { startHeadless } from '../helpers/headless.ts';
import { cleanEnvironment, runProgram } from '../helpers/program.ts';
import { openTerminal } from '../helpers/terminal.ts';

/** A machine with an agent's own records and nothing else: no agentsight, no rights, a project that the agent works in. */
function laptop() {
  const env = cleanEnvironment();
  const home = env['HOME'] ?? '';
  const project = join(home, 'src', 'shop');
  mkdirSync(join(project, '.git'), { recursive: true });
  mkdirSync(join(project, 'web'));
  writeFileSync(join(project, 'cart.txt'), 'good');
  const session = claudeSession(join(home, '.claude'), { cwd: join(project, 'web') });
  session.prompt();
  session.answer('msg_0000000000000001');
  const configure = (roots: readonly string[]): string => {
    const file = join(home, 'sightline.json');
    writeFileSync(
      file,
      JSON.stringify({ workspaces: { from_sessions: { enabled: true, roots } }, checkpointer: 'git' }),
    );
    return file;
  };
  return { env, home, project, session, configure };
}

test('a storm in a session that only its agent records is checkpointed in its folder, and rolled back', async () => {
  const { env, home, project, session, configure } = laptop();
  const config = configure(['src']);
  const headless = startHeadless(['--config', config, '--arm'], { env });
  const started = await headless.line({ kind: 'started' });
  expect(started).toMatchObject({
    sources: [{ uri: 'claude:', health: 'ok', calls: 1 }],
    workspaces: [{ workspace: project }],
  });
  session.prompt();
  for (let call = 0; call < 5; call += 1) session.failure('API Error: 529 Overloaded', { apiErrorStatus: 529 });
  const signal = await headless.line({ kind: 'signal' });
  expect(signal).toMatchObject({ signal: 'retry_storm', from_records: true, workspace: project, historical: false });
  const { snapshot } = await headless.line({ fate: 'checkpointed' });
  await headless.end('SIGTERM');
  writeFileSync(join(project, 'cart.txt'), 'spoilt');
  const options = { config, stateDir: join(home, '.local/state/sightline'), workspace: project, source: ['-'] };
  const engine = await openSightline({ ...options, feeds: [] });
  onTestFinished(() => engine.close());
  await engine.start();
  expect(await engine.intents.rollback(project, String(snapshot))).toMatchObject({ ok: true });
  expect(readFileSync(join(project, 'cart.txt'), 'utf8')).toBe('good');
});

test('sub-agents stand under the session that began them, on the screen and in once, and nothing counts twice', async () => {
  const { env, home, session } = laptop();
  const below = join('-work', session.id, 'subagents');
  const sub = claudeSession(join(home, '.claude'), { id: 'agent-explore', folder: below });
  const said = { isSidechain: true, sessionId: session.id, agentId: 'explore' };
  sub.row({ type: 'user', message: { role: 'user', content: 'find every caller' }, ...said });
  const usage = { input_tokens: 7, output_tokens: 3, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  const answer = { role: 'assistant', model: 'claude-haiku-4-5', stop_reason: 'end_turn', content: [], usage };
  for (const id of ['msg_0000000000000101', 'msg_0000000000000102'])
    sub.row({ type: 'assistant', message: { id, ...answer }, ...said });
  writeFileSync(sub.file.replace('.jsonl', '.meta.json'), JSON.stringify({ description: 'find every caller' }));
  const program = runProgram(['once', '--json', '--source', 'claude:'], { env });
  const { agents, conversations } = JSON.parse(program.stdout);
  expect(agents).toMatchObject([{ calls: 3, input_tokens: 24 }]);
  expect(conversations).toHaveLength(2);
  expect(conversations).toContainEqual(
    expect.objectContaining({
      conversation_id: session.id,
      calls: 1,
      input_tokens: 10,
      with_sub_agents: expect.objectContaining({ sub_agents: 1, calls: 3, input_tokens: 24 }),
    }),
  );
  expect(conversations).toContainEqual(expect.objectContaining({ calls: 2, parent_id: session.id }));
  const screen = openTerminal(['--source', 'claude:', '--state-dir', join(home, 'state')], { env });
  await screen.shows(/\+ go on/);
  await screen.shows('+ 1 sub-agent');
  screen.press('2', '+');
  const text = await screen.shows(/- go on/);
  expect(text).toMatch(/- go on .* 1 +0 /);
  expect(text).toMatch(/find every caller .* 2 +0 /);
  screen.press('j', '-');
  await screen.shows(/▸.*\+ go on/);
  await screen.hides('find every caller');
});

test('a folder below no root waits for a person, and the fate says how to confirm it', async () => {
  const { env, project, session, configure } = laptop();
  const config = configure([]);
  const headless = startHeadless(['--config', config, '--arm'], { env });
  await headless.line({ kind: 'started' });
  const storm = (): void => {
    for (let call = 0; call < 5; call += 1) session.failure('API Error: 529 Overloaded', { apiErrorStatus: 529 });
  };
  storm();
  const { reason } = await headless.line({ fate: 'no_workspace' });
  const command = `sightline doctor --repin ${project}`;
  expect(reason).toContain(command);
  await headless.end('SIGTERM');
  expect(runProgram([...command.split(' ').slice(1), '--config', config], { env }).stdout).toContain(`pin ${project}`);
  const again = startHeadless(['--config', config, '--arm'], { env });
  await again.line({ kind: 'started' });
  session.answer('msg_0000000000000002');
  storm();
  await again.line({ fate: 'checkpointed', workspace: project });
});

test('one key on its signal takes the folder of a session, and the next storm is checkpointed there', async () => {
  const { env, session, configure } = laptop();
  const screen = openTerminal(['--config', configure([]), '--mode', 'auto'], { env });
  await screen.shows(/[●*] live/);
  const storm = (): void => {
    for (let call = 0; call < 5; call += 1) session.failure('API Error: 529 Overloaded', { apiErrorStatus: 529 });
  };
  storm();
  screen.press('4');
  await screen.shows(/no workspace/);
  await screen.shows(/w take as workspace/);
  screen.press('w');
  await screen.shows(/a workspace from now on/);
  session.answer('msg_0000000000000002');
  storm();
  await screen.shows(/checkpointed/);
});

test('doctor tells what the records cannot, unknown kinds by version, and how a session gives its folder', () => {
  const { env, session, configure } = laptop();
  for (let kind = 0; kind < 20; kind += 1) session.row({ type: `kind-${kind}` });
  session.row({ type: 'kind-7' });
  const { stdout } = runProgram(['doctor'], { env });
  expect(stdout).toMatch(/^ok +source claude: following .*\(1 file\)$/mu);
  expect(stdout).toMatch(/source claude: cannot tell: .*context window/u);
  expect(stdout).toMatch(/source claude: 21 records of unknown kinds: kind-7 \(2\.1\.200\), .*, 12 more$/mu);
  expect(stdout).toMatch(/workspace: none is configured.*--workspace DIR, or .*workspaces\.from_sessions/u);
  const { stdout: withSessions } = runProgram(['doctor', '--config', configure([])], { env });
  expect(withSessions).toMatch(/^ok +workspace: none yet: the folders of sessions are taken/mu);
});
