import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the tree that one recipe of CONTRIBUTING.md is followed on. */
function scratch() {
  const folder = tempDir();
  for (const name of [
    'src',
    'test',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
    'README.md',
    '.prettierrc.json',
  ]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const run = (...argv: readonly [string, ...string[]]) => {
    const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { cwd: folder, encoding: 'utf8' });
    expect({ argv, status, stdout: status === 0 ? '' : stdout + stderr }).toEqual({ argv, status: 0, stdout: '' });
    return stdout;
  };
  return {
    /** Puts a text before the first place where another stands. */
    insert: (file: string, before: string, text: string) => {
      const path = join(folder, file);
      const content = readFileSync(path, 'utf8');
      expect(content).toContain(before);
      writeFileSync(
        path,
        content.replace(before, () => text + before),
      );
    },
    build: () => {
      run('npm', 'run', '-s', 'build:program');
      run('npm', 'run', '-s', 'manual');
      run('npm', 'run', '-s', 'build:manual');
    },
    // The tests name every value of the configuration, and are the developer's to complete.
    typecheck: () => {
      writeFileSync(join(folder, 'tsconfig.src.json'), '{ "extends": "./tsconfig.json", "include": ["src"] }');
      run('npx', 'tsc', '-p', 'tsconfig.src.json');
    },
    sightline: (...args: readonly string[]) => run(process.execPath, 'dist/cli.js', ...args),
    read: (file: string) => readFileSync(join(folder, file), 'utf8'),
  };
}

describe('the recipes of CONTRIBUTING.md', () => {
  test('an option is one row: flag, variable, file, schema, manual', () => {
    const tree = scratch();
    tree.insert(
      'src/config/options.ts',
      '  debounce: row(',
      "  volume: row({ type: 'count', max: 11 }, 'screen.volume', 3, { key: 'ui.volume', help: 'loudness of the bell' }),\n",
    );
    tree.build();
    expect(tree.sightline('--help')).toMatch(/--volume <name> +loudness of the bell/u);
    expect(tree.sightline('completion', 'bash')).toContain('--volume');
    expect(JSON.parse(tree.sightline('config', '--schema'))).toMatchObject({
      properties: { ui: { properties: { volume: { type: 'integer', maximum: 11 } } } },
    });
    expect(tree.sightline('config')).toMatch(/^ui\.volume +default +3$/mu);
    expect(tree.sightline('help', 'configuration')).toContain('`ui.volume`');
    tree.insert(
      'src/index.ts',
      'export',
      "import type { Config } from './config/config.ts';\nexport const volume = (config: Config): number => config.screen.volume;\n",
    );
    tree.typecheck();
  });

  test('an interruption type is one row: policy, severity, words, manual', () => {
    const tree = scratch();
    tree.insert(
      'src/core/interruptions.ts',
      '  agent_crash: {',
      "  disk_melted: { severity: 'critical', action: 'checkpoint', episodic: false, detail: [] },\n",
    );
    tree.build();
    expect(tree.read('src/manual/signals.md')).toMatch(/`disk_melted`: critical, checkpoint/u);
    expect(tree.sightline('help', 'signals')).toContain('disk_melted');
    tree.typecheck();
  });
});
