import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { cleanEnvironment, PROGRAM, runProgram } from '../helpers/program.ts';

test('--version prints the version and nothing else', () => {
  expect(runProgram(['--version'])).toMatchObject({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test.for([['--help'], ['once', '--help'], ['headless', '--help'], ['demo', '--help'], ['help'], ['help', 'once']])(
  '%j prints help',
  (args) => {
    const { status, stdout, stderr } = runProgram(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: sightline/);
  },
);

test('a shell whose folder is gone can still ask, and says which folder it means', () => {
  const env = cleanEnvironment();
  const line = `mkdir gone && cd gone && rmdir ../gone && "$NODE" "$PROGRAM" once --config not-there.json`;
  const options = { encoding: 'utf8', env: { ...env, NODE: process.execPath, PROGRAM }, cwd: env['HOME'] } as const;
  const { status, stderr } = spawnSync('sh', ['-c', line], options);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: `sightline: cannot read the configuration file ${env['HOME']}/gone/not-there.json: it does not exist; name another one with --config FILE\n`,
  });
});

test('the help of a command lists the options that every front end shares', () => {
  const { stdout } = runProgram(['headless', '--help']);
  const options = [
    '--source',
    '--workspace',
    '--checkpointer',
    '--mode',
    '--arm',
    '--debounce',
    '--timeout',
    '--grace',
  ];
  for (const option of [...options, '--trailing', '--no-trailing', '--state-dir', '--config', '--read-only']) {
    expect(stdout).toContain(option);
  }
});

describe('a usage or configuration error is told in a line or two on stderr, with exit code 2', () => {
  const rows = [
    [['onec'], "unknown command 'onec'; did you mean 'once'?"],
    [['once', '--jsno'], "unknown option '--jsno'"],
    [['once', 'extra'], 'too many arguments'],
    [['once', '--since', 'yesterday'], '--since: expected seconds or a duration such as 90s, 15m or 1h'],
    [['once', '--source'], "option '--source <uri>' argument missing"],
    [['once', '--source', '/no/where'], '--source: expected sqlite:DIR'],
    [['headless', '--debounce', 'abc'], "--debounce: expected seconds or a duration such as 90s, 15m or 1h, got 'abc'"],
    [['headless', '--arm', '--read-only'], '--read-only never acts and contradicts --mode auto (--arm)'],
    [['headless', '--arm', '--mode', 'observe'], '--arm means --mode auto and contradicts --mode observe'],
    [['headless', '--arm'], 'cannot be armed: there is no workspace'],
    [['headless', '--workspace', '/no/where'], 'it does not exist'],
    [['headless', '--config', '/no/where.json'], 'cannot read the configuration file /no/where.json'],
    [['once', '--fail-on', 'worst'], "--fail-on: expected critical, high, medium, low or none, got 'worst'"],
    [['headless', '--interval', '0'], "--interval: expected at least 0.5 seconds, got '0'"],
    [
      ['headless', '--log-file', '/no/where/log'],
      'cannot write the log file /no/where/log: its folder does not exist; name another file',
    ],
    [
      ['--since', '7d', '--records-since', '1d'],
      '--since means --records-since, which is given as well; leave one of them out',
    ],
    [['headless', '--arm', '--dry-run'], '--dry-run means --mode observe and contradicts --arm'],
    [['demo', '--speed', '0'], '--speed: expected a number between 0.1 and 100'],
    [['demo', '--seed', 'x'], '--seed: expected a whole number'],
    [['demo', '--source', '-'], '--source has no effect on demo'],
    [['demo', '--quiet'], '--quiet has no effect on demo'],
    [['demo', '--theme', 'pink'], '--theme: expected auto, dark'],
    [[], 'the screen needs a terminal; use "sightline headless"'],
    [['--arm'], 'cannot be armed: there is no workspace'],
  ] as const;

  test.for(rows)('%j', ([args, words]) => {
    const { status, stdout, stderr } = runProgram(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/^sightline: /);
    expect(stderr).not.toContain('    at ');
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
  });

  test('a wrong variable too', () => {
    const env = { ...cleanEnvironment(), SIGHTLINE_MODE: 'on' };
    const { status, stderr } = runProgram(['headless'], { env });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: "sightline: SIGHTLINE_MODE: expected observe, hold or auto, got 'on'\n",
    });
  });
});

test("a command's own options have variables too, which the command line outranks", () => {
  const env = (more: Readonly<Record<string, string>>) => ({ env: { ...cleanEnvironment(), ...more } });
  expect(runProgram(['once'], env({ SIGHTLINE_SINCE: 'x' })).stderr).toContain(
    'SIGHTLINE_SINCE: expected seconds or a duration',
  );
  expect(runProgram(['once', '--since', 'y'], env({ SIGHTLINE_SINCE: 'x' })).stderr).toContain('--since: expected');
  expect(runProgram(['keys'], env({ SIGHTLINE_JSON: '1' })).stdout).toMatch(/^\[/u);
  expect(runProgram(['keys'], env({ SIGHTLINE_JSON: '0' })).stdout).not.toMatch(/^\[/u);
  const speed = runProgram(['demo'], env({ SIGHTLINE_SPEED: '0' }));
  expect(speed).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('SIGHTLINE_SPEED: expected a number'),
  });
});

test('a shared option is understood before and after the command', () => {
  for (const args of [
    ['--mode', 'x', 'once'],
    ['once', '--mode', 'x'],
  ]) {
    expect(runProgram(args).stderr).toContain('--mode: expected observe, hold or auto');
  }
});

test.for(['--help', 'config', 'config --schema', 'keys', 'man', 'completion bash', 'demo --list'])(
  'a reader that goes away early is no error: %s',
  (args) => {
    const command = `"${process.execPath}" "${PROGRAM}" ${args} | true`;
    const { stderr, status } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      encoding: 'utf8',
      env: { ...cleanEnvironment(), AGENTSIGHT_CONFIG: '' },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  },
);

test('Ctrl-C ends what only looks: 130 for a shell', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'once', '--source', '-', '--debug'], { env: cleanEnvironment() });
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});

test('output that cannot be written is an error', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, '--help'], {
    encoding: 'utf8',
    env: cleanEnvironment(),
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('cannot write to standard output') });
});

test('too few open files are a line and exit code 2, never an internal error', () => {
  const env = { ...cleanEnvironment(), NODE: process.execPath, PROGRAM };
  const line = 'ulimit -n "$1"; exec "$NODE" "$PROGRAM" headless --source - --workspace . --checkpointer git --arm';
  const ends = [26, 28, 30, 32].map((limit) => {
    const options = { encoding: 'utf8', env, cwd: tempDir(), input: '', timeout: 30_000 } as const;
    const { status, stderr } = spawnSync('sh', ['-c', line, 'sh', `${limit}`], options);
    return { limit, status, isSaid: !stderr.includes('should not have happened') && (status !== 2 || stderr !== '') };
  });
  // Node itself is ended by a signal where it has too few to begin with.
  expect(ends.filter(({ status, isSaid }) => ![0, 2, null].includes(status) || !isSaid)).toEqual([]);
  expect(ends.some(({ status }) => status === 2)).toBe(true);
});

test('nothing heavy is loaded for --version: no parser, no schema library, no front end', () => {
  const env = { ...cleanEnvironment(), NODE_DEBUG: 'esm' };
  const loaded = runProgram(['--version'], { env }).stderr;
  expect(loaded).toContain('chunks/main-');
  expect(loaded).not.toMatch(/chunks\/(?:program|arguments|config|engine|once|headless|demo)-/);
});

test('a start loads few files, and only what reads its source', () => {
  const feed = join(tempDir(), 'feed.jsonl');
  writeFileSync(feed, '');
  const env = { ...cleanEnvironment(), NODE_DEBUG: 'esm' };
  const { stderr } = runProgram(['once', '--source', `jsonl:${feed}`, '--state-dir', tempDir()], { env });
  const loaded = new Set(stderr.match(/chunks\/[\w-]+\.js/gu));
  expect([...loaded].some((file) => file.startsWith('chunks/engine-'))).toBe(true);
  // Each file costs half a millisecond, whatever is in it: build/merge.ts joins them.
  expect(loaded.size).toBeLessThan(40);
  const others = /chunks\/(?:sqlite-feed|http|otlp|records|git|execa|hooks|metrics|screen|open-screen|headless)-/u;
  expect([...loaded].filter((file) => others.test(file))).toEqual([]);
});

const oldNodes = ['/usr/bin/node', '/usr/local/bin/node', '/bin/node'].filter(isOld);

describe.skipIf(oldNodes.length === 0)('a Node that is too old', () => {
  test('gets one clear line and exit code 2', () => {
    for (const args of [[], ['--version'], ['headless', '--arm']]) {
      const { status, stdout, stderr } = runProgram(args, oldNodes[0] === undefined ? {} : { node: oldNodes[0] });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^sightline needs Node 22\.15 or newer; this is v[\d.]+ \([^\n]+\)\.[^\n]+\n$/);
    }
  });
});

function isOld(path: string): boolean {
  try {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' });
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    return major < 22 || (major === 22 && minor < 13);
  } catch {
    return false;
  }
}

test('help shows a command or a topic of the manual, and suggests one for a typing error', () => {
  expect(runProgram(['help', 'once']).stdout).toMatch(/^Usage: sightline once/u);
  expect(runProgram(['help', 'signals'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Usage: sightline signals [^]*\n# Signals and outcomes\n/u),
  });
  expect(runProgram(['help', 'checkpointers']).stdout).not.toContain('<!--');
  expect(runProgram(['help', 'sinals'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("no command or topic 'sinals'; did you mean 'signals'?; topics: budgets"),
  });
});

test.each([
  ['once', 'sightline.state/1'],
  ['headless', 'sightline.event/1'],
])('%s --schema prints the JSON Schema of what it emits', (command, title) => {
  const { status, stdout } = runProgram([command, '--schema']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ title, $schema: expect.stringContaining('json-schema.org') });
});

test('--since is the age of the records that a dashboard begins with, but for commands with an option of that name', () => {
  const [dashboard, help] = [
    ['config', '--json', '--since', '7d'],
    ['once', '--help'],
  ].map((args) => runProgram(args).stdout);
  const rows = JSON.parse(dashboard ?? '') as readonly { readonly name: string; readonly value: unknown }[];
  expect(rows.find(({ name }) => name === 'records_since')).toMatchObject({
    value: 604_800,
    origin: '--records-since',
  });
  expect(help?.match(/--since <seconds>/gu)).toEqual(['--since <seconds>']);
});

test('--mode given twice is an error; of other options the last one wins', () => {
  const twice = runProgram(['headless', '--mode', 'auto', '--mode', 'observe']);
  expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining("--mode is given twice: 'auto' and") });
  const last = runProgram(['config', '--debounce', '3', '--debounce', '4', '--json']);
  expect(JSON.parse(last.stdout)).toContainEqual({ name: 'debounce', value: 4, origin: '--debounce' });
});
