import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Occupant, ProcessScan } from '../../../src/effects/process/processes.ts';
import { initWorkspace, planInit, type InitOutline } from '../../../src/effects/ws-ckpt/init.ts';
import { makeStandIn, say, type StandIn } from '../../helpers/ws-ckpt-stand-in.ts';
import { lines, worded } from '../../helpers/reasons.ts';

const NOBODY: ProcessScan = { occupants: [], unreadable: 0, complete: true };
const SHELL: Occupant = { pid: 7, name: 'sh', cwd: null, files: [], fileCount: 0, writes: false, isOurs: false };

let tool: StandIn;
let folder: string;
beforeEach(() => {
  tool = makeStandIn();
  folder = join(tool.dir, 'plain');
  mkdirSync(folder);
});
afterEach(() => tool.remove());

const plan = (path: string, processes = NOBODY): Promise<InitOutline> =>
  planInit(path, processes, { binary: tool.binary });

test('a plain folder may be put under ws-ckpt; the plan says what moves where, and with which command', async () => {
  tool.answer('version', say('ws-ckpt 0.4.5'));
  const found = await plan(folder);
  expect(found).toMatchObject({ refusals: [], warnings: [], confirmation: folder });
  expect(found.command).toBe(`ws-ckpt init --workspace=${folder}`);
  expect(found.effects.map(worded).join('\n')).toContain(`${folder}.pre-init-bak`);
  expect(tool.calls('init')).toEqual([]);
});

test('before 0.4 the original is deleted before it is sure: said, with a warning', async () => {
  const found = await plan(folder);
  expect(found.warnings.map(worded).join()).toContain('before 0.4 can lose the tree');
  expect(found.effects.map(worded).join('\n')).toContain('the original is deleted');
  expect(worded(found.refusals)).toEqual([]);
});

test.each([
  ['the root', '/'],
  ['your home', homedir()],
  ['what is above your home', dirname(homedir())],
  ['a folder of the system', '/usr'],
  ['a mount point', '/proc'],
])('refused: %s', async (_, path) => {
  expect((await plan(path)).refusals.length).toBeGreaterThan(0);
});

test('refused: a link, a file, and what is not there', async () => {
  symlinkSync(folder, join(tool.dir, 'link'));
  writeFileSync(join(tool.dir, 'file'), '');
  expect((await plan(join(tool.dir, 'link'))).refusals.map(worded).join()).toContain('is a link already');
  expect((await plan(join(tool.dir, 'file'))).refusals.map(worded).join()).toContain('is no folder');
  expect((await plan(join(tool.dir, 'none'))).refusals.map(worded).join()).toContain('does not exist');
});

test('refused: what is managed already', async () => {
  expect((await plan(tool.workspace)).refusals.map(worded).join()).toContain('is managed by ws-ckpt already');
});

test('refused: while somebody works inside or has a file of it open, each by name', async () => {
  const occupants = [
    { ...SHELL, cwd: folder },
    { ...SHELL, pid: 8, name: 'node', fileCount: 2 },
    { ...SHELL, pid: 9, isOurs: true, cwd: folder },
  ];
  const { refusals } = await plan(folder, { ...NOBODY, occupants });
  expect(worded(refusals)).toEqual([
    expect.stringContaining(`sh (pid 7) works inside (${folder})`),
    expect.stringContaining('node (pid 8) has 2 files open inside'),
    expect.stringContaining('start sightline from a folder outside'),
  ]);
});

test('refused: with the backup of an earlier init beside it', async () => {
  mkdirSync(`${folder}.pre-init-bak`);
  expect((await plan(folder)).refusals.map(worded).join()).toContain(`ws-ckpt recover --workspace=${folder}`);
});

test('refused: without the tool, with its remedy', async () => {
  const found = await planInit(folder, NOBODY, { binary: join(tool.dir, 'no-such') });
  expect(found.refusals.map(worded).join()).toContain('is not installed');
});

test('processes that could not be looked into are a warning', async () => {
  const { warnings, refusals } = await plan(folder, { occupants: [], unreadable: 3, complete: false });
  expect(lines(warnings)).toContain('3 processes of other users');
  expect(worded(refusals)).toEqual([]);
});

test('init is run once, with the value attached and from outside, and says where the files are', async () => {
  const store = join(tool.dir, 'store/ws-abc123');
  tool.answer(
    'init',
    `mv ${folder} ${store}; ln -s ${store} ${folder}; printf '\\033[32m✓ Workspace initialized: ws-abc123\\033[0m\\n'`,
  );
  const done = await initWorkspace(folder, { binary: tool.binary });
  expect(done).toMatchObject({ ok: true });
  expect(done.ok && done.value).toEqual({ code: 'initialized', workspace: folder, id: 'ws-abc123', target: store });
  expect(tool.calls('init')).toEqual([['init', `--workspace=${folder}`]]);
  expect(tool.cwdOf('init', 1)).toBe('/');
});

test('a refusal of the tool is passed on; a lost daemon leaves it open', async () => {
  tool.answer('init', say('', '✗ Refused: 1 process(es) have cwd inside workspace: PID 4 (cwd=/x).', 1));
  expect(worded(await initWorkspace(folder, { binary: tool.binary }))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('have cwd inside workspace'),
  });
  tool.answer('init', '', say('', 'Error: failed to read response length: early eof', 1));
  expect(worded(await initWorkspace(folder, { binary: tool.binary }))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('look whether it was done'),
  });
  expect(existsSync(folder)).toBe(true);
});

test('exit 0 without the line that says so is no success', async () => {
  tool.answer('init', say('', 'Unexpected response type'));
  expect(await initWorkspace(folder, { binary: tool.binary })).toMatchObject({ ok: false });
});

test('the plan says how much the folder holds, and how much room the store has', async () => {
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  writeFileSync(join(folder, 'deep/er/file'), 'x'.repeat(3_000_000));
  writeFileSync(join(folder, 'other'), 'x');
  const { effects, refusals } = await plan(folder);
  expect(worded(effects[0])).toMatch(
    /holds 2 files, 3\.0 MB; ws-ckpt's store has (950 MB|\d+ MB|\d\.\d MB|\d+ kB|\d\.\d GB) free of 1\.1 GB$/,
  );
  expect(worded(refusals)).toEqual([]);
});

test('refused: what does not fit into the store; a sparse file counts as large as it will be', async () => {
  truncateSync(join(folder, openFile('sparse')), 5_000_000_000);
  const { refusals } = await plan(folder);
  expect(worded(refusals)).toEqual([
    expect.stringMatching(/^it does not fit: .* holds 1 file, 5\.0 GB, .*img_size in/),
  ]);
});

test('a store that does not say its size is no reason to refuse', async () => {
  tool.answer('status', say(JSON.stringify({ uptime_secs: 4, workspaces: [] })));
  const { effects, refusals } = await plan(folder);
  expect(worded(effects[0])).toContain("how much room ws-ckpt's store has is not known");
  expect(worded(refusals)).toEqual([]);
});

function openFile(name: string): string {
  writeFileSync(join(folder, name), '');
  return name;
}
