import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openings, type UnitFacts, unitText, word } from '../../../src/commands/service/unit.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
/** The exposure that `systemd-analyze security` may find at most, of 10. */
const MAX_EXPOSURE = 4;

function facts(given: Partial<UnitFacts> = {}): UnitFacts {
  return {
    scope: 'system',
    version: '1.2.3',
    systemd: 252,
    command: ['/bin/true', '/opt/sightline/dist/cli.js', 'headless', '--config', '/etc/sight line/50%$HOME "x".json'],
    writable: [
      { path: '/var/lib/sightline', why: 'state' },
      { path: '/srv/a b', why: 'workspace' },
    ],
    network: null,
    timeoutMs: 10_000,
    ...given,
  };
}

function analyze(text: string, ...args: readonly string[]) {
  const folder = tempDir();
  const path = join(folder, 'sightline.service');
  writeFileSync(path, text);
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  const env = { ...process.env, XDG_RUNTIME_DIR: join(folder, 'run') };
  return spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8', env });
}

test('the service waits for its start, notifies, is watched, and is stopped within the deadline', () => {
  const text = unitText(facts());
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'WatchdogSec=60',
    'Restart=on-failure',
    'ExecReload=/bin/kill -HUP $MAINPID',
    'KillMode=mixed',
    'TimeoutStopSec=20',
    'Environment=MALLOC_ARENA_MAX=1',
    'ProtectSystem=strict',
    'ReadWritePaths=-/var/lib/sightline',
    'ReadWritePaths="-/srv/a b"',
    'RuntimeDirectory=sightline',
  ])
    expect(text.split('\n')).toContain(line);
});

test('waits between restarts grow where systemd knows how', () => {
  expect(unitText(facts({ systemd: 254 }))).toContain('RestartSec=1\nRestartSteps=6\nRestartMaxDelaySec=60\n');
  expect(unitText(facts({ systemd: null }))).not.toContain('RestartSteps');
});

test('a word cannot become two, a specifier, a variable or a line', () => {
  expect(word('/a b')).toBe('"/a b"');
  expect(word('50%')).toBe('50%%');
  expect(word('a\nExecStartPre=/bin/evil')).toBe('"a\\nExecStartPre=/bin/evil"');
  expect(word('"; x')).toBe('"\\"; x"');
  const line = unitText(facts())
    .split('\n')
    .find((found) => found.startsWith('ExecStart='));
  expect(line).toContain('"/etc/sight line/50%%$$HOME \\"x\\".json"');
});

test('everything that it opens has its reason', () => {
  const opened = openings(facts({ network: 'HTTP sources' })).map(({ text }) => text.split('=')[0]);
  expect(new Set(opened)).toEqual(
    new Set(['ProtectHome', 'ReadWritePaths', 'RestrictAddressFamilies', 'CapabilityBoundingSet']),
  );
});

test("a user's unit leaves out what only a user namespace could give", () => {
  const text = unitText(facts({ scope: 'user' }));
  expect(text).not.toMatch(/^(?:Protect|Private|ReadWritePaths|CapabilityBoundingSet)/m);
  expect(text).toContain('NoNewPrivileges=yes');
  expect(text).toContain('WantedBy=default.target');
});

describe.skipIf(!hasSystemd)('systemd-analyze', () => {
  test.each(['system', 'user'] as const)('finds nothing to complain about in the unit for --%s', (scope) => {
    const args = scope === 'user' ? ['--user', 'verify'] : ['verify'];
    const { stderr, status } = analyze(unitText(facts({ scope })), ...args);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  test.each([null, 'HTTP sources, metrics'])('finds a system service with network %s well closed', (network) => {
    const { stdout } = analyze(unitText(facts({ network })), 'security', '--offline=yes');
    const exposure = /exposure level for \S+: (?<level>[\d.]+)/.exec(stdout)?.groups?.['level'];
    expect(Number(exposure)).toBeLessThanOrEqual(MAX_EXPOSURE);
  });
});
