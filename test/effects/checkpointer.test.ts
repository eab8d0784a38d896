import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { canonicalWorkspace } from '../../src/effects/canonical.ts';
import { chooseCheckpointer, type Ways, noCheckpointer } from '../../src/effects/checkpointer.ts';
import { commandCheckpointer } from '../../src/effects/command.ts';
import { makeStandIn, requestFor } from '../helpers/ws-ckpt-stand-in.ts';
import { worded } from '../helpers/reasons.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-choice-')));
const tool = makeStandIn();
afterAll(() => {
  tool.remove();
  removeTree(dir);
});

const never = new AbortController().signal;
const control = { abort: never, stopping: never };
// The git checkpointer has tests of its own; here it only has to be the one that was asked for.
const git: Ways['git'] = (workspace) => ({ ...noCheckpointer(workspace), name: 'git' });
const ways = (binary: string): Ways => ({ git, command: ['true'], wsCkpt: { binary } });

test('auto takes ws-ckpt where it manages the workspace, and says so', async () => {
  const { checkpointer, why } = await chooseCheckpointer('auto', tool.workspace, ways(tool.binary));
  expect(checkpointer.name).toBe('ws-ckpt');
  expect(worded(why)).toBe(`ws-ckpt 0.3.2, because it manages ${tool.workspace}`);
});

test('auto takes git where ws-ckpt does not manage the workspace, or is not there, and says so', async () => {
  const unmanaged = await chooseCheckpointer('auto', dir, ways(tool.binary));
  expect(unmanaged.checkpointer.name).toBe('git');
  expect(worded(unmanaged.why)).toBe(`git, because ${dir} is not managed by ws-ckpt`);
  expect(unmanaged.canInit).toBe(true);
  const missing = await chooseCheckpointer('auto', dir, ways('no-such-ws-ckpt'));
  expect(missing.checkpointer.name).toBe('git');
  expect(worded(missing.why)).toBe('git, because no-such-ws-ckpt is not installed');
  expect(missing.canInit).toBe(false);
});

test('an explicit choice never falls back', async () => {
  const { checkpointer } = await chooseCheckpointer('ws-ckpt', dir, ways('no-such-ws-ckpt'));
  expect(checkpointer.name).toBe('ws-ckpt');
  expect(await checkpointer.prepare(() => undefined, never)).toMatchObject({ ok: false });
  for (const choice of ['git', 'command', 'none'] as const) {
    expect((await chooseCheckpointer(choice, dir, ways('ws-ckpt'))).checkpointer.name).toBe(choice);
  }
});

test('a command of the user finds what to do in its environment, and exit 0 is a snapshot', async () => {
  const script =
    'printf "%s|" "$SIGHTLINE_WORKSPACE" "$SIGHTLINE_SNAPSHOT" "$SIGHTLINE_MESSAGE" "$SIGHTLINE_METADATA" >&2';
  const subject = commandCheckpointer(dir, ['sh', '-c', script]);
  expect(await subject.probe()).toMatchObject({ state: 'available', name: 'command' });
  const request = requestFor(dir, { snapshot: 'a1', message: 'why not' });
  const made = await subject.checkpoint(request, control);
  expect(made).toMatchObject({ type: 'created', snapshot: 'a1', exitCode: 0 });
  expect(made.stderr).toBe(`${dir}|a1|why not|${JSON.stringify(request.metadata)}|`);
});

test('a command that fails, hangs or is missing says how', async () => {
  const failing = commandCheckpointer(dir, ['sh', '-c', 'echo no space >&2; exit 4']);
  expect(worded(await failing.checkpoint(requestFor(dir), control))).toMatchObject({
    type: 'failed',
    reason: 'exit 4: no space',
    exitCode: 4,
  });
  const hanging = commandCheckpointer(dir, ['sleep', '600']);
  expect(worded(await hanging.checkpoint(requestFor(dir, { timeoutMs: 200 }), control))).toMatchObject({
    type: 'timed_out',
    reason: 'not done within 0.2 s',
  });
  const missing = commandCheckpointer(dir, ['no-such-command']);
  expect(worded(await missing.probe())).toMatchObject({
    state: 'unavailable',
    reason: expect.stringContaining('install it'),
  });
  expect(await missing.checkpoint(requestFor(dir), control)).toMatchObject({ type: 'unavailable' });
  expect(await commandCheckpointer(dir, []).probe()).toMatchObject({ state: 'unavailable' });
});

test('without a checkpointer nothing is made, and it says how to get one', async () => {
  const made = await noCheckpointer(dir).checkpoint(requestFor(dir), control);
  expect(worded(made)).toMatchObject({ type: 'unavailable', reason: expect.stringContaining('--checkpointer') });
});

test('a workspace is known by the link that ws-ckpt made, however a person gets there', async () => {
  const parent = join(dir, 'home');
  mkdirSync(join(parent, 'plain'), { recursive: true });
  symlinkSync(parent, join(dir, 'home-link'));
  symlinkSync(tool.workspace, join(parent, 'to-managed'));
  symlinkSync('plain', join(parent, 'to-plain'));
  symlinkSync('loop', join(parent, 'loop'));
  expect(await canonicalWorkspace(tool.workspace)).toBe(tool.workspace);
  expect(await canonicalWorkspace(`${tool.workspace}/`)).toBe(tool.workspace);
  expect(await canonicalWorkspace(join(dir, 'home-link', 'to-managed'))).toBe(tool.workspace);
  expect(await canonicalWorkspace(join(dir, 'home-link', 'to-plain'))).toBe(join(parent, 'plain'));
  expect(await canonicalWorkspace(join(dir, 'home-link', 'gone'))).toBe(join(parent, 'gone'));
  expect(await canonicalWorkspace(join(parent, 'loop'))).toBe(join(parent, 'loop'));
  expect(await canonicalWorkspace('/')).toBe('/');
});
