import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Availability } from '../../../src/core/snapshots.ts';
import { wsCkpt } from '../../../src/effects/ws-ckpt/index.ts';
import { makeStandIn, requestFor, say, WS_ID, type StandIn } from '../../helpers/ws-ckpt-stand-in.ts';
import { worded } from '../../helpers/reasons.ts';

let tool: StandIn;
beforeEach(() => {
  tool = makeStandIn();
});
afterEach(() => tool.remove());

const probe = (): Promise<Availability> => wsCkpt({ workspace: tool.workspace, binary: tool.binary }).probe();
const status = (workspaces: unknown, used = 50, total = 100): string =>
  say(JSON.stringify({ uptime_secs: 4, workspaces, fs_total_bytes: total, fs_used_bytes: used, elapsed_secs: 0.01 }));

test('the recorded status of 0.3.2 makes it available, with how full the store is', async () => {
  expect(worded(await probe())).toEqual({
    state: 'available',
    name: 'ws-ckpt',
    version: '0.3.2',
    reason: null,
    usedRatio: 124125184 / 1073741824,
    freeSpaceHint: `ws-ckpt cleanup --workspace=${tool.workspace} --keep=20`,
  });
  expect(tool.cwdOf('status', 1)).toBe('/');
});

test('an unknown size of the store is no ratio', async () => {
  tool.answer('status', status([{ ws_id: WS_ID, path: tool.workspace, snapshot_count: 3 }], 0, 0));
  expect(await probe()).toMatchObject({ state: 'available', usedRatio: null });
});

test('advice on stderr after the JSON changes nothing', async () => {
  const json = JSON.stringify({
    workspaces: [{ ws_id: WS_ID, path: tool.workspace }],
    fs_total_bytes: 10,
    fs_used_bytes: 9.5,
  });
  tool.answer('status', say(json, '\n\u001b[33m⚠ Warning: btrfs backend usage above 90% (current: 95.0%).\u001b[0m\n'));
  expect(await probe()).toMatchObject({ state: 'available', usedRatio: 0.95 });
});

test('a workspace that is busy, and listed as <locked>, is known by its name in the store', async () => {
  tool.answer('status', status([{ ws_id: WS_ID, path: '<locked>', snapshot_count: 0 }]));
  expect(await probe()).toMatchObject({ state: 'available' });
  tool.answer('status', status([{ ws_id: 'ws-000000', path: '<locked>', snapshot_count: 0 }]));
  expect(await probe()).toMatchObject({ state: 'unmanaged' });
});

test('a workspace that is not listed is unmanaged, with the init line quoted for a shell', async () => {
  const spaced = join(tool.dir, "it's mine");
  mkdirSync(spaced);
  const found = await wsCkpt({ workspace: spaced, binary: tool.binary }).probe();
  expect(found.state).toBe('unmanaged');
  expect(worded(found.reason)).toContain(String.raw`ws-ckpt init --workspace='${tool.dir}/it'\''s mine'`);
});

test('a workspace that does not exist is said to be missing', async () => {
  const found = await wsCkpt({ workspace: join(tool.dir, 'gone'), binary: tool.binary }).probe();
  expect(worded(found)).toMatchObject({ state: 'unmanaged', reason: expect.stringContaining('does not exist') });
});

test.each([
  ['no daemon', say('', '\u001b[31m✗ Daemon is not running.\u001b[0m\n', 1), 'systemctl start ws-ckpt'],
  ['a stale socket', say('', '⚠ Daemon is starting up. Please retry in a few seconds.\n', 1), 'systemctl restart'],
  [
    'no permission',
    say('', 'Error: Failed to connect to ws-ckpt daemon (/x): Permission denied (os error 13)\n', 1),
    'sudo',
  ],
  ['an answer that is none', say('null'), 'upgrade'],
  ['an answer that is cut off', say('{"workspaces": [{"ws_id"'), 'upgrade'],
])('%s is unavailable, with the remedy', async (_, answer, remedy) => {
  tool.answer('status', answer);
  expect(worded(await probe())).toMatchObject({
    state: 'unavailable',
    version: '0.3.2',
    reason: expect.stringContaining(remedy),
  });
});

test('a binary that goes away is unavailable, and its version is asked again when it is back', async () => {
  const subject = wsCkpt({ workspace: tool.workspace, binary: join(tool.dir, 'link') });
  symlinkSync(tool.binary, join(tool.dir, 'link'));
  expect((await subject.probe()).state).toBe('available');
  rmSync(join(tool.dir, 'link'));
  expect(worded(await subject.probe())).toMatchObject({
    state: 'unavailable',
    reason: expect.stringContaining('not installed'),
  });
  tool.answer('version', say('ws-ckpt 0.4.5\n'));
  symlinkSync(tool.binary, join(tool.dir, 'link'));
  expect(await subject.probe()).toMatchObject({ state: 'available', version: '0.4.5' });
});

test('arming is refused where a checkpoint could not be made', async () => {
  const subject = wsCkpt({ workspace: tool.workspace, binary: tool.binary });
  const never = new AbortController().signal;
  expect(await subject.prepare(() => undefined, never)).toEqual({ ok: true, value: null });
  tool.answer('status', status([]));
  expect(await subject.prepare(() => undefined, never)).toMatchObject({ ok: false });
});

test('a link to a folder of the same name elsewhere is not the one that init made: nothing is spawned', async () => {
  const subject = wsCkpt({ workspace: tool.workspace, binary: tool.binary });
  expect((await subject.probe()).state).toBe('available');
  expect(subject.link?.()).toEqual({ target: join(tool.dir, 'store', WS_ID), id: WS_ID });
  mkdirSync(join(tool.dir, 'planted', WS_ID), { recursive: true });
  rmSync(tool.workspace);
  symlinkSync(join(tool.dir, 'planted', WS_ID), tool.workspace);
  const never = new AbortController().signal;
  const made = await subject.checkpoint(requestFor(tool.workspace), { abort: never, stopping: never });
  expect(worded(made)).toMatchObject({ type: 'unavailable', reason: expect.stringContaining('no longer the link') });
  expect(tool.calls('checkpoint')).toEqual([]);
});

test('a store that others may write to is none of the daemon', async () => {
  chmodSync(join(tool.dir, 'store'), 0o777);
  expect(worded(await probe())).toMatchObject({
    state: 'unmanaged',
    reason: expect.stringContaining('no longer the link'),
  });
});
