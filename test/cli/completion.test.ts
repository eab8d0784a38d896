import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bashCompletion } from '../../src/cli/shell/bash.ts';
import { fishCompletion } from '../../src/cli/shell/fish.ts';
import { programSpec } from '../../src/cli/shell/spec.ts';
import { zshCompletion } from '../../src/cli/shell/zsh.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const spec = programSpec();
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

function place(): string {
  const folder = tempDir();
  mkdirSync(join(folder, 'project of mine'));
  writeFileSync(join(folder, 'sightline.json'), '{}');
  return folder;
}

/** What the shell's own completion offers behind these words, the last one being typed. */
function offered(shell: 'bash' | 'fish', words: readonly string[], cwd: string): readonly string[] {
  const [script, program] =
    shell === 'bash' ? [bashScript(words), bashCompletion(spec)] : [fishScript(words), fishCompletion(spec)];
  const file = join(tempDir(), `completion.${shell}`);
  writeFileSync(file, program);
  const { stdout, stderr, status } = spawnSync(
    shell,
    shell === 'bash' ? ['--norc', '-c', script, shell, file] : ['--no-config', '-c', script, file],
    {
      cwd,
      encoding: 'utf8',
    },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

function bashScript(words: readonly string[]): string {
  const typed = words.map((word) => `'${word}'`).join(' ');
  return `source "$1"; COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _sightline; printf '%s\\n' "\${COMPREPLY[@]}"`;
}

function fishScript(words: readonly string[]): string {
  return `source $argv[1]; complete -C '${words.join(' ')}' | string replace -r '\\t.*' ''; true`;
}

const SHELLS = (['bash', 'fish'] as const).filter(has);

describe.each(SHELLS)('the completion in %s', (shell) => {
  const offers = (...words: readonly string[]): readonly string[] => offered(shell, ['sightline', ...words], place());

  test('offers commands, options, the options of the command, and no other command behind it', () => {
    expect(offers('h')).toEqual(['headless']);
    expect(offers('--re').toSorted()).toEqual(['--read-only', '--records-since']);
    expect(offers('once', '--s')).toEqual(expect.arrayContaining(['--since', '--source']));
    expect(offers('headless', '--t')).not.toContain('--top');
    expect(offers('--mode', 'hold', 'once', 'd')).not.toContain('doctor');
  });

  test('offers the second word of a command that has two, then the options of the two', () => {
    expect(offers('serv')).toEqual(['service']);
    expect(offers('service', 'i')).toEqual(['install']);
    expect(offers('service', 'install', '--us')).toEqual(['--user']);
    expect(offers('service', '--us')).toEqual([]);
  });

  test('offers what may stand behind an option', () => {
    expect(offers('--mode', '')).toEqual(expect.arrayContaining(['observe', 'hold', 'auto']));
    expect(offers('once', '--fail-on', 'c')).toEqual(['critical']);
    expect(offers('--theme', 'hi')).toEqual(['high-contrast']);
    expect(offers('completion', 'z')).toEqual(['zsh']);
    expect(offers('--source', 'sq')).toEqual(['sqlite:']);
  });

  test('offers files and folders for options that take them, with any names', () => {
    expect(offers('--config', 's').map(plain)).toEqual(['sightline.json']);
    expect(offers('--workspace', '').map(plain)).toEqual(['project of mine']);
  });
});

// fish marks folders and escapes what a shell would take apart.
function plain(path: string): string {
  return path.replaceAll('\\', '').replace(/\/$/u, '');
}

test.runIf(has('bash'))('bash takes --mode=ho and sqlite:/path apart, and is answered all the same', () => {
  expect(offered('bash', ['sightline', '--mode', '=', 'ho'], place())).toEqual(['hold']);
  expect(offered('bash', ['sightline', '--mode', '='], place())).toContain('auto');
  expect(offered('bash', ['sightline', '--source', 'sqlite', ':', 'proj'], place())).toEqual(['project of mine']);
});

test.runIf(has('zsh'))('zsh can read its completion, and knows what it is for', () => {
  const file = join(tempDir(), '_sightline');
  writeFileSync(file, zshCompletion(spec));
  const script = `autoload -U compinit && compinit -u -D; source ${file}; print $_comps[sightline]; whence -w _sightline`;
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '_sightline\n_sightline: function\n', stderr: '' });
});

test('every option and every command stands in every completion', () => {
  const names = [...spec.shared, ...spec.commands.flatMap(({ options }) => options)].flatMap((option) => option.names);
  for (const name of [...names, ...spec.commands.flatMap((command) => command.name.split(' '))]) {
    expect(bashCompletion(spec)).toContain(name);
    expect(zshCompletion(spec)).toContain(name);
    expect(fishCompletion(spec)).toContain(name.replace(/^--?/u, name.startsWith('--') ? '-l ' : '-s '));
  }
});
