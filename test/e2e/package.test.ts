import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const root = resolve(import.meta.dirname, '../..');
/**
 * More than this means that something was packed that does not run: the package has about 2.6 MB, of which 1.1 are the
 * program as one script.
 */
const MAX_PACKED = 2_800_000;
/** The oldest Node that the program runs on, where the caller has one (`.ci/run` fetches it). */
const OLDEST_NODE = process.env['SIGHTLINE_OLDEST_NODE'];

let folder = '';
let pack: Packed;

type Packed = {
  readonly tarball: string;
  readonly size: number;
  readonly integrity: string;
  readonly paths: readonly string[];
};

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-package-')));
  pack = packed(root);
});

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function packed(tree: string): Packed {
  const destination = mkdtempSync(join(folder, 'pack-'));
  const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const { stdout, stderr, status } = spawnSync('npm', argv, { cwd: tree, encoding: 'utf8' });
  expect({ stderr: status === 0 ? '' : stderr, status }).toEqual({ stderr: '', status: 0 });
  const [{ filename, size, integrity, files }] = JSON.parse(stdout);
  return {
    tarball: join(destination, filename),
    size,
    integrity,
    paths: files.map(({ path }: { path: string }) => path),
  };
}

test('the program is text of one byte a character, which V8 keeps at half the size', () => {
  const programs = pack.paths.filter((path) => /\.c?js$/.test(path));
  expect(programs.length).toBeGreaterThan(0);
  expect(programs.filter((path) => /[^\0-\x7f]/.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
});

test('the package holds what runs, its types, its texts, and nothing else', () => {
  expect(new Set(pack.paths.map((path) => path.replace(/^(dist\/[^/]+\/).*/, '$1')))).toEqual(
    new Set([
      'LICENSE',
      'README.md',
      'package.json',
      'dist/THIRD-PARTY-LICENSES.txt',
      'dist/chunks/',
      'dist/cli.js',
      'dist/git-helper.cjs',
      'dist/guest.cjs',
      'dist/index.js',
      'dist/manual/',
      'dist/records-worker.js',
      'dist/share/',
      'dist/sqlite-worker.js',
      'dist/types/',
    ]),
  );
  expect(pack.paths.filter((path) => !/\.(?:c?js|md|txt|yml|conf|d\.ts|json)$|^LICENSE$/.test(path))).toEqual([]);
  expect(pack.size).toBeLessThan(MAX_PACKED);
});

test('the package needs no other one, and names the licence of each that it contains', () => {
  expect(packageJson).not.toHaveProperty('dependencies');
  expect(packageJson).not.toHaveProperty('peerDependencies');
  const notices = readFileSync(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['ink', 'react', 'commander', 'execa', 'zod', 'yoga-layout'])
    expect(notices).toMatch(new RegExp(`^${name} [0-9.]+ \\((?:MIT|ISC|Apache-2.0)\\)$`, 'm'));
});

test('a second build in another folder is the same package, byte for byte', () => {
  const copy = mkdtempSync(join(folder, 'copy-'));
  for (const name of ['src', 'build', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  // Not linked as a whole: a module's real path is in the bundle's comments, relative to the folder of the build.
  const linked = spawnSync('cp', ['-al', join(root, 'node_modules'), copy]);
  if (linked.status !== 0) cpSync(join(root, 'node_modules'), join(copy, 'node_modules'), { recursive: true });
  const built = spawnSync('npm', ['run', '-s', 'build'], { cwd: copy, encoding: 'utf8' });
  expect({ stderr: built.stderr, status: built.status }).toEqual({ stderr: '', status: 0 });
  expect(packed(copy).integrity).toBe(pack.integrity);
});

test('the types stand alone, for programs that resolve modules by node16 and by bundler', () => {
  const place = mkdtempSync(join(folder, 'consumer-'));
  const { status } = npm(process.execPath, ['install', '--prefix', place, pack.tarball]);
  expect(status).toBe(0);
  writeFileSync(join(place, 'program.ts'), CONSUMER);
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  const complaints = ['node16', 'bundler'].map((resolution) => {
    const compilerOptions = {
      module: resolution === 'bundler' ? 'preserve' : resolution,
      moduleResolution: resolution,
      target: 'es2023',
      lib: ['es2024', 'dom'],
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const argv = [join(root, 'node_modules/typescript/bin/tsc'), '-p', place];
    return spawnSync(process.execPath, argv, { encoding: 'utf8' }).stdout;
  });
  expect(complaints).toEqual(['', '']);
});

const CONSUMER = `
import { openSightline, pushFeed, type Engine, type EngineEvent, type EngineView } from 'sightline';
const { feed, end } = pushFeed('ours');
const engine: Engine = await openSightline({ feeds: [feed] });
engine.listen((event: EngineEvent) => void event.at);
const view: EngineView = engine.store.getState();
export const agents: readonly string[] = view.model.agents.map(({ name }) => name);
// @ts-expect-error -- the types are not any
export const wrong: number = view.mode;
end();
`;

const NODES: readonly (readonly [string, string | undefined])[] = [
  [`Node ${process.versions.node}`, process.execPath],
  ['the oldest Node', OLDEST_NODE],
];

describe.each(NODES)('on a machine with %s alone', (_name, node = '') => {
  test.skipIf(node === '')(
    'an installed package plays the demo, and one that npx fetched prints the state',
    { timeout: 60_000 },
    async () => {
      const machine = mkdtempSync(join(folder, 'machine-'));
      const { status } = npm(node, ['install', '-g', '--prefix', machine, pack.tarball]);
      expect(status).toBe(0);
      const program = join(machine, 'bin/sightline');
      const demo = spawn(program, ['demo', '--scenario', 'crash', '--speed', '20'], {
        env: bareEnvironment(node),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = once(demo, 'close');
      const [played, complaints] = [text(demo.stdout), text(demo.stderr)];
      const feed = join(machine, 'feed.jsonl');
      writeFileSync(feed, '');
      const npx = npm(node, ['--package', pack.tarball, 'sightline', 'once', '--source', `jsonl:${feed}`], 'npx');
      expect(npx.stdout).toContain(feed);
      expect(npx.status).toBe(0);
      expect(await complaints).toBe('');
      expect(await played).toMatch(/ok +crash/);
      expect(await ended).toEqual([0, null]);
    },
  );
});

/** Runs npm by a Node, without a registry and without what this machine has kept of one. */
function npm(node: string, argv: readonly string[], tool: 'npm' | 'npx' = 'npm') {
  const env = { ...bareEnvironment(node), npm_config_offline: 'true', npm_config_cache: join(folder, 'cache') };
  return spawnSync(node, [cliOf(tool), ...argv], { encoding: 'utf8', env, cwd: folder });
}

/** An environment in which that Node comes first, and nothing configures the program. */
function bareEnvironment(node: string): Record<string, string> {
  const bin = mkdtempSync(join(folder, 'bin-'));
  symlinkSync(node, join(bin, 'node'));
  const home = mkdtempSync(join(folder, 'home-'));
  return { PATH: `${bin}:/usr/bin:/bin`, HOME: home, AGENTSIGHT_CONFIG: `${home}/agentsight.json` };
}

/** npm's own script, wherever the first npm in the path keeps it. */
function cliOf(tool: 'npm' | 'npx'): string {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'npm'));
  const script = found.find((path) => existsSync(path));
  if (script === undefined) throw new Error('no npm in PATH');
  return join(dirname(realpathSync(script)), `${tool}-cli.js`);
}
