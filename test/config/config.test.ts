import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { given } from './given.ts';

test('without any setting the defaults of the rule book hold', () => {
  const { load, home } = given();
  expect(load()).toEqual({
    sources: [],
    workspaces: { agents: {}, processes: {}, fallback: null },
    checkpointer: 'auto',
    command: [],
    mode: 'observe',
    recordsSinceMs: 86_400_000,
    debounceMs: 30_000,
    timeoutMs: 10_000,
    graceMs: null,
    trailing: true,
    policy: { types: {}, severities: {} },
    recordsPolicy: {},
    turnStartKeep: 10,
    fromSessions: { enabled: false, roots: [] },
    guard: { perAgentPerHour: 20, perWorkspacePerHour: 60, storeUsedRatio: 0.9 },
    advisory: { windowMs: 3_600_000, inputTokens: 200_000 },
    episodeQuietMs: 600_000,
    trouble: {
      failingCalls: 20,
      failingAtLeast: 5,
      failingShare: 0.5,
      stuckMs: 300_000,
      quietMs: 28_800_000,
      contextShare: 0.85,
    },
    pause: { enabled: false, maxMinutes: 30 },
    lock: 'folder',
    takeOver: 'key',
    git: { keep: 50, exclude: null, maxFileMb: 512 },
    http: { tokenFile: null, otlpTokenFile: null, caFile: null, intervalMs: null },
    screen: {
      theme: 'auto',
      ascii: false,
      screenReader: false,
      color: null,
      mouse: false,
      title: false,
      bell: false,
      notify: false,
      attach: null,
      keys: {},
    },
    metrics: null,
    nats: {
      url: null,
      name: null,
      credsFile: null,
      nkeyFile: null,
      user: null,
      passwordFile: null,
      caFile: null,
      certFile: null,
      keyFile: null,
      content: false,
    },
    hooks: [],
    budgets: [],
    prices: [],
    plans: [],
    talk: { logFile: null, logFormat: 'auto', debug: false, quiet: false },
    stateDir: `${home}/.local/state/sightline`,
    history: { days: 30, mb: 64 },
    readOnly: false,
    consoleGroup: null,
    host: 'box',
    notices: [],
  } satisfies Config);
});

test('a configuration cannot be changed once it is loaded', () => {
  const { load, write } = given();
  write({ policy: { types: { llm_error: 'ignore' } } });
  const config = load({ source: ['-'] });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.guard)).toBe(true);
  expect(Object.isFrozen(config.policy.types)).toBe(true);
  expect(Object.isFrozen(config.sources)).toBe(true);
});

describe('a flag outranks the environment, the environment the file, the file agentsight', () => {
  test('for the debounce', () => {
    const { load, write, agentsight } = given();
    expect(load().debounceMs).toBe(30_000);
    agentsight({ reactive: { debounce_secs: 4 } });
    expect(load().debounceMs).toBe(4_000);
    write({ debounce: 3 });
    expect(load().debounceMs).toBe(3_000);
    expect(load({}, { SIGHTLINE_DEBOUNCE: '2' }).debounceMs).toBe(2_000);
    expect(load({ debounce: '1' }, { SIGHTLINE_DEBOUNCE: '2' }).debounceMs).toBe(1_000);
  });

  const rows = [
    ['timeout', { timeout: '5' }, { SIGHTLINE_TIMEOUT: '4' }, { timeout: 3 }, 'timeoutMs', [5_000, 4_000, 3_000]],
    ['grace', { grace: '0' }, { SIGHTLINE_GRACE: '4' }, { grace: 3.5 }, 'graceMs', [0, 4_000, 3_500]],
    [
      'trailing',
      { trailing: true },
      { SIGHTLINE_TRAILING: 'off' },
      { trailing: false },
      'trailing',
      [true, false, false],
    ],
    [
      'checkpointer',
      { checkpointer: 'git' },
      { SIGHTLINE_CHECKPOINTER: 'none' },
      { checkpointer: 'ws-ckpt' },
      'checkpointer',
      ['git', 'none', 'ws-ckpt'],
    ],
    [
      'sources',
      { source: ['-', '/a.jsonl', '-'] },
      { SIGHTLINE_SOURCE: 'sqlite:/a b, jsonl:/c,d\nhttp://h:1 -, /no/g.db,./h/' },
      { sources: ['logtail:/e'] },
      'sources',
      [
        ['-', 'jsonl:/a.jsonl'],
        ['sqlite:/a b', 'jsonl:/c,d', 'http://h:1', '-', 'sqlite:/no/g.db', 'sqlite:./h/'],
        ['logtail:/e'],
      ],
    ],
    [
      'state folder',
      { stateDir: '/a' },
      { SIGHTLINE_STATE_DIR: '/b' },
      { state_dir: '/c' },
      'stateDir',
      ['/a', '/b', '/c'],
    ],
  ] as const;

  test.for(rows)('for the %s', ([, flags, env, file, key, [byFlag, byEnvironment, byFile]]) => {
    const { load, write } = given();
    write(file);
    expect(load(flags, env)[key]).toEqual(byFlag);
    expect(load({}, env)[key]).toEqual(byEnvironment);
    expect(load()[key]).toEqual(byFile);
  });
});

describe('names a value that cannot be understood, and what is expected', () => {
  const rows = [
    [{ debounce: 'abc' }, "--debounce: expected seconds or a duration such as 90s, 15m or 1h, got 'abc'"],
    [{ debounce: '-1' }, "--debounce: expected at least 0 seconds, got '-1'"],
    [{ debounce: '' }, "--debounce: expected seconds or a duration such as 90s, 15m or 1h, got ''"],
    [{ debounce: '1e3' }, "--debounce: expected seconds or a duration such as 90s, 15m or 1h, got '1e3'"],
    [{ debounce: '86401' }, "--debounce: expected at most 86400 seconds (a day), got '86401'"],
    [{ timeout: '0' }, "--timeout: expected at least 0.1 seconds, got '0'"],
    [{ grace: 'soon' }, "--grace: expected seconds or a duration such as 90s, 15m or 1h, got 'soon'"],
    [{ mode: 'atuo' }, "--mode: expected observe, hold or auto, got 'atuo'; did you mean 'auto'?"],
    [{ checkpointer: 'wsckpt' }, "got 'wsckpt'; did you mean 'ws-ckpt'?"],
    [{ source: ['/no/agentsight'] }, "for agentsight's databases use sqlite:/no/agentsight"],
    [{ source: ['/tmp/genai.log'] }, 'for a file of JSON lines use jsonl:/tmp/genai.log'],
    [{ source: ['http://'] }, "got 'http://'"],
    [{ source: ['sqlite:'] }, '--source: expected a path after sqlite:'],
    [{ workspace: ' ' }, "--workspace: expected a path, got ' '"],
    [{ stateDir: '' }, "--state-dir: expected a path, got ''"],
    [{ debounce: 'a\u001b[31mb' }, "got 'ab'"],
  ] as const;

  test.for(rows)('%j', ([flags, message]) => {
    expect(given().complaint(flags)).toContain(message);
  });

  test('a variable is named as the variable', () => {
    const { complaint } = given();
    expect(complaint({}, { SIGHTLINE_TIMEOUT: 'x' })).toContain('SIGHTLINE_TIMEOUT: expected seconds');
    expect(complaint({}, { SIGHTLINE_TRAILING: 'maybe' })).toBe(
      "SIGHTLINE_TRAILING: expected true or false, got 'maybe'",
    );
  });

  test('a misspelt variable is a notice, and an empty one counts as unset', () => {
    const { load } = given();
    const { notices, debounceMs } = load({}, { SIGHTLINE_DEBOUNCED: '3', SIGHTLINE_DEBOUNCE: '' });
    expect(notices).toEqual([expect.stringContaining('unknown variable SIGHTLINE_DEBOUNCED ignored; did you mean')]);
    expect(debounceMs).toBe(30_000);
  });
});

test('the state folder follows XDG_STATE_HOME where that is an absolute path', () => {
  const { load, home } = given();
  expect(load({}, { XDG_STATE_HOME: '/var/state' }).stateDir).toBe('/var/state/sightline');
  expect(load({}, { XDG_STATE_HOME: 'state' }).stateDir).toBe(`${home}/.local/state/sightline`);
  expect(load({ stateDir: 'here' }).stateDir).toBe(`${home}/here`);
});

test('a duration takes seconds or units, from every layer', () => {
  const { load, write, complaint } = given();
  expect(load({ grace: '30m' }).graceMs).toBe(1_800_000);
  expect(load({}, { SIGHTLINE_DEBOUNCE: '1m30s' }).debounceMs).toBe(90_000);
  write({ grace: '2m' });
  expect(load().graceMs).toBe(120_000);
  expect(complaint({ grace: '2d' })).toBe("--grace: expected at most 86400 seconds (a day), got '2d'");
});

test('a tilde that no shell expanded is named', () => {
  const { complaint } = given();
  expect(complaint({ workspace: '~/x' })).toContain("'~' in '~/x' was not expanded by a shell");
  expect(complaint({}, { SIGHTLINE_STATE_DIR: '~' })).toContain("SIGHTLINE_STATE_DIR: '~'");
});

test.for([
  ['nats://nats:99999', "expected nats://HOST:PORT or tls://HOST:PORT, got 'nats://nats:99999'"],
  ['nats://[:::1', "expected nats://HOST:PORT or tls://HOST:PORT, got 'nats://[:::1'"],
  ['http://nats:4222', "expected nats://HOST:PORT or tls://HOST:PORT, got 'http://nats:4222'"],
  ['nats://ops:secret@nats:4222', 'an address holds no user or password'],
])('an address of a broker that could never be reached is refused at once: %j', ([url, why]) => {
  const { load, write } = given();
  write({ nats: { url } });
  expect(load).toThrow(`--nats: ${why}`);
});

test('an embedding program that gives values of other types gets a ConfigError', () => {
  const { complaint } = given();
  expect(complaint({ debounce: 0.2 } as never)).toBe('--debounce: expected text, got 0.2');
  expect(complaint({ trailing: 'yes' } as never)).toBe("--trailing: expected true or false, got 'yes'");
  expect(complaint({ source: 7 } as never)).toBe('--source: expected text, got 7');
  expect(complaint({ arm: 1 } as never)).toBe('--arm: expected true or false, got 1');
});
