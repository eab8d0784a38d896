import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

type Installed = { readonly program: string; readonly script: string; readonly kept: () => readonly string[] };

/** A copy of the build that was never started. */
function installed(): Installed {
  const place = tempDir();
  const dist = join(place, 'dist');
  cpSync(dirname(PROGRAM), dist, { recursive: true, filter: (path) => !path.includes('.compiled') });
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  const compiled = join(dist, '.compiled');
  const kept = (): readonly string[] =>
    existsSync(compiled) ? readdirSync(compiled).map((name) => join(compiled, name)) : [];
  return { program: join(dist, 'cli.js'), script: join(dist, 'chunks/whole.js'), kept };
}

async function openDashboard(program: string, env: Record<string, string> = {}) {
  const home = tempDir();
  writeFileSync(join(home, 'feed.jsonl'), '');
  const terminal = openTerminal(['--source', `jsonl:${home}/feed.jsonl`, '--state-dir', join(home, 'state')], {
    command: [process.execPath, program],
    env: { ...cleanEnvironment(), ...env },
  });
  await terminal.shows('Conversations');
  return terminal;
}

/** Does Node take what is kept of a script, in a process as the dashboard's is at its start? */
function isTaken(script: string, kept: string): unknown {
  const code = `const { readFileSync } = require('node:fs');
    const [, script, kept] = process.argv;
    const options = { cachedData: readFileSync(kept) };
    console.log(!new (require('node:vm').Script)(readFileSync(script, 'latin1'), options).cachedDataRejected);`;
  return spawnSync(process.execPath, ['-e', code, script, kept], { encoding: 'utf8' }).stdout.trim();
}

test('the dashboard keeps what it has compiled, and Node takes it at the next start', async () => {
  const { program, script, kept } = installed();
  await openDashboard(program);
  const file = await until(() => wholeOf(kept()));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(isTaken(script, file)).toBe('true');
});

test('what was kept in part is made again', async () => {
  const { program, script, kept } = installed();
  await openDashboard(program);
  const file = await until(() => wholeOf(kept()));
  const { size } = statSync(file);
  truncateSync(file, size / 2);
  expect(isTaken(script, file)).toBe('false');
  await openDashboard(program);
  await until(() => (statSync(file).size > size / 2 ? true : null));
  expect(isTaken(script, file)).toBe('true');
});

test('nothing is kept without a terminal', () => {
  const { program, script, kept } = installed();
  expect(spawnSync(process.execPath, [program, '--mode', 'auto'], { encoding: 'utf8' }).status).toBe(2);
  expect(kept()).toEqual([]);
  expect(readFileSync(script, 'latin1')).toMatch(/^\/\*[0-9a-f]{16}\*\//u);
});

/** The file that is kept, once it has its own name: under another one it is being written. */
function wholeOf([file = '']: readonly string[]): string {
  return /-[0-9a-f]{16}$/u.test(file) ? file : '';
}
