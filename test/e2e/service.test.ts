import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { cleanEnvironment, runProgram } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const receiver = resolve(import.meta.dirname, '../fixtures/systemd/notify-receiver.py');
const canNotify = [['systemd-notify', '--version'] as const, ['python3', '--version'] as const].every(
  ([program, flag]) => spawnSync(program, [flag]).status === 0,
);

/** Receives what systemd would; the messages so far. */
async function manager(): Promise<{ readonly socket: string; readonly messages: () => readonly string[] }> {
  const socket = join(tempDir(), 'notify');
  const child = spawn('python3', [receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const messages = (): readonly string[] => text.split('\n').slice(1, -1);
  await until(() => text.includes('listening\n'));
  return { socket, messages };
}

describe.skipIf(!canNotify)('for systemd', () => {
  test('it notifies its start, its life, a reload and its end, and no child of it can', async () => {
    const world = await headlessWorld();
    const { socket, messages } = await manager();
    const seen = join(world.folder, 'environment');
    const config = join(world.folder, 'config.json');
    writeFileSync(
      config,
      JSON.stringify({ command: ['/bin/sh', '-c', `env > ${seen}.next; mv ${seen}.next ${seen}`] }),
    );
    const run = world.start(
      ['--arm', '--workspace', world.workspace, '--checkpointer', 'command', '--config', config],
      { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '600000' } },
    );
    await run.line({ kind: 'started' });
    await until(() => messages().some((line) => /^READY=1 STATUS=mode auto, 1 source, 1 workspace$/.test(line)));
    await until(() => messages().includes('WATCHDOG=1'));
    await world.failedCall('process crashed');
    await until(() => existsSync(seen));
    expect(readFileSync(seen, 'utf8')).not.toMatch(/^(?:NOTIFY_SOCKET|WATCHDOG_)/m);
    run.child.kill('SIGHUP');
    await until(() => messages().includes('RELOADING=1'));
    await until(() => messages().filter((line) => line.startsWith('READY=1')).length === 2);
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(messages().at(-1)).toBe('STOPPING=1');
  });
});

test('a manager that cannot be notified is named once, and stops nothing', async () => {
  const world = await headlessWorld();
  const run = world.start([], { env: { NOTIFY_SOCKET: join(world.folder, 'none'), WATCHDOG_USEC: '300000' } });
  await run.line({ kind: 'started' });
  await until(() => run.errors().includes('systemd cannot be notified'));
  expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(run.errors().match(/cannot be notified/g)).toHaveLength(1);
});

describe('log messages', () => {
  test('have the priority that journald reads, with --log-format journal', async () => {
    const world = await headlessWorld();
    const run = world.start(['--log-format', 'journal', '--source', `jsonl:${world.folder}/none.jsonl`]);
    await run.line({ kind: 'started' });
    await until(() => /^<5>started in mode observe/m.test(run.errors()));
    await run.end('SIGTERM');
    const lines = run.errors().trimEnd().split('\n');
    expect(lines.filter((line) => !/^<[3-7]>\S/.test(line))).toEqual([]);
    expect(lines.some((line) => line.startsWith('<5>stopped: SIGTERM'))).toBe(true);
  });

  test('are JSON objects, one a line, with --log-format json', async () => {
    const world = await headlessWorld();
    const run = world.start(['--log-format', 'json']);
    await run.line({ kind: 'started' });
    await until(() => run.errors().includes('started in mode'));
    await run.end('SIGTERM');
    for (const line of run.errors().trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({
        schema: 'sightline.log/1',
        at: expect.stringMatching(/Z$/),
        level: expect.any(String),
        message: expect.any(String),
      });
  });
});

describe('service install', () => {
  test('opens the network for a host of a fleet, and says for what', () => {
    const config = join(tempDir(), 'sightline.json');
    writeFileSync(config, JSON.stringify({ nats: { url: 'nats://nats:4222' } }));
    const { stdout } = runProgram(['service', 'install', '--user', '--dry-run', '--config', config]);
    expect(stdout).toMatch(/^RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6$/mu);
    expect(stdout).toContain('the broker nats://nats:4222');
  });

  test('prints the unit and changes nothing with --dry-run', () => {
    const env = cleanEnvironment();
    const home = env['HOME'] ?? '';
    const { stdout, status } = runProgram(['service', 'install', '--user', '--dry-run', '--workspace', '.'], {
      env: { ...env, HOME: home },
      cwd: tempDir(),
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ExecStart=\S+ \S+cli\.js headless --workspace \/\S+ --log-format journal$/m);
    expect(existsSync(join(home, '.config'))).toBe(false);
  });

  test('names sources by paths that hold in the root folder, and takes no standard input', () => {
    const cwd = tempDir();
    const install = (...sources: readonly string[]) => {
      const args = sources.flatMap((uri) => ['--source', uri]);
      return runProgram(['service', 'install', '--user', '--dry-run', ...args], { cwd });
    };
    const { stdout } = install('sqlite:feed', 'lines.jsonl', 'codex:', 'codex:../codex', 'http://127.0.0.1:7396');
    expect(/headless (.*) --log-format/u.exec(stdout)?.[1]?.split(' --source ').join(' ')).toBe(
      [
        '--source',
        `sqlite:${join(cwd, 'feed')}`,
        `jsonl:${join(cwd, 'lines.jsonl')}`,
        'codex:',
        `codex:${join(cwd, '../codex')}`,
        'http://127.0.0.1:7396',
      ].join(' '),
    );
    const refused = install('-');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('a service has no standard input');
  });

  test("writes it, replaces its own, and leaves an operator's alone", () => {
    const env = cleanEnvironment();
    const unit = join(env['HOME'] ?? '', '.config/systemd/user/sightline.service');
    const install = (...args: readonly string[]) => runProgram(['service', 'install', '--user', ...args], { env });
    const first = install();
    expect(first.stdout).toContain(`${unit}: written`);
    expect(first.stdout).toContain('systemctl --user enable --now sightline');
    expect(install().stdout).toContain(`${unit}: unchanged`);
    expect(install('--debounce', '5').stdout).toContain(`${unit}: replaced`);
    expect(readFileSync(unit, 'utf8')).toContain('--debounce 5');
    writeFileSync(unit, '[Service]\nExecStart=/bin/mine\n');
    const refused = install();
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('a unit of that name is there that sightline did not write');
    expect(readFileSync(unit, 'utf8')).toContain('/bin/mine');
  });

  test('follows no link to another file', () => {
    const env = cleanEnvironment();
    const folder = join(env['HOME'] ?? '', '.config/systemd/user');
    expect(runProgram(['service', 'install', '--user'], { env }).status).toBe(0);
    const target = join(tempDir(), 'precious');
    writeFileSync(target, 'precious');
    spawnSync('rm', [join(folder, 'sightline.service')]);
    symlinkSync(target, join(folder, 'sightline.service'));
    expect(runProgram(['service', 'install', '--user'], { env }).status).toBe(1);
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  test.each([[[]], [['--user', '--system']]])('asks for one manager, not %j', (args) => {
    const { stderr, status } = runProgram(['service', 'install', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain('choose --user');
  });
});
