import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { VERSION } from '../src/core/version.ts';
import { tempDir } from './helpers/temp-dir.ts';
import { ROOMS } from './house/rooms.ts';

const root = resolve(import.meta.dirname, '..');

/** What the linter must say to a line that is planted in a file under src/. */
const FORBIDDEN: readonly (readonly [file: string, line: string, complaint: string])[] = [
  ['core/a/pure.ts', "import 'node:fs';", "core may not import 'node:fs'"],
  ['core/a/pure.ts', "import 'fs';", "core may not import 'fs'"],
  ['core/a/pure.ts', "import * as z from 'zod';", "core may not import 'zod'"],
  ['core/a/pure.ts', "import type { Feed } from '../../feeds/feed.ts';", 'core may not import src/feeds/feed.ts'],
  ['core/a/pure.ts', "export * from '../../engine/engine.ts';", 'core may not import src/engine/engine.ts'],
  ['core/a/pure.ts', "export { run } from '../../effects/run.ts';", 'core may not import src/effects/run.ts'],
  ['core/a/pure.ts', "export type Run = import('../../effects/run.ts').Run;", 'core may not import src/effects/run.ts'],
  ['core/a/pure.ts', "void import('../../feeds/feed.ts');", 'core may not import src/feeds/feed.ts'],
  ['core/a/pure.ts', "void import('../' + 'pure.ts');", 'a dynamic import names its module by a literal'],
  ['core/a/pure.ts', 'void Date.now();', 'core/ has no clock'],
  ['core/a/pure.ts', 'void new Date(0);', 'core/ has no clock'],
  ['core/a/pure.ts', 'void Math.random();', 'core/ has no randomness'],
  ['core/a/pure.ts', 'void globalThis.process;', 'core/ is pure'],
  ['core/a/pure.ts', 'void process.pid;', "'process' is not defined"],
  ['core/a/pure.ts', 'setTimeout(String, 1);', "'setTimeout' is not defined"],
  ['core/a/pure.ts', 'void performance.now();', "'performance' is not defined"],
  ['core/a/pure.ts', "void fetch('http://127.0.0.1');", "'fetch' is not defined"],
  ['feeds/feed.ts', "import 'execa';", "feeds may not import 'execa'"],
  ['feeds/feed.ts', "import { request } from 'node:http';", 'costs every start 40 ms'],
  ['feeds/feed.ts', "import '../effects/run.ts';", 'feeds may not import src/effects/run.ts'],
  ['feeds/feed.ts', "import '../engine/engine.ts';", 'feeds may not import src/engine/engine.ts'],
  ['effects/run.ts', "import 'zustand/vanilla';", "effects may not import 'zustand/vanilla'"],
  ['effects/run.ts', "import '../feeds/feed.ts';", 'effects may not import src/feeds/feed.ts'],
  ['engine/engine.ts', "import 'node:fs';", "engine may not import 'node:fs'"],
  ['engine/engine.ts', "import 'zustand';", "engine may not import 'zustand'"],
  ['engine/engine.ts', "import 'execa';", "engine may not import 'execa'"],
  ['engine/engine.ts', "import '../cli/main.ts';", 'engine may not import src/cli/main.ts'],
  ['engine/engine.ts', "void import('../ui/screen.ts');", 'may not import src/ui/screen.ts'],
  ['commands/tui/run.ts', "import '../../ui/screen.ts';", 'may not import src/ui/screen.ts'],
  ['ui/screen.ts', "import 'node:tty';", "ui may not import 'node:tty'"],
  ['ui/screen.ts', "import * as z from 'zod';", "ui may not import 'zod'"],
  ['ui/screen.ts', "import { ArmError } from '../engine/types.ts';", 'ui may not import src/engine/types.ts'],
  ['ui/screen.ts', "import '../effects/run.ts';", 'ui may not import src/effects/run.ts'],
  ['config.ts', "import './feeds/feed.ts';", 'config may not import src/feeds/feed.ts'],
  ['config/file.ts', "import 'execa';", "config may not import 'execa'"],
  ['cli.ts', "import './ui/screen.ts';", 'cli may not import src/ui/screen.ts'],
  ['cli/main.ts', "import '../effects/run.ts';", 'cli may not import src/effects/run.ts'],
  ['index.ts', "import './ui/screen.ts';", 'index may not import src/ui/screen.ts'],
  ['index.ts', "import 'zod';", "index may not import 'zod'"],
  ['wording/fates.ts', "import '../effects/run.ts';", 'wording may not import src/effects/run.ts'],
  ['hooks/queue.ts', "import '../engine/engine.ts';", 'hooks may not import src/engine/engine.ts'],
  ['metrics/server.ts', "import '../effects/run.ts';", 'metrics may not import src/effects/run.ts'],
  ['attic/thing.ts', "import '../core/a/pure.ts';", 'src/attic/thing.ts stands in no room'],
  ['effects/run.ts', "export * from './cycle.ts';", 'Dependency cycle'],
  ['effects/one.ts', "import type { Two } from './two.ts';\nexport type One = Two;", 'Dependency cycle'],
  ['commands/a.ts', "process.stdout.write('x');", 'text leaves the process by'],
  ['commands/b.ts', "process['stderr'].write('x');", 'text leaves the process by'],
  ['commands/c.ts', "globalThis.process.stdout.end('x');", 'text leaves the process by'],
  ['commands/d.ts', 'export const { stdout } = process;', 'text leaves the process by'],
  ['commands/e.ts', "console.error('x');", 'text leaves the process by'],
  ['effects/f.ts', "import { writeSync } from 'node:fs';\nwriteSync(2, 'x');", 'text leaves the process by'],
  ['effects/g.ts', "import * as fs from 'node:fs';\nfs.writeSync(1, 'x');", 'text leaves the process by'],
  ['effects/h.ts', "import { stdout } from 'node:process';\nvoid stdout;", 'text leaves the process by'],
  ['effects/i.ts', "export const options = { stdio: ['ignore', 'inherit', 'pipe'] };", 'text leaves the process by'],
  ['effects/j.ts', "import { openSync } from 'node:fs';\nopenSync('/dev/stderr', 'w');", 'text leaves the process by'],
  ['effects/k.ts', "process._rawDebug('x');", 'text leaves the process by'],
  ['commands/l.ts', "export { rawTerminal } from '../effects/terminal/output.ts';", 'text leaves the process by'],
  ['cli/m.ts', 'void process.stdout.isTTY;', 'text leaves the process by'],
  ['remote/client.ts', "export { Box } from 'ink';", "remote may not import 'ink'"],
  ['remote/wire.ts', "import { z } from 'zod';\nvoid z;", "import * as z from 'zod'"],
];

/** What each room may do. */
const ALLOWED: readonly (readonly [file: string, line: string])[] = [
  ['core/a/pure.ts', "export type { B } from '../b.ts';"],
  ['feeds/feed.ts', "export { z } from 'zod';"],
  ['feeds/feed.ts', "export { open } from 'node:fs/promises';"],
  ['feeds/feed.ts', "export type { Server } from 'node:http';"],
  ['feeds/feed.ts', "export { b } from '../core/b.ts';"],
  ['effects/run.ts', "export { execa } from 'execa';"],
  ['engine/engine.ts', "export { createStore } from 'zustand/vanilla';"],
  ['engine/engine.ts', "export { run } from '../effects/run.ts';"],
  ['commands/tui/run.ts', "void import('../../ui/screen.ts');"],
  ['ui/screen.ts', "export type { Engine } from '../engine/types.ts';"],
  ['ui/screen.ts', "export { Box } from 'ink';"],
  ['config.ts', "export { file } from './config/file.ts';"],
  ['cli/main.ts', "export { Command } from 'commander';"],
  ['cli.ts', "void import('./engine/engine.ts');"],
  ['index.ts', "export { engine } from './engine/engine.ts';"],
];

test('the linter reports every forbidden import and every impurity of the core', () => {
  const complaints = lint([
    ...FORBIDDEN,
    ['effects/cycle.ts', "export * from './run.ts';"],
    ['effects/two.ts', "import type { One } from './one.ts';\nexport type Two = One;"],
  ]);
  const missing = FORBIDDEN.filter(
    ([file, , words]) => !complaints.some((c) => c.file === file && c.words.includes(words)),
  );
  expect(missing).toEqual([]);
});

test('the linter lets every room import what it needs', () => {
  expect(lint(ALLOWED).filter(({ rule }) => rule === 'house(rooms)' || rule === 'eslint(no-undef)')).toEqual([]);
});

test('every room of the house has had a violation planted', () => {
  const planted = new Set(FORBIDDEN.map(([file]) => file.split('/')[0]?.replace('.ts', '')));
  expect(Object.keys(ROOMS).filter((room) => !planted.has(room))).toEqual([]);
});

test('src/ has no other rooms', () => {
  const rooms = readdirSync(join(root, 'src')).map((name) => name.replace(/\.tsx?$/, ''));
  expect(
    rooms.filter((room) => !(room in ROOMS) && !['manual', 'share'].includes(room) && room !== 'tsconfig.types.json'),
  ).toEqual([]);
});

test('the program says the version of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});

type Complaint = { readonly file: string; readonly rule: string; readonly words: string };

/** Lints a small project with our configuration in which these lines are planted, each in its file. */
function lint(plants: readonly (readonly [file: string, line: string, ...rest: unknown[]])[]): readonly Complaint[] {
  const project = tempDir();
  for (const path of ['.oxlintrc.json', 'test/house'])
    cpSync(join(root, path), join(project, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  for (const [file, line] of plants) plant(join(project, 'src', file), line);
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=json', 'src'], { cwd: project, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout);
  return diagnostics.map(({ filename, code, message, help }: Record<string, string>) => ({
    file: filename?.replace('src/', ''),
    rule: code,
    words: `${message} ${help}`,
  }));
}

function plant(path: string, line: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${line}\n`, { flag: existsSync(path) ? 'a' : 'w' });
}
