import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/core/snapshots.ts';
import { wsCkpt } from '../../../src/effects/ws-ckpt/index.ts';
import { until } from '../../helpers/until.ts';
import { makeStandIn, say, SNAPSHOT, WS_ID, type StandIn } from '../../helpers/ws-ckpt-stand-in.ts';
import { worded } from '../../helpers/reasons.ts';

let tool: StandIn;
beforeEach(() => {
  tool = makeStandIn();
});
afterEach(() => tool.remove());

const checkpointer = (): ReturnType<typeof wsCkpt> => wsCkpt({ workspace: tool.workspace, binary: tool.binary });
const RECORDED = [SNAPSHOT, 'manual-20260609T140400', 'x1'];

test('the recorded list of 0.3.2 is read, oldest first', async () => {
  tool.answer('list', tool.recorded('list-json'));
  const list = await checkpointer().list();
  expect(list.ok && list.value.map(({ id }) => id)).toEqual(RECORDED);
  expect(list.ok && list.value[0]).toEqual({
    id: SNAPSHOT,
    at: Date.parse('2026-11-23T21:22:51.077Z'),
    message: 'reactive: retry_storm (conv=b59780476b41bbe7f6e4461c7199e096)',
    metadata: { auto: true, tool: 'sightline', type: 'reactive' },
    pinned: false,
  });
});

const AT = '2026-07-02T07:51:51.525018Z';
const meta = { message: 'm', metadata: { type: 'cron' }, pinned: true, created_at: AT, missing: false };

test.each([
  ['with parents (0.4.0)', [{ id: 'a', workspace: '/w', meta: { ...meta, parent_id: null, child_ids: ['__live__'] } }]],
  ['with `snapshot` for the id', [{ snapshot: 'a', meta }]],
  ['with the facts beside the id', [{ id: 'a', ...meta }]],
  ['in a page', { snapshots: [{ id: 'a', meta }], next_cursor: null, elapsed_secs: 0.01 }],
])('a list %s is read', async (_, answer) => {
  tool.answer('list', say(JSON.stringify(answer)));
  const list = await checkpointer().list();
  expect(list).toEqual({
    ok: true,
    value: [{ id: 'a', at: Date.parse(AT), message: 'm', metadata: { type: 'cron' }, pinned: true }],
  });
});

test('pages are followed to the last', async () => {
  tool.answer(
    'list',
    say(JSON.stringify({ snapshots: [{ id: 'a', meta }], next_cursor: 'c0ffee' })),
    say(JSON.stringify({ snapshots: [{ id: 'b', meta }], next_cursor: null })),
  );
  const list = await checkpointer().list();
  expect(list.ok && list.value.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(tool.calls('list')[1]).toContain('--cursor=c0ffee');
});

test('a record in summary, a lost snapshot and hostile text are taken for what they are', async () => {
  const summary = {
    id: 'big',
    detail: 'summary',
    omitted_fields: ['message'],
    meta: { created_at: AT, pinned: false, missing: false },
  };
  const lost = { id: 'lost', meta: { ...meta, missing: true } };
  const hostile = {
    id: 'h',
    meta: { ...meta, message: 'a\u001b]0;title\u0007b\n', metadata: { 'k\u0000': 'v\u202e', deep: { x: 1 }, n: 1 } },
  };
  tool.answer('list', say(JSON.stringify([summary, lost, hostile, { ...hostile, id: 'x\u001b[2J' }])));
  const list = await checkpointer().list();
  expect(list.ok && list.value.map(({ id, message, metadata }) => ({ id, message, metadata }))).toEqual([
    { id: 'big', message: null, metadata: null },
    { id: 'h', message: 'ab', metadata: { k: 'v', n: 1 } },
  ]);
});

test.each(['null', '{}', '[null]', '[{}]', '[{"id":"a"', '', 'No snapshots found.'])(
  'the answer %s is no list, and said so',
  async (answer) => {
    tool.answer('list', say(answer));
    expect(worded(await checkpointer().list())).toMatchObject({
      ok: false,
      reason: expect.stringContaining('no list'),
    });
  },
);

test('a recorded diff is shown without colours, and an unknown snapshot is said before anything runs', async () => {
  tool.answer('list', tool.recorded('list-json'));
  tool.answer('diff', tool.recorded('diff'));
  const subject = checkpointer();
  const diff = await subject.diff(SNAPSHOT, 'manual-20260609T140400');
  expect(diff).toEqual({
    ok: true,
    value: { text: 'M  f1.txt\n-  f2.txt\n+  src/new.txt\n\n3 change(s)', changes: 3, paths: [] },
  });
  expect(worded(await subject.diff('zz', null))).toMatchObject({ ok: false, reason: expect.stringContaining('zz') });
  expect(tool.calls('diff')).toEqual([
    ['diff', `--workspace=${tool.workspace}`, `--from=${SNAPSHOT}`, '--to=manual-20260609T140400'],
  ]);
});

test('the files of a snapshot are those of its diff to the one before it: a renamed one counts as two, no folder counts', async () => {
  tool.answer('list', tool.recorded('list-json'));
  const subject = checkpointer();
  const listed = await subject.list();
  const [first, second] = listed.ok ? listed.value : [];
  if (first === undefined || second === undefined) return expect.fail('too few snapshots were recorded');
  tool.answer('diff', tool.recorded('diff'));
  const plain = { added: null, removed: null };
  expect(await subject.contents?.(second.id)).toEqual({
    ok: true,
    value: {
      since: first.id,
      files: [
        { path: 'f1.txt', change: 'modified', ...plain },
        { path: 'f2.txt', change: 'deleted', ...plain },
        { path: 'src/new.txt', change: 'added', ...plain },
      ],
      total: 3,
      refs: null,
    },
  });
  const lines = [
    '+  sub (directory)',
    'R  b.txt (a.txt → b.txt)',
    '+  link (symlink)',
    'M  odd\u001b[1m (x)',
    '',
    '4 change(s)',
    '',
  ];
  tool.answer('diff', say(lines.join('\n'), '', 0));
  const renamed = await subject.contents?.(second.id);
  expect(renamed?.ok === true && renamed.value.files.map(({ path, change }) => [path, change])).toEqual([
    ['a.txt', 'deleted'],
    ['b.txt', 'added'],
    ['link', 'added'],
    ['odd (x)', 'modified'],
  ]);
  expect(await subject.contents?.(first.id)).toMatchObject({ ok: true, value: { since: null, total: 0 } });
  expect(worded((await subject.contents?.('zz')) ?? listed)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('zz'),
  });
});

test('names of files are told as they are, and what the tool cuts or cannot be shown as unknown', async () => {
  tool.answer('list', tool.recorded('list-json'));
  const subject = checkpointer();
  const listed = await subject.list();
  const [, second] = listed.ok ? listed.value : [];
  if (second === undefined) return expect.fail('too few snapshots were recorded');
  // As version 0.3.2 says them: btrfs escapes, and the name is cut at its first blank.
  const lines = [
    String.raw`R  newer\ (old\ → newer\)`,
    String.raw`+  back\\slash`,
    String.raw`+  nl\nx\et`,
    String.raw`+  gr\303\274n`,
    '',
    '4 change(s)',
    '',
  ];
  tool.answer('diff', say(lines.join('\n'), '', 0));
  const told = await subject.contents?.(second.id);
  expect(told?.ok === true && told.value.files.map(({ path }) => path).toSorted()).toEqual(
    ['newer�', 'old�', String.raw`back\slash`, 'nl�x�t', 'grün'].toSorted(),
  );
});

test('a rollback is refused over what an interrupted one left behind', async () => {
  tool.answer('list', tool.recorded('list-json'));
  tool.answer('rollback', tool.recorded('rollback'));
  mkdirSync(`${realpathSync(tool.workspace)}.rollback-tmp`);
  expect(worded(await checkpointer().rollback(SNAPSHOT))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('may hold the only copy'),
  });
  expect(tool.calls('rollback')).toEqual([]);
});

test('a comparison that the tool broke off itself is tried once more', async () => {
  tool.answer('list', tool.recorded('list-json'));
  const broken = say('', 'Error [InternalError]: btrfs send failed: At subvol /mnt/x\n', 1);
  tool.answer('diff', broken, tool.recorded('diff'));
  expect(await checkpointer().diff(SNAPSHOT, 'manual-20260609T140400')).toMatchObject({ ok: true });
  tool.answer('diff', broken, broken, broken, broken);
  expect(worded(await checkpointer().diff(SNAPSHOT, 'manual-20260609T140400'))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('btrfs send failed'),
  });
  expect(tool.calls('diff')).toHaveLength(4);
});

test('comparing with the live workspace says so where the version is too old', async () => {
  tool.answer('list', tool.recorded('list-json'));
  tool.answer('diff', say('', 'error: the following required arguments were not provided:\n  --to <TO>\n', 2));
  expect(worded(await checkpointer().diff(SNAPSHOT, null))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('0.4.0'),
  });
});

test('a rollback runs outside the workspace, by the complete id only', async () => {
  tool.answer('list', tool.recorded('list-json'));
  tool.answer('rollback', tool.recorded('rollback'));
  const subject = checkpointer();
  expect(await subject.rollback(SNAPSHOT)).toMatchObject({
    ok: true,
    value: { code: 'rolled_back', replaced: expect.any(String) },
  });
  expect(tool.cwdOf('rollback', 1)).toBe('/');
  expect(await subject.rollback('auto-2026')).toMatchObject({ ok: false });
  expect(tool.calls('rollback')).toHaveLength(1);
});

test('a rollback that is refused says why', async () => {
  tool.answer('list', tool.recorded('list-json'));
  const why = 'Refused: 1 process(es) have cwd inside workspace: PID 7 (cwd=/w).';
  tool.answer('rollback', say('', `\u001b[31m✗ ${why}\u001b[0m\n  hint\n`, 1));
  expect(worded(await checkpointer().rollback(SNAPSHOT))).toEqual({ ok: false, reason: `exit 1: ${why}` });
});

test('a snapshot is deleted by its complete id, never by asking on stdin', async () => {
  tool.answer('list', tool.recorded('list-json'));
  tool.answer('delete', tool.recorded('delete'), say('操作已取消\n'));
  const subject = checkpointer();
  expect(await subject.remove('x1')).toMatchObject({ ok: true });
  expect(tool.calls('delete')).toEqual([['delete', `--workspace=${tool.workspace}`, '--snapshot=x1', '--force']]);
  expect(await subject.remove('x1')).toMatchObject({ ok: false });
  expect(worded(await subject.remove('x'))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('no snapshot x'),
  });
});

/** A `list` that lists what lies in the store. */
const listOfStore = `printf '['; comma=
for path in "$dir"/store/snapshots/${WS_ID}/*; do
  printf '%s{"id":"%s","meta":${JSON.stringify(meta)}}' "$comma" "\${path##*/}"; comma=,
done
printf ']'`;

test.each([
  ['there are some already', ['old']],
  ['it is the first one', []],
])('a snapshot that somebody else makes is told when the store shows it, where %s', async (_, before) => {
  const store = join(tool.dir, 'store', 'snapshots', WS_ID);
  mkdirSync(join(tool.dir, 'store', 'snapshots'));
  for (const id of before) mkdirSync(join(store, id), { recursive: true });
  tool.answer('list', listOfStore);
  const seen: Snapshot[] = [];
  const controller = new AbortController();
  checkpointer().watch((snapshot) => seen.push(snapshot), controller.signal);
  let made = 0;
  await until(() => {
    // When the watch has begun cannot be seen from outside: one more until the first is told.
    mkdirSync(join(store, `theirs-${(made += 1)}`), { recursive: true });
    return seen.length > 0;
  });
  mkdirSync(join(store, 'last'));
  await until(() => seen.some(({ id }) => id === 'last'));
  controller.abort();
  const ids = seen.map(({ id }) => id);
  expect(ids).not.toContain('old');
  expect(new Set(ids).size).toBe(ids.length);
  expect(seen.at(-1)).toMatchObject({ message: 'm', metadata: { type: 'cron' } });
});
