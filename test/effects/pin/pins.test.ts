import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPins, type Pins } from '../../../src/effects/pin/pins.ts';
import { pinStore } from '../../../src/effects/pin/store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { worded } from '../../helpers/reasons.ts';
import { wordPinChange } from '../../../src/wording/folders.ts';

const isRoot = process.getuid?.() === 0;
const US = process.geteuid?.() ?? 0;
if (!isRoot) console.log('skipped, needs root: 3 tests of pins');

/** Users that this machine does not know. */
const [AGENT, STRANGER] = [54_321, 54_322];

/** A workspace, another folder, and the pins of a state folder; `restarted` are those of the next run. */
function given(): {
  dir: string;
  workspace: string;
  other: string;
  pins: Pins;
  restarted: () => Pins;
  stateDir: string;
} {
  const dir = tempDir();
  const [workspace, other, stateDir] = [join(dir, 'proj'), join(dir, 'other'), join(dir, 'state')];
  mkdirSync(workspace);
  mkdirSync(other);
  mkdirSync(stateDir, { mode: 0o700 });
  let now = 1_000;
  const restarted = (): Pins => createPins(pinStore(stateDir), () => (now += 1));
  return { dir, workspace, other, stateDir, pins: restarted(), restarted };
}

async function pinOf(pins: Pins, path: string) {
  return pins.of(await pins.nameOf(path));
}

test('a folder that is as it was pinned may be touched, over a restart too', async () => {
  const { pins, restarted, workspace } = given();
  const pin = await pinOf(pins, workspace);
  expect(pin.pin()).toBe(null);
  expect(await pin.take(null)).toBe(null);
  expect(pin.identity()).toMatchObject({ path: workspace, uid: US });
  const next = await pinOf(restarted(), workspace);
  expect(next.pin()).toMatchObject({ path: workspace, uid: US, byHand: false });
  expect(await next.problem(null)).toBe(null);
});

test('another folder under the name is told from the pinned one', async () => {
  const { pins, workspace } = given();
  const pin = await pinOf(pins, workspace);
  await pin.take(null);
  renameSync(workspace, `${workspace}.bak`);
  expect(await pin.take(null)).toMatchObject({ code: 'folder_missing', pinned: { path: workspace, uid: US } });
  mkdirSync(workspace);
  expect(await pin.take(null)).toMatchObject({ code: 'folder_replaced', link: false });
});

test.each([
  ['of the workspace itself', 'above/proj', 'elsewhere/proj'],
  ['of a folder above it', 'above', 'elsewhere'],
])('a link %s that appeared while we were away keeps the name, and is refused', async (_, swapped, target) => {
  const { dir, restarted } = given();
  const workspace = join(dir, 'above/proj');
  mkdirSync(workspace, { recursive: true });
  mkdirSync(join(dir, 'elsewhere/proj'), { recursive: true });
  await (await pinOf(restarted(), workspace)).take(null);
  renameSync(join(dir, swapped), join(dir, `${swapped}.bak`));
  symlinkSync(join(dir, target), join(dir, swapped));

  const pins = restarted();
  expect(await pins.nameOf(workspace)).toBe(workspace);
  const problem = await pins.of(workspace).take(null);
  expect(problem).toMatchObject({ code: 'folder_replaced', link: true, pinned: { path: workspace } });
});

test('a link of our own is followed, and the folder behind it is the workspace', async () => {
  const { pins, dir, workspace, other } = given();
  const link = join(dir, 'link');
  symlinkSync(workspace, link);
  expect(await pins.nameOf(link)).toBe(workspace);
  const pin = pins.of(workspace);
  expect(await pin.take(null)).toBe(null);
  renameSync(link, `${link}.old`);
  symlinkSync(other, link);
  expect(await pin.problem(null)).toMatchObject({ code: 'folder_replaced', found: { path: other } });
});

test('an operator pins what was shown, not what took its place meanwhile', async () => {
  const { pins, restarted, workspace, other } = given();
  const pin = await pinOf(pins, workspace);
  await pin.take(null);
  renameSync(workspace, `${workspace}.bak`);
  symlinkSync(other, workspace);
  const shown = await pin.found();
  if (shown === null) throw new Error('nothing was found');
  expect(shown.path).toBe(other);
  renameSync(other, `${other}.bak`);
  mkdirSync(other);
  expect(worded(await pin.repin(shown, null))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('another folder'),
  });
  const now = await pin.found();
  if (now === null) throw new Error('nothing was found');
  const done = await pin.repin(now, null);
  expect(done.ok && wordPinChange(done.value.from, done.value.to)).toMatch(
    /^was .*proj, owner uid .*; is .*other, owner uid /u,
  );
  expect(await pin.problem(null)).toBe(null);
  expect((await pinOf(restarted(), workspace)).pin()).toMatchObject({ path: other, byHand: true });
});

test('what another process pinned by hand is taken over once', async () => {
  const { pins, restarted, workspace } = given();
  const pin = await pinOf(pins, workspace);
  await pin.take(null);
  expect(pin.adopt()).toBe(null);
  renameSync(workspace, `${workspace}.bak`);
  mkdirSync(workspace);
  expect(await pin.problem(null)).toMatchObject({ code: 'folder_replaced' });
  const doctor = await pinOf(restarted(), workspace);
  const shown = await doctor.found();
  if (shown === null) throw new Error('nothing was found');
  await doctor.repin(shown, null);
  expect(pin.adopt()).toMatchObject({ from: { path: shown.path }, to: { path: shown.path } });
  expect(pin.adopt()).toBe(null);
  expect(await pin.take(null)).toBe(null);
});

test('a folder of ours that everybody may write to is pinned by hand only', async () => {
  const { pins, restarted, workspace } = given();
  chmodSync(workspace, 0o777);
  const pin = await pinOf(pins, workspace);
  const problem = await pin.take(null);
  expect(problem).toMatchObject({ code: 'writable_by_others', by: 'everybody' });
  expect(worded({ code: 'pin', problem, workspace, repin: pin.remedy })).toContain(`chmod go-w ${workspace}`);
  expect(pin.pin()).toBe(null);
  const shown = await pin.found();
  if (shown === null) throw new Error('nothing was found');
  await pin.repin(shown, null);
  expect(await (await pinOf(restarted(), workspace)).take(null)).toBe(null);
});

test('a canonical path with control characters is refused, and never becomes the name', async () => {
  const { pins, dir } = given();
  const [hostile, link] = [join(dir, 'x\u001b]0;owned\u0007'), join(dir, 'link')];
  mkdirSync(hostile);
  symlinkSync(hostile, link);
  expect(await pins.nameOf(link)).toBe(link);
  const pin = pins.of(link);
  const problem = await pin.take(null);
  expect(problem).toEqual({ code: 'control_characters', path: expect.not.stringContaining('\u001b') });
  expect(await pin.found()).toBe(null);
});

test('a pin that is a link, or too large, counts as none', async () => {
  const { pins, restarted, workspace, dir, stateDir } = given();
  await (await pinOf(pins, workspace)).take(null);
  const folder = join(stateDir, 'pins');
  const file = join(folder, readdirSync(folder)[0] ?? '');
  renameSync(file, join(dir, 'planted.json'));
  symlinkSync(join(dir, 'planted.json'), file);
  expect((await pinOf(restarted(), workspace)).pin()).toBe(null);
  renameSync(file, join(dir, 'gone'));
  writeFileSync(file, ' '.repeat(300 * 1024), { mode: 0o600 });
  expect((await pinOf(restarted(), workspace)).pin()).toBe(null);
});

test('the link of ws-ckpt is compared with its whole target and its id; our own rollback renews it', async () => {
  const { pins, workspace, other } = given();
  renameSync(workspace, `${workspace}.bak`);
  symlinkSync(other, workspace);
  const link = { target: other, id: 'ws-abc123' };
  const pin = await pinOf(pins, workspace);
  await pin.take(link);
  expect(await pin.problem({ ...link, id: 'ws-000000' })).toMatchObject({ code: 'link_replaced' });
  // Another subvolume in the same place: what a rollback leaves behind.
  renameSync(other, `${other}.rollback-tmp`);
  mkdirSync(other);
  expect(await pin.problem(link)).toBe(null);
  await pin.renew(link);
  expect(pin.identity()?.path).toBe(other);
});

test.skipIf(!isRoot)('a link of the agent to a folder that is not its own is pinned by hand only', async () => {
  const { pins, dir } = given();
  const [theirs, ours, link] = [join(dir, 'theirs'), join(dir, 'ours'), join(dir, 'link')];
  mkdirSync(theirs);
  mkdirSync(ours);
  chownSync(theirs, AGENT, AGENT);
  symlinkSync(ours, link);
  lchownSync(link, AGENT, AGENT);
  const pin = await pinOf(pins, link);
  expect(await pin.take(null)).toMatchObject({ code: 'link_untrusted', linkOwner: AGENT, found: { path: ours } });
  const good = join(dir, 'good');
  symlinkSync(theirs, good);
  lchownSync(good, AGENT, AGENT);
  expect(await (await pinOf(pins, good)).take(null)).toBe(null);
});

test.skipIf(!isRoot)(
  'a folder of root that a group may write to is refused, one of a private group is not',
  async () => {
    const { pins, workspace, other } = given();
    chownSync(workspace, 0, STRANGER);
    chmodSync(workspace, 0o770);
    expect(await (await pinOf(pins, workspace)).take(null)).toMatchObject({ code: 'writable_by_others', by: 'group' });
    chmodSync(other, 0o775);
    expect(await (await pinOf(pins, other)).take(null)).toBe(null);
  },
);

test.skipIf(!isRoot)('another owner over a restart is refused', async () => {
  const { pins, restarted, workspace } = given();
  await (await pinOf(pins, workspace)).take(null);
  chownSync(workspace, AGENT, AGENT);
  const problem = await (await pinOf(restarted(), workspace)).take(null);
  expect(problem).toMatchObject({ code: 'owner_changed', found: { uid: AGENT } });
});
