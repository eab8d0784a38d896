import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { given } from './given.ts';

test('every key of the file arrives in the configuration', () => {
  const { load, write } = given();
  write({
    sources: ['sqlite:/feed'],
    checkpointer: 'command',
    command: ['/usr/local/bin/snap', '--now'],
    mode: 'observe',
    debounce: 12.5,
    timeout: 4,
    grace: 0,
    trailing: false,
    policy: { types: { llm_error: 'checkpoint' }, severities: { low: 'ignore' } },
    guard: { per_agent_per_hour: 3, per_workspace_per_hour: 4, store_used_ratio: 0.5 },
    advisory: { window: 60, input_tokens: 1_000 },
    git: { keep: 5, exclude: ['cache'] },
    state_dir: '/state',
    read_only: true,
    host: 'other',
  });
  expect(load()).toMatchObject({
    sources: ['sqlite:/feed'],
    checkpointer: 'command',
    command: ['/usr/local/bin/snap', '--now'],
    debounceMs: 12_500,
    timeoutMs: 4_000,
    graceMs: 0,
    trailing: false,
    policy: { types: { llm_error: 'checkpoint' }, severities: { low: 'ignore' } },
    guard: { perAgentPerHour: 3, perWorkspacePerHour: 4, storeUsedRatio: 0.5 },
    advisory: { windowMs: 60_000, inputTokens: 1_000 },
    git: { keep: 5, exclude: ['cache'] },
    stateDir: '/state',
    readOnly: true,
    host: 'other',
  });
});

describe('which file is read', () => {
  test('XDG_CONFIG_HOME moves the default one', () => {
    const { load, home } = given();
    mkdirSync(join(home, 'xdg', 'sightline'), { recursive: true });
    writeFileSync(join(home, 'xdg', 'sightline', 'config.json'), '\uFEFF{ "debounce": 9 }');
    expect(load({}, { XDG_CONFIG_HOME: join(home, 'xdg') }).debounceMs).toBe(9_000);
    expect(load().debounceMs).toBe(30_000);
  });

  test('--config outranks SIGHTLINE_CONFIG, which outranks the default one', () => {
    const { load, write, home } = given();
    write({ debounce: 1 });
    for (const [name, debounce] of Object.entries({ a: 2, b: 3 })) {
      writeFileSync(join(home, name), JSON.stringify({ debounce }));
    }
    expect(load().debounceMs).toBe(1_000);
    expect(load({}, { SIGHTLINE_CONFIG: 'a' }).debounceMs).toBe(2_000);
    expect(load({ config: 'b' }, { SIGHTLINE_CONFIG: 'a' }).debounceMs).toBe(3_000);
  });

  test('may hold comments', () => {
    const { load, write } = given();
    write('// of this machine\n{ "debounce": 7, /* s */ "host": "a//b" } // end');
    expect(load()).toMatchObject({ debounceMs: 7_000, host: 'a//b' });
  });

  test('one that was asked for must be there', () => {
    const { complaint, home } = given();
    expect(complaint({ config: 'gone.json' })).toBe(
      `cannot read the configuration file ${home}/gone.json: it does not exist; name another one with --config FILE`,
    );
    expect(complaint({ config: '.' })).toContain('it is a folder');
    expect(complaint({ config: '' })).toBe("--config: expected a path, got ''");
    expect(complaint({ config: '~/x' })).toContain("--config: '~' in '~/x' was not expanded by a shell");
    expect(complaint({}, { SIGHTLINE_CONFIG: '~root/x' })).toContain("SIGHTLINE_CONFIG: '~' in '~root/x'");
  });
});

describe('values that the file may not hold', () => {
  const rows = [
    ['{ "debounce": 3, }', 'is not valid JSON'],
    ['[]', 'expected one JSON object'],
    [{ debounce: '3' }, "debounce: expected seconds from 0 to 86400, got '3'"],
    [{ debounce: -1 }, 'debounce: expected at least 0 seconds, got -1'],
    [{ timeout: 0 }, 'timeout: expected at least 0.1 seconds, got 0'],
    [{ mode: 'armed' }, "mode: expected observe, hold or auto, got 'armed'"],
    [{ policy: { types: { x: 'nothing' } } }, "policy.types.x: expected checkpoint, flag or ignore, got 'nothing'"],
    [{ guard: { store_used_ratio: 90 } }, 'guard.store_used_ratio: expected at most 1, got 90'],
    [{ git: { keep: 1.5 } }, 'git.keep: expected a whole number from 1 to 100000, got 1.5'],
    [{ git: { exclude: 'x' } }, "git.exclude: expected a list of patterns, got 'x'"],
    [{ command: [] }, 'command: expected a program with its arguments as a list, got []'],
    [{ sources: ['/no/where'] }, 'sources: expected sqlite:DIR, jsonl:FILE'],
    [{ checkpointer: 'command' }, 'the checkpointer command has no command'],
  ] as const;

  test.for(rows)('%j', ([content, message]) => {
    const { complaint, write } = given();
    write(content);
    expect(complaint()).toContain(message);
  });

  test('the file is named, and each mistake has its line', () => {
    const { complaint, write } = given();
    const path = write({ debounce: -1, trailing: 'no' });
    expect(complaint().split('\n')).toEqual([
      `${path}: debounce: expected at least 0 seconds, got -1`,
      `${path}: trailing: expected true or false, got 'no'`,
    ]);
  });
});

describe('ignores an unknown key and reports it: a newer file does not stop an older program', () => {
  const rows = [
    [{ debonce: 3 }, "unknown key 'debonce' ignored; did you mean 'debounce'?"],
    [
      { guard: { per_agent_hour: 3 } },
      "unknown key 'per_agent_hour' in 'guard' ignored; did you mean 'per_agent_per_hour'?",
    ],
    [
      { policy: { severities: { hgih: 'flag' } } },
      "unknown key 'hgih' in 'policy.severities' ignored; did you mean 'high'?",
    ],
    [{ zzzzzzzzzz: 1 }, "unknown key 'zzzzzzzzzz' ignored; known keys: sources, workspace"],
  ] as const;

  test.for(rows)('%j', ([content, message]) => {
    const { load, write } = given();
    const path = write({ ...content, timeout: 4 });
    const { notices, timeoutMs } = load();
    expect(notices).toEqual([expect.stringContaining(`${path}: ${message}`)]);
    expect(timeoutMs).toBe(4_000);
  });

  test('a wrong value beside it is still an error, and of many the first are listed', () => {
    const { complaint, load, write } = given();
    const path = write({ debonce: 3, debounce: -1 });
    expect(complaint()).toBe(`${path}: debounce: expected at least 0 seconds, got -1`);
    write(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`new_${index}`, 1])));
    expect(load().notices).toHaveLength(6);
    expect(load().notices.at(-1)).toBe('and 35 more');
  });
});

test('allows a $schema key for editors', () => {
  const { load, write } = given();
  write({ $schema: './schema.json', debounce: 3 });
  expect(load()).toMatchObject({ debounceMs: 3_000, notices: [] });
});
