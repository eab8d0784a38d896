/** How record files are read (`agent-records`, section 2), whatever agent wrote them. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { recordsIn } from '../../../src/feeds/records/lines.ts';
import { claudeSession } from '../../helpers/claude-session.ts';
import { type Followed, followFeed } from '../../helpers/follow-feed.ts';
import { readRecords, sumsOf } from '../../helpers/records.ts';
import { removeTree, tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const ID = 'msg_0123456789abcdef';
const T0 = Date.UTC(2026, 8, 1);

async function follow(root: string, options: { cursor?: string; since?: number } = {}): Promise<Followed> {
  const feed = followFeed(recordsFeed({ medium: 'claude', roots: [root], uri: `claude:${root}`, ...options }));
  await until(() => feed.healths.at(-1)?.caughtUp === true || feed.healths.at(-1)?.status === 'absent');
  return feed;
}

async function callsOf(root: string): Promise<number> {
  return (await readRecords('claude', root)).fleet.totals.calls;
}

describe('2.1 bounded', () => {
  test('a line of 1 MB is read, one of 17 MiB is left out and counted', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(`${ID}-1`, { content: [{ type: 'text', text: 'x'.repeat(1_000_000) }] });
    session.text(`{"type":"user","text":"${'x'.repeat(17 * 1024 * 1024)}"}\n`);
    session.answer(`${ID}-2`);
    const feed = await follow(root);
    expect(feed.calls()).toHaveLength(2);
    expect(feed.health().skipped.oversized).toBe(1);
  });

  test('what was written before the time asked for is read when it changes', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(`${ID}-1`);
    const feed = await follow(root, { since: Date.now() + 60_000 });
    expect(feed.calls()).toEqual([]);
    appendFileSync(session.file, '\n');
    await feed.count(1);
    expect(feed.calls()).toEqual([`${ID}-1 historical`]);
  });

  test('what was written before is read when a search finds it, with its sub-agents, and goes on live', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.prompt('where are refunds made?');
    session.answer(`${ID}-1`);
    const subAgents = join('-work', session.id, 'subagents');
    claudeSession(root, { startsAt: T0, folder: subAgents, id: 'agent-a1' }).answer(`${ID}-2`);
    claudeSession(root, { startsAt: T0 }).answer(`${ID}-3`);
    const uri = `claude:${root}`;
    const records = recordsFeed({ medium: 'claude', roots: [root], uri, since: Date.now() + 60_000 });
    const feed = followFeed(records);
    await until(() => feed.healths.at(-1)?.caughtUp === true);
    const control = { hit: () => undefined, progress: () => undefined, unread: () => undefined };
    const { signal } = new AbortController();
    await records.search?.({ text: 'no such words', since: 0, ...control }, signal);
    await records.search?.({ text: 'REFUNDS', since: 0, ...control }, signal);
    await feed.count(2);
    expect(feed.calls().toSorted()).toEqual([`${ID}-1 historical`, `${ID}-2 historical`]);
    session.answer(`${ID}-4`);
    await feed.count(3);
    expect(feed.calls()).toContain(`${ID}-4 live`);
  });
});

describe('2.2 torn ends', () => {
  test('half a record, half a character: it is read once it is whole', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(`${ID}-1`);
    const feed = await follow(root);
    const other = claudeSession(tempDir());
    other.answer(`${ID}-2`, { content: [{ type: 'text', text: 'über' }] });
    const bytes = readFileSync(other.file);
    const half = bytes.indexOf(0xc3) + 1;
    appendFileSync(session.file, bytes.subarray(0, half));
    appendFileSync(session.file, bytes.subarray(half));
    await feed.count(2);
    expect(feed.health().skipped.malformed).toBe(0);
  });

  test('a record without a line end is read, and what follows it too', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(`${ID}-1`);
    truncateSync(session.file, readFileSync(session.file).length - 1);
    const feed = await follow(root);
    expect(feed.calls()).toHaveLength(1);
    session.answer(`${ID}-2`);
    await feed.count(2);
    session.text('\n');
    session.answer(`${ID}-3`);
    await feed.count(3);
  });

  test('what never becomes whole is counted', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.text('{"type":"assistant","mess\n');
    session.answer(ID);
    const feed = await follow(root);
    expect(feed.calls()).toHaveLength(1);
    expect(feed.health().skipped.malformed).toBe(1);
  });
});

describe('2.3 several records of a line', () => {
  test('are all read', () => {
    expect(recordsIn('{"a":"}{"}{"b":{"c":1}} \0{"d":2}')).toEqual({
      records: [{ a: '}{' }, { b: { c: 1 } }, { d: 2 }],
      isTorn: false,
    });
  });

  test('behind a torn one, too', () => {
    expect(recordsIn('{"a":{"b":"c{"d":{"e":1}}')).toEqual({ records: [{ d: { e: 1 } }], isTorn: true });
    expect(recordsIn('{"a":{"b":1}')).toMatchObject({ isTorn: true });
    expect(recordsIn('no record').records).toEqual([]);
  });
});

test('2.4 CR, a BOM, empty lines, NUL, lone surrogates and fields of another type are read over', async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  session.text('\uFEFF');
  session.answer(`${ID}-1`);
  session.text('\r\n\n\0\0\n   \n[]\n"x"\n17\n{"type":7}\n{"type":"assistant"}\n{"type":"user","message":[]}\n');
  session.text(
    '{"type":"assistant","uuid":"u","timestamp":"2026-09-01T00:00:00Z","message":{"id":["x"],"usage":"y"}}\n',
  );
  session.row({
    type: 'assistant',
    message: { id: `${ID}-2`, model: '\ud800', usage: { input_tokens: -1, output_tokens: '9' } },
  });
  session.row({ type: 'quantum-state', version: '9.9.9' });
  session.row({ type: 'quantum-state', version: '9.9.9' });
  session.text(`${readFileSync(session.file, 'utf8').split('\n')[0]?.replace('-1', '-3') ?? ''}\r\n`);
  const feed = await follow(root);
  expect(feed.calls().map((call) => call.split(' ')[0])).toEqual(
    expect.arrayContaining([`${ID}-1`, `${ID}-2`, `${ID}-3`]),
  );
  expect(feed.health().unknownKinds).toEqual([{ version: '9.9.9', kind: 'quantum-state', count: 2 }]);
});

describe('2.5 files that shrink, are replaced, moved or pruned', () => {
  test('one that is written anew is read anew; what was paid stays', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(`${ID}-1`);
    const feed = await follow(root);
    writeFileSync(session.file, '');
    session.answer(`${ID}-2`);
    await feed.count(2);
    const other = `${session.file}.new`;
    writeFileSync(other, readFileSync(session.file, 'utf8').replaceAll('-2"', '-3"'));
    renameSync(other, session.file);
    await feed.count(3);
    expect(feed.withdrawn).toEqual([]);
  });

  test('one that moves into another folder is counted once, and followed there', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(`${ID}-1`);
    const feed = await follow(root);
    const moved = join(root, 'projects', '-elsewhere', `${session.id}.jsonl`);
    mkdirSync(dirname(moved));
    renameSync(session.file, moved);
    appendFileSync(moved, readFileSync(moved, 'utf8').replaceAll('-1"', '-2"').replaceAll('0000-', '1111-'));
    await until(() => feed.calls().some((call) => call.startsWith(`${ID}-2`)));
    expect(new Set(feed.events.map(({ record }) => record)).size).toBe(2);
  });

  test('a root that goes is told, and followed again when it is back, with what came meanwhile', async () => {
    const root = join(tempDir(), '.claude');
    claudeSession(root).answer(`${ID}-1`);
    const feed = await follow(root);
    removeTree(root);
    await until(() => feed.health().status === 'absent', 15_000);
    const session = claudeSession(root);
    session.answer(`${ID}-2`);
    await feed.count(2);
    await until(() => feed.health().status === 'ok');
    session.answer(`${ID}-3`);
    await feed.count(3);
    expect(feed.calls().slice(1)).toEqual([`${ID}-2 gap`, `${ID}-3 live`]);
  });

  test('a root that another folder replaces, or a link to where it went, is followed there; nothing counts twice', async () => {
    const top = tempDir();
    const root = join(top, '.claude');
    const session = claudeSession(root);
    session.answer(`${ID}-1`);
    const feed = await follow(root);
    renameSync(root, join(top, 'away'));
    symlinkSync(join(top, 'away'), root);
    session.answer(`${ID}-2`);
    await until(() => feed.calls().length >= 2, 15_000);
    unlinkSync(root);
    claudeSession(root).answer(`${ID}-3`);
    await until(() => feed.calls().length >= 3, 15_000);
    expect(feed.calls().map((call) => call.split(' ')[0])).toEqual([`${ID}-1`, `${ID}-2`, `${ID}-3`]);
    expect(feed.withdrawn).toEqual([]);
  });

  test('one that is deleted keeps its calls', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(ID);
    const feed = await follow(root);
    removeTree(dirname(session.file));
    const next = claudeSession(root);
    next.answer(`${ID}-2`);
    await feed.count(2);
    expect(feed.withdrawn).toEqual([]);
  });
});

describe('2.7 live or historical', () => {
  test('what was there is historical; what is appended, and a new file in a new folder, is live', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(`${ID}-1`);
    const feed = await follow(root);
    session.answer(`${ID}-2`);
    await feed.count(2);
    claudeSession(root, { folder: '-new' }).answer(`${ID}-3`);
    await feed.count(3);
    expect(feed.calls()).toEqual([`${ID}-1 historical`, `${ID}-2 live`, `${ID}-3 live`]);
  });

  test('a file that appears with rows from before is live from its first own one', async () => {
    const root = tempDir();
    const feed = await follow(root);
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(`${ID}-1`);
    await feed.count(1);
    const copy = claudeSession(root);
    copy.text(readFileSync(session.file, 'utf8').replace('-1"', '-old"'));
    copy.answer(`${ID}-2`);
    await feed.count(3);
    expect(feed.calls()).toEqual([`${ID}-1 historical`, `${ID}-old historical`, `${ID}-2 live`]);
  });

  test('what came while no run followed is a gap', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(`${ID}-1`);
    const first = await follow(root);
    const { cursor } = first.health();
    await first.stop();
    const later = claudeSession(root);
    later.answer(`${ID}-2`);
    const second = await follow(root, { cursor: cursor ?? '' });
    expect(second.calls().toSorted()).toEqual([`${ID}-1 historical`, `${ID}-2 gap`]);
  });

  test('a folder that appears later is waited for', async () => {
    const root = join(tempDir(), '.claude');
    const feed = await follow(root);
    expect(feed.health().status).toBe('absent');
    claudeSession(root).answer(ID);
    await until(() => feed.health().caughtUp, 15_000);
    expect(feed.calls()).toHaveLength(1);
  });
});

describe('2.8 hostile files', () => {
  test('no link is followed, out of the root or in it, and no FIFO is opened', async () => {
    const [root, outside] = [tempDir(), tempDir()];
    const away = claudeSession(outside);
    away.answer(`${ID}-away`);
    const session = claudeSession(root);
    session.answer(ID);
    const folder = dirname(session.file);
    symlinkSync(away.file, join(folder, 'aaaaaaaa.jsonl'));
    symlinkSync(dirname(away.file), join(root, 'projects', '-link'));
    execFileSync('mkfifo', [join(folder, 'bbbbbbbb.jsonl')]);
    expect(await callsOf(root)).toBe(1);
  });

  test('a folder that becomes a link while it is followed is not read through it', async () => {
    const [root, outside] = [tempDir(), tempDir()];
    const session = claudeSession(root);
    session.answer(ID);
    const feed = await follow(root);
    const away = claudeSession(outside, { id: session.id });
    away.answer(`${ID}-away`);
    const folder = dirname(session.file);
    removeTree(folder);
    symlinkSync(dirname(away.file), folder);
    claudeSession(root, { folder: '-other' }).answer(`${ID}-2`);
    await feed.count(2);
    away.answer(`${ID}-away-2`);
    claudeSession(root, { folder: '-third' }).answer(`${ID}-3`);
    await feed.count(3);
    expect(feed.calls().join()).not.toContain('away');
  });

  test.runIf(process.getuid?.() === 0)(
    'a file of another user than the folder’s owner is refused and named',
    async () => {
      const [root, outside] = [tempDir(), tempDir()];
      const foreign = claudeSession(root);
      foreign.answer(`${ID}-foreign`);
      chownSync(foreign.file, 12_345, 12_345);
      // A hard link keeps its owner.
      const away = claudeSession(outside);
      away.answer(`${ID}-away`);
      chownSync(away.file, 12_345, 12_345);
      linkSync(away.file, join(dirname(foreign.file), 'cccccccc.jsonl'));
      const feed = await follow(root);
      expect(feed.calls()).toEqual([]);
      expect(feed.health().skipped.unsupported).toBe(2);
      expect(JSON.stringify(feed.health().lastSkip)).toContain('"why":"foreign"');
    },
  );

  test('a name that cannot be opened is skipped once, though it is looked at again and again, and read once it can be', async () => {
    const root = tempDir();
    const session = claudeSession(root);
    session.answer(`${ID}-1`);
    const feed = await follow(root);
    unlinkSync(session.file);
    execFileSync('mkfifo', [session.file]);
    await until(() => feed.health().skipped.unsupported === 1);
    const other = claudeSession(root, { folder: '-second' });
    for (const look of [1, 2, 3]) {
      utimesSync(session.file, Date.now() / 1_000, look);
      other.answer(`${ID}-look-${look}`);
      await feed.count(1 + look);
    }
    unlinkSync(session.file);
    session.answer(`${ID}-2`);
    await feed.count(5);
    expect(feed.calls()).toContain(`${ID}-2 live`);
    await feed.stop();
    expect(feed.health().skipped.unsupported).toBe(1);
  });

  test.runIf(process.getuid?.() !== 0)(
    'what is closed to us is told, a folder too, and read once it is open',
    async () => {
      const root = tempDir();
      const [session, other] = [claudeSession(root), claudeSession(root, { folder: '-locked' })];
      session.answer(`${ID}-1`);
      other.answer(`${ID}-2`);
      chmodSync(session.file, 0);
      chmodSync(dirname(other.file), 0);
      const feed = await follow(root);
      expect(feed.health().skipped.unsupported).toBe(2);
      chmodSync(session.file, 0o600);
      chmodSync(dirname(other.file), 0o700);
      await feed.count(2);
      chmodSync(root, 0);
      await until(() => feed.health().status === 'absent', 15_000);
      chmodSync(root, 0o700);
      session.answer(`${ID}-3`);
      await feed.count(3);
    },
  );

  test('texts are cleaned, and one name cannot be taken for another’s', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.row({
      type: 'assistant',
      message: { id: '__proto__________', model: 'constructor\u001b[31m', usage: { input_tokens: 1 } },
    });
    session.row({ type: 'custom-title', customTitle: 'a\u001b]0;title\u0007\u202eb' });
    const view = await readRecords('claude', root);
    expect(view.conversations).toMatchObject([{ models: ['constructor'], session: { title: 'a b' } }]);
  });
});

test('2.9 headers and account ids are nowhere in what is delivered', async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  const headers = { 'anthropic-organization-id': 'SECRET' };
  session.row({ type: 'system', subtype: 'api_error', retryAttempt: 6, error: { status: 529, headers } });
  session.row({ type: 'bridge-session', accountId: 'SECRET' });
  session.failure('API Error: 500', { error: { status: 500, headers } });
  const feed = await follow(root);
  const told = JSON.stringify([feed.events, feed.sessions, feed.healths], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(told).not.toContain('SECRET');
  expect(sumsOf(await readRecords('claude', root), true)[session.id]).toMatchObject({ retries: 1, failed: 1 });
});

test('a new file beside old ones makes none of those be read', async () => {
  const root = tempDir();
  for (let old = 0; old < 20; old += 1) claudeSession(root, { startsAt: T0 }).answer(`${ID}-old-${old}`);
  const feed = await follow(root, { since: Date.now() + 60_000 });
  claudeSession(root).answer(`${ID}-new`);
  await feed.count(1);
  claudeSession(root, { folder: '-second' }).answer(`${ID}-second`);
  await feed.count(2);
  expect(feed.calls()).toEqual([`${ID}-new live`, `${ID}-second live`]);
});
