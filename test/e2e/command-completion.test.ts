import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandWorld, type CommandWorld } from '../helpers/command-world.ts';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

async function ids(world: CommandWorld, kind: string, ...words: readonly string[]): Promise<readonly string[]> {
  const done = await world.run(['__complete', kind, ...words]);
  expect(done.code).toBe(0);
  return done.out.split('\n').filter((line) => line !== '');
}

describe.skipIf(!CAN_ISOLATE)('completions of ids', () => {
  test('offer what an engine has, and what its state folder has without it', async () => {
    const world = await commandWorld();
    expect(await ids(world, 'snapshots', '--workspace', world.workspace)).toEqual([]);
    const made = (await world.run(['checkpoint', world.workspace, '--json'])).json()['snapshot'];
    const silence = (await world.run(['silence', 'add', '--all', '--json'])).json()['silence_id'];
    expect(await ids(world, 'snapshots', `--workspace=${world.workspace}`)).toEqual([made]);
    expect(await ids(world, 'silences')).toEqual([silence]);
    expect(await ids(world, 'workspaces', '--workspace', world.workspace)).toEqual([world.workspace]);
    const engine = await world.engine('observe');
    const pid = String(engine.child.pid);
    expect(await ids(world, 'engines')).toEqual([pid]);
    expect(await ids(world, 'workspaces')).toEqual([world.workspace]);
    expect(await ids(world, 'snapshots', '--engine', pid)).toEqual([made]);
    expect(await ids(world, 'silences', '--engine', pid)).toEqual([silence]);
  });

  test('say nothing, and fail in nothing, where nothing can be found', async () => {
    const world = await commandWorld();
    for (const words of [
      ['snapshots'],
      ['nonsense'],
      ['signals', '--state-dir', '/proc/1/x'],
      ['snapshots', '--workspace', '/'],
    ])
      expect(await ids(world, words[0] ?? '', ...words.slice(1))).toEqual([]);
  });

  test.runIf(has('bash'))('in bash a name of a folder is offered, never run', async () => {
    const world = await commandWorld();
    const pwned = join(tempDir(), 'pwned');
    const evil = join(tempDir(), '$(touch "$PWNED")');
    mkdirSync(evil);
    const bin = tempDir();
    const [file, ...before] = world.launcher;
    const words = [file, ...before, PROGRAM].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    writeFileSync(join(bin, 'sightline'), `#!/bin/sh\nexec ${words} "$@"\n`);
    chmodSync(join(bin, 'sightline'), 0o755);
    const typed = `COMP_WORDS=(sightline checkpoint --workspace "$EVIL" ''); COMP_CWORD=4`;
    const script = `source <(sightline completion bash); ${typed}; _sightline; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const environment = cleanEnvironment();
    const env = { ...environment, ...world.env, PATH: `${bin}:${environment['PATH'] ?? ''}`, EVIL: evil, PWNED: pwned };
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.replaceAll('\\', '')).toContain(evil);
    expect(existsSync(pwned)).toBe(false);
  });
});
