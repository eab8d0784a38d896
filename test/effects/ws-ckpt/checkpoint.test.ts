import { rmSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wsCkpt } from '../../../src/effects/ws-ckpt/index.ts';
import { makeStandIn, requestFor, say, SNAPSHOT, type StandIn, WS_ID } from '../../helpers/ws-ckpt-stand-in.ts';
import { worded } from '../../helpers/reasons.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

const never = new AbortController().signal;
const control = { abort: never, stopping: never };
const BUSY = say('', 'Error [WriteLockConflict]: Workspace has active write operations. Please wait and retry.\n', 1);
const created = (id: string): string => say(`\u001b[32m✓ Checkpoint created: ${id}\u001b[0m\nCompleted in 0.012s\n`);

let tool: StandIn;
beforeEach(() => {
  tool = makeStandIn();
});
afterEach(() => tool.remove());

const checkpointer = (): ReturnType<typeof wsCkpt> => wsCkpt({ workspace: tool.workspace, binary: tool.binary });
const request = (more = {}): ReturnType<typeof requestFor> => requestFor(tool.workspace, more);

test('a recorded success of 0.3.2 is a snapshot, asked for with attached values from outside the workspace', async () => {
  tool.answer('checkpoint', tool.recorded('checkpoint-created'));
  const made = await checkpointer().checkpoint(request({ message: '- fix $(id)' }), control);
  expect(made).toMatchObject({ type: 'created', snapshot: SNAPSHOT, late: false, exitCode: 0, stderr: '' });
  expect(tool.calls('checkpoint')).toEqual([
    [
      'checkpoint',
      `--workspace=${WS_ID}`,
      `--id=${SNAPSHOT}`,
      '--message=- fix $(id)',
      '--metadata={"auto":true,"type":"reactive","tool":"sightline","version":"0.1.0","host":"here","run_id":"run-1"}',
    ],
  ]);
  expect(tool.cwdOf('checkpoint', 1)).toBe('/');
});

test.each([
  ['ws-ckpt 0.3.2', '--id'],
  ['ws-ckpt 0.3.10', '--id'],
  ['ws-ckpt 0.4.0', '--snapshot'],
  ['ws-ckpt 0.4.5', '--snapshot'],
  ['ws-ckpt 1.0.0-rc.1', '--snapshot'],
  ['something else', '--id'],
])('the installed version %s gets the flag %s', async (version, flag) => {
  tool.answer('version', say(`${version}\n`));
  tool.answer('checkpoint', created(SNAPSHOT));
  expect(await checkpointer().checkpoint(request(), control)).toMatchObject({ type: 'created' });
  expect(tool.calls('checkpoint')[0]?.[2]).toBe(`${flag}=${SNAPSHOT}`);
});

test('the version is asked once, the status only while it is not known to be good', async () => {
  tool.answer('checkpoint', created(SNAPSHOT));
  const subject = checkpointer();
  for (let n = 0; n < 3; n += 1) await subject.checkpoint(request(), control);
  expect(tool.calls('version')).toHaveLength(1);
  expect(tool.calls('status')).toHaveLength(1);
  expect(tool.calls('checkpoint')).toHaveLength(3);
});

test('a binary that was exchanged for a newer one is asked again and gets its flag', async () => {
  tool.answer('version', say('ws-ckpt 0.3.2\n'), say('ws-ckpt 0.5.0\n'));
  tool.answer('checkpoint', say('', "error: unexpected argument '--id' found\n", 2), created(SNAPSHOT));
  expect(await checkpointer().checkpoint(request(), control)).toMatchObject({ type: 'created' });
  expect(tool.calls('checkpoint').map((args) => args[2])).toEqual([`--id=${SNAPSHOT}`, `--snapshot=${SNAPSHOT}`]);
});

test('a usage error that no flag mends is a failure, once', async () => {
  tool.answer('checkpoint', tool.recorded('checkpoint-snapshot-flag'));
  expect(await checkpointer().checkpoint(request(), control)).toMatchObject({ type: 'failed', exitCode: 2 });
  expect(tool.calls('checkpoint')).toHaveLength(1);
});

test('an id that exists already gets the next suffix that is free', async () => {
  const duplicate = tool.recorded('checkpoint-duplicate');
  tool.answer('checkpoint', duplicate, duplicate, created(`${SNAPSHOT}-3`));
  const made = await checkpointer().checkpoint(request(), control);
  expect(made).toMatchObject({ type: 'created', snapshot: `${SNAPSHOT}-3` });
  const ids = ['', '-2', '-3'].map((suffix) => `--id=${SNAPSHOT}${suffix}`);
  expect(tool.calls('checkpoint').map((args) => args[2])).toEqual(ids);
});

test('an id with other characters or too long is made one that every version accepts', async () => {
  tool.answer('checkpoint', 'printf "✓ Checkpoint created: %s\\n" "${3#--id=}"');
  const made = await checkpointer().checkpoint(request({ snapshot: `../auto/überlauf ${'x'.repeat(200)}` }), control);
  expect(made.type === 'created' && made.snapshot).toMatch(/^auto-berlauf-x{100,112}$/u);
});

test('an empty workspace is told apart from a success', async () => {
  tool.answer('checkpoint', tool.recorded('checkpoint-empty'));
  expect(await checkpointer().checkpoint(request(), control)).toMatchObject({
    type: 'empty',
    exitCode: 0,
    stderr: '⚠ Empty workspace, no snapshot created.',
  });
});

test('exit 0 without the created line for this id is a failure', async () => {
  tool.answer('checkpoint', say('done\n'), created('another'));
  const subject = checkpointer();
  expect(await subject.checkpoint(request(), control)).toMatchObject({ type: 'failed', exitCode: 0 });
  expect(await subject.checkpoint(request(), control)).toMatchObject({ type: 'failed', exitCode: 0 });
});

test('a busy workspace is tried again after a pause, as one run', async () => {
  tool.answer('checkpoint', BUSY, BUSY, created(SNAPSHOT));
  const made = await checkpointer().checkpoint(request(), control);
  expect(made).toMatchObject({ type: 'created', snapshot: SNAPSHOT });
  expect(made.durationMs).toBeGreaterThanOrEqual(745);
});

test('a workspace that stays busy is a failure after three more tries', async () => {
  tool.answer('checkpoint', BUSY);
  const made = await checkpointer().checkpoint(request(), control);
  expect(worded(made)).toMatchObject({ type: 'failed', reason: expect.stringContaining('active write'), exitCode: 1 });
  expect(tool.calls('checkpoint')).toHaveLength(4);
  expect(made.durationMs).toBeGreaterThanOrEqual(1_745);
});

test('no pause goes beyond the deadline, and none outlives the shutdown', async () => {
  tool.answer('checkpoint', BUSY);
  const late = await checkpointer().checkpoint(request({ timeoutMs: 1_500 }), control);
  expect(late.type).toBe('failed');
  expect(late.durationMs).toBeLessThan(1_500);

  const stopping = new AbortController();
  const running = checkpointer().checkpoint(request(), { abort: never, stopping: stopping.signal });
  setTimeout(() => stopping.abort(), 300);
  const stopped = await running;
  expect(stopped.type).toBe('failed');
  expect(stopped.durationMs).toBeLessThan(1_740);
});

test.each([
  ['no-daemon', 'systemctl start ws-ckpt'],
  ['checkpoint-unknown-workspace', 'ws-ckpt init --workspace='],
])('the recorded answer %s makes it unavailable with the remedy', async (name, remedy) => {
  tool.answer('checkpoint', tool.recorded(name));
  const made = await checkpointer().checkpoint(request(), control);
  expect(worded(made)).toMatchObject({ type: 'unavailable', exitCode: 1, reason: expect.stringContaining(remedy) });
});

test('a missing binary is unavailable, and is found when it comes', async () => {
  tool.answer('checkpoint', created(SNAPSHOT));
  const subject = wsCkpt({ workspace: tool.workspace, binary: join(tool.dir, 'later') });
  const gone = await subject.checkpoint(request(), control);
  expect(worded(gone)).toMatchObject({
    type: 'unavailable',
    exitCode: null,
    reason: expect.stringContaining('not installed'),
  });
  symlinkSync(tool.binary, join(tool.dir, 'later'));
  expect(await subject.checkpoint(request(), control)).toMatchObject({ type: 'created' });
});

test('a workspace that the daemon does not list is never touched, and the init line is given', async () => {
  tool.answer('status', say('{"uptime_secs":1,"workspaces":[],"fs_total_bytes":0,"fs_used_bytes":0}'));
  tool.answer('checkpoint', created(SNAPSHOT));
  const made = await checkpointer().checkpoint(request(), control);
  expect(worded(made)).toMatchObject({
    type: 'unavailable',
    reason: expect.stringContaining(`ws-ckpt init --workspace=${tool.workspace}`),
  });
  expect(tool.calls('checkpoint')).toEqual([]);
});

test.each([
  ['a directory', (): void => mkdirSync(tool.workspace)],
  ['a file', (): void => writeFileSync(tool.workspace, '')],
  ['a link elsewhere', (): void => symlinkSync('/usr', tool.workspace)],
  ['nothing', (): void => undefined],
])('a managed workspace whose link was replaced by %s is never touched', async (_, replace) => {
  tool.answer('checkpoint', created(SNAPSHOT));
  const subject = checkpointer();
  expect((await subject.probe()).state).toBe('available');
  rmSync(tool.workspace);
  replace();
  const made = await subject.checkpoint(request(), control);
  expect(worded(made)).toMatchObject({ type: 'unavailable', reason: expect.stringContaining('no longer the link') });
  expect(worded(made)).toMatchObject({ reason: expect.stringContaining('ws-ckpt init --workspace=') });
  expect((await subject.probe()).state).toBe('unmanaged');
  expect(tool.calls('checkpoint')).toEqual([]);
});

test('a link that leads nowhere is never touched', async () => {
  tool.answer('checkpoint', created(SNAPSHOT));
  const subject = checkpointer();
  await subject.probe();
  removeTree(join(tool.dir, 'store'));
  const made = await subject.checkpoint(request(), control);
  expect(worded(made)).toMatchObject({ type: 'unavailable', reason: expect.stringContaining('which does not exist') });
  expect(tool.calls('checkpoint')).toEqual([]);
});

test('the link is looked at before each retry, too', async () => {
  tool.answer('checkpoint', `rm '${tool.workspace}'; mkdir '${tool.workspace}'; ${BUSY}`, created(SNAPSHOT));
  const made = await checkpointer().checkpoint(request(), control);
  expect(worded(made)).toMatchObject({ type: 'unavailable', reason: expect.stringContaining('no longer the link') });
  expect(tool.calls('checkpoint')).toHaveLength(1);
});
