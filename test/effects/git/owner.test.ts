import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test as anyTest } from 'vitest';
import { attempt, makePlace, type Place } from './place.ts';
import { worded } from '../../helpers/reasons.ts';

// Root beside an agent: user 12345, which has no entry in passwd. Skipped elsewhere; CI runs as root.
const test = anyTest.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux');
const AGENT = 12_345;
/** Group of users without an entry. */
const NO_GROUP = 65_534;

/** A workspace of the agent's that it can reach, beside a folder that is root's alone. */
function makeAgentPlace(): Place & { readonly private: string } {
  const place = makePlace();
  chmodSync(place.dir, 0o755);
  const other = join(place.dir, 'private');
  mkdirSync(other, { mode: 0o700 });
  writeFileSync(join(other, 'file'), 'private', { mode: 0o600 });
  chownSync(place.workspace, AGENT, NO_GROUP);
  return { ...place, private: other };
}

/** What the agent writes. */
function give(place: Place, path: string, content: string, mode = 0o644): void {
  place.write(path, content);
  for (let at = path; at !== '.'; at = dirname(at)) chownSync(place.path(at), AGENT, NO_GROUP);
  chmodSync(place.path(path), mode);
}

test("a rollback gives back content, modes and owners of what is the agent's", async () => {
  const place = makeAgentPlace();
  give(place, 'sub/a', 'one', 0o640);
  await place.snapshot('auto-1');
  give(place, 'sub/a', 'two');
  give(place, 'sub/new', 'x');
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  const { uid, gid, mode } = lstatSync(place.path('sub/a'));
  expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: AGENT, gid: NO_GROUP, mode: 0o640 });
  expect(readFileSync(place.path('sub/a'), 'utf8')).toBe('one');
  expect(existsSync(place.path('sub/new'))).toBe(false);
});

test('what the owner cannot read is left out and named, though root could', async () => {
  const place = makeAgentPlace();
  give(place, 'a', 'x');
  writeFileSync(place.path('secret'), 'root only', { mode: 0o600 });
  mkdirSync(place.path('closed'), { mode: 0o700 });
  writeFileSync(place.path('closed/inside'), 'root only');
  expect(await attempt(place, 'auto-1')).toMatchObject({
    type: 'created',
    stderr: 'left out: 2 unreadable (closed, secret)',
  });
});

test('owners and set-user-id bits that cannot be restored are listed before and make it no success', async () => {
  const place = makeAgentPlace();
  give(place, 'tool', 'one', 0o4755);
  give(place, 'of-root', 'one');
  chownSync(place.path('of-root'), 0, 0);
  await place.snapshot('auto-1');
  give(place, 'tool', 'two');
  rmSync(place.path('of-root'));
  expect(await place.checkpointer.previewRollback?.('auto-1')).toMatchObject({
    ok: true,
    value: {
      limits: [
        { what: 'owner', count: 1, examples: ['of-root'] },
        { what: 'set_id', count: 1, examples: ['tool'] },
      ],
    },
  });
  expect(worded(await place.checkpointer.rollback('auto-1'))).toMatchObject({
    ok: false,
    reason: expect.stringMatching(
      /^rolled back to auto-1 in part .*Not restored: the owner.*\(of-root\); the set-user/u,
    ),
    partial: { counts: { restored: 2 }, notRestored: [{ what: 'owner' }, { what: 'set_id' }] },
  });
  expect(lstatSync(place.path('tool')).mode & 0o7777).toBe(0o755);
  expect(readFileSync(place.path('of-root'), 'utf8')).toBe('one');
  expect(lstatSync(place.path('of-root')).uid).toBe(AGENT);
});

test('what the owner may not change is listed before, and left', async () => {
  const place = makeAgentPlace();
  give(place, 'root/a', 'one');
  await place.snapshot('auto-1');
  give(place, 'root/a', 'two');
  chownSync(place.path('root'), 0, 0);
  expect(await place.checkpointer.previewRollback?.('auto-1')).toMatchObject({
    value: { limits: expect.arrayContaining([{ what: 'all', count: 1, examples: ['root/a'] }]) },
  });
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: false });
  expect(readFileSync(place.path('root/a'), 'utf8')).toBe('two');
  expect(lstatSync(place.path('root')).uid).toBe(0);
});

test("the workspace replaced by a link to root's folder: nothing of it is copied, emptied or given away", async () => {
  const place = makeAgentPlace();
  give(place, 'a', 'one');
  await place.snapshot('auto-1');
  renameSync(place.workspace, `${place.workspace}.bak`);
  symlinkSync(place.private, place.workspace);
  expect(worded(await attempt(place, 'auto-2'))).toMatchObject({
    type: 'unavailable',
    reason: expect.stringContaining('is another folder now'),
  });
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: false });
  expect(await place.checkpointer.diff('auto-1', null)).toMatchObject({ ok: false });
  const { uid, mode } = lstatSync(place.private);
  expect({ uid, mode: mode & 0o7777 }).toEqual({ uid: 0, mode: 0o700 });
  expect(readFileSync(join(place.private, 'file'), 'utf8')).toBe('private');
});

test('a workspace that its owner cannot reach is unavailable, and says why', async () => {
  const place = makeAgentPlace();
  give(place, 'a', 'x');
  chmodSync(place.dir, 0o700);
  expect(worded(await attempt(place, 'auto-1'))).toMatchObject({
    type: 'unavailable',
    reason: expect.stringContaining(`with the rights of its owner, user ${AGENT}`),
  });
});

test('a snapshot of 0.1.0 with a set-user-id file of root makes no such program', async () => {
  const place = makeAgentPlace();
  give(place, 'tool', 'x');
  chownSync(place.path('tool'), 0, 0);
  chmodSync(place.path('tool'), 0o4755);
  await place.snapshot('auto-1');
  rmSync(place.path('tool'));
  await place.checkpointer.rollback('auto-1');
  const { uid, mode } = lstatSync(place.path('tool'));
  expect({ uid, mode: mode & 0o7777 }).toEqual({ uid: AGENT, mode: 0o755 });
});

test('the helper has the rights of the owner and no others, in every thread', async () => {
  const place = makeAgentPlace();
  give(place, 'a', 'x');
  await place.snapshot('auto-1');
  const helpers = execFileSync('ps', ['-eo', 'pid=,uid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('sightline-git-helper') && line.includes(String(AGENT)))
    .map((line) => Number.parseInt(line, 10));
  expect(helpers.length).toBeGreaterThan(0);
  for (const pid of helpers) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    expect(status).toMatch(/^Uid:\t12345\t12345\t12345\t12345$/mu);
    expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/mu);
    expect(status).toMatch(/^Groups:\s*$/mu);
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) expect(status).toMatch(new RegExp(`^Cap${set}:\t0+$`, 'mu'));
  }
});
