import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type HostileServer, MISDEEDS, startHostile } from '../helpers/hostile-server.ts';
import { startHeadless } from '../helpers/headless.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';

// The ways that used to end or blind the program, and one that held it up.
const KINDS = ['switching protocols', 'slow interim answers without end', 'less than was announced, drop by drop'];

test.each(KINDS)(
  'armed beside a server with %s, the local databases act at once and the first SIGTERM ends it',
  async (kind) => {
    const world = await headlessWorld();
    const { base } = await hostile(kind);
    const headless = await world.armed(['--source', base, '--debounce', '1']);
    const startedAt = performance.now();
    await world.failedCall('the process crashed', { call_id: 'live' });
    await headless.line({ kind: 'fate', fate: 'checkpointed' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const ended = await headless.end('SIGTERM');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.tookMs).toBeLessThan(12_000);
  },
);

test('observing a server that switches protocols alone goes on, says that it is lost, and ends at the first SIGTERM', async () => {
  const { base } = await hostile('switching protocols');
  const headless = startHeadless(['--source', base, '--state-dir', tempDir()]);
  const { sources } = await headless.line({ kind: 'started' });
  expect(sources).toMatchObject([{ health: 'lost', detail: expect.stringContaining('HTTP 101') }]);
  expect(await headless.end('SIGTERM')).toMatchObject({ code: 0 });
});

test.each(KINDS.slice(0, 2))('`once` over a server with %s says that no source could be read', async (kind) => {
  const { base } = await hostile(kind);
  const { code, errors } = await run(['once', '--source', base]);
  expect(errors).toContain(base);
  expect(code).toBe(3);
});

test('`doctor` says that a server which switches protocols failed', async () => {
  const { base } = await hostile('switching protocols');
  const { code, output } = await run(['doctor', '--source', base, '--checkpointer', 'none']);
  expect(output).toMatch(/^FAILED {2}source http.* \(HTTP 101\)/mu);
  expect(code).toBe(1);
});

test('`doctor` waits for 10 s and warns of a server whose answer does not end', async () => {
  const { base } = await hostile('less than was announced, drop by drop');
  const { output } = await run(['doctor', '--source', base, '--checkpointer', 'none']);
  expect(output).toMatch(/^warning source http.*too slow: its present state is not read yet$/mu);
});

test('`started` does not wait for a server that is slow: at the latest 2 s after the local databases', async () => {
  const world = await headlessWorld();
  const { base } = await hostile('slow interim answers without end');
  const startedAt = performance.now();
  const headless = world.start(['--source', base]);
  await headless.line({ kind: 'started' });
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  await headless.end('SIGTERM');
});

test('an event loop that runs dry is an internal error with a message', async () => {
  const fixture = resolve(import.meta.dirname, '../fixtures/dry-loop.ts');
  const { code, errors } = await run(['headless', '--source', 'sqlite:/nowhere'], ['--import', fixture]);
  expect(errors).toContain('sightline: internal error: the event loop ran dry before the command had finished');
  expect(code).toBe(70);
});

async function hostile(kind: string): Promise<HostileServer> {
  const misdeed = MISDEEDS[kind];
  if (misdeed === undefined) throw new Error(`no misdeed ${kind}`);
  const server = await startHostile(misdeed);
  onTestFinished(server.close);
  return server;
}

// Beside a server of this very process, so not spawnSync.
async function run(args: readonly string[], node: readonly string[] = []) {
  const env = cleanEnvironment();
  const child = spawn(process.execPath, [...node, PROGRAM, ...args], {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((done) => void child.once('close', done));
  return { code, output, errors };
}
