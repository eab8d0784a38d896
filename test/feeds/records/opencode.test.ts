import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { followFeed, type Followed } from '../../helpers/follow-feed.ts';
import { opencodeWriter, type OpencodeWriter } from '../../helpers/opencode-db.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

describe('calls', () => {
  test("O1: each finished step is a call; the message's own tokens are its last step's only", async () => {
    const feed = await follow((db) => {
      db.message('m1', 's1', assistant({ tokens: tokens(50, 5) }));
      db.part('p1', 'm1', { type: 'step-finish', tokens: tokens(100, 10) });
      db.part('p2', 'm1', { type: 'step-finish', tokens: tokens(50, 5) });
    });
    expect(usages(feed)).toEqual(['100 10', '50 5']);
  });

  test('O1: without a finished step it is the message, if it has tokens', async () => {
    const feed = await follow((db) => {
      db.message('m1', 's1', assistant({ tokens: tokens(100, 10) }));
      db.message('m2', 's1', assistant({ tokens: tokens(0, 0) }));
      db.message('m3', 's1', { role: 'user' });
    });
    expect(usages(feed)).toEqual(['100 10']);
  });

  test('O2: the input is without the cache; the reasoning comes on top unless the total holds it', async () => {
    const cache = { read: 900, write: 30 };
    const feed = await follow((db) => {
      db.message('m1', 's1', assistant({ tokens: { input: 10, output: 7, reasoning: 2, cache } }));
      db.message('m2', 's1', assistant({ tokens: { input: 10, output: 7, reasoning: 2, cache, total: 947 } }));
      db.message('m3', 's1', assistant({ tokens: { input: 10, output: 7, reasoning: 2, cache, total: 949 } }));
    });
    expect(usages(feed)).toEqual(['10 9', '10 7', '10 9']);
    expect(calls(feed)[0]?.usage).toMatchObject({ cacheReadTokens: 900, cacheCreationTokens: 30, cacheApart: true });
  });

  test.each([
    ['APIError', { message: 'Overloaded', statusCode: 529 }, 529, null],
    ['ProviderAuthError', { message: 'no key' }, null, 'auth_error'],
    ['ContextOverflowError', { message: 'too long' }, null, 'context_overflow'],
    ['UnknownError', { message: 'boom' }, null, null],
  ])('O3: %s is a failed call', async (name, data, statusCode, errorClass) => {
    const feed = await follow((db) => db.message('m1', 's1', assistant({ error: { name, data } })));
    expect(calls(feed)).toMatchObject([
      { statusCode, error: data.message, usage: null, recorded: { failed: true, errorClass } },
    ]);
  });

  test.each(['MessageAbortedError', 'MessageOutputLengthError', 'StructuredOutputError', 'QuantumError'])(
    'O3: %s is no failed call of its own',
    async (name) => {
      const feed = await follow((db) => {
        db.message('m1', 's1', assistant({ error: { name, data: {} } }));
        db.part('p1', 'm1', { type: 'step-finish', tokens: tokens(100, 10) });
      });
      expect(calls(feed)).toMatchObject([{ usage: { inputTokens: 100 }, recorded: { failed: false } }]);
    },
  );

  test('O3: a step that fails after others have finished is one call more', async () => {
    const feed = await follow((db) => {
      db.message('m1', 's1', assistant({ error: { name: 'APIError', data: { statusCode: 503 } } }));
      db.part('p1', 'm1', { type: 'step-finish', tokens: tokens(100, 10) });
    });
    expect(calls(feed).map(({ recorded }) => recorded?.failed)).toEqual([false, true]);
  });
});

describe('following', () => {
  test('O4: a message under way is no call until it has ended; what comes after the first end is live', async () => {
    const { db, folder } = world();
    db.message('m1', 's1', { role: 'assistant', time: { created: 1_788_501_101_000 } });
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:', now: () => 0 }));
    await feed.caughtUp();
    expect(calls(feed)).toEqual([]);
    db.part('p1', 'm1', { type: 'step-finish', tokens: tokens(100, 10) });
    await feed.count(1);
    db.rewrite('m1', assistant({ error: { name: 'APIError', data: { statusCode: 500 } } }));
    await until(() => calls(feed).length === 2);
    expect(calls(feed).map(({ statusCode }) => statusCode)).toEqual([null, 500]);
    expect(new Set(feed.events.map(({ arrival }) => arrival))).toEqual(new Set(['live']));
  });

  test('reads rows again whose numbers were given anew after others were deleted', async () => {
    const { db, folder } = world();
    for (const id of ['m1', 'm2', 'm3']) db.message(id, 's1', assistant({ tokens: tokens(1, 1) }));
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
    await feed.caughtUp();
    db.run("BEGIN; DELETE FROM message WHERE id IN ('m2', 'm3')");
    db.message('m4', 's1', assistant({ tokens: tokens(4, 4) }));
    db.message('m5', 's1', assistant({ tokens: tokens(5, 5) }));
    db.run('COMMIT');
    await until(() => usages(feed).length === 5);
    expect(usages(feed)).toEqual(['1 1', '1 1', '1 1', '4 4', '5 5']);
  });

  test('follows a database that appears, and one that is replaced', async () => {
    const folder = tempDir();
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
    await until(() => feed.healths.at(-1)?.status === 'absent');
    const { db } = world(folder);
    db.message('m1', 's1', assistant({ tokens: tokens(100, 10) }));
    await feed.count(1);
    expect(feed.health().status).toBe('ok');
  });

  test('reads the newest rows of a folder that nobody may write to from a private copy', async () => {
    const { db, folder } = world();
    db.message('m1', 's1', assistant({ tokens: tokens(100, 10) }));
    const still = tempDir();
    for (const name of ['opencode.db', 'opencode.db-wal']) copyFileSync(join(folder, name), join(still, name));
    chmodSync(still, 0o555);
    onTestFinished(() => chmodSync(still, 0o755));
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [still], uri: 'opencode:' }));
    await feed.caughtUp();
    expect(usages(feed)).toEqual(['100 10']);
    expect(feed.words()).toContain('a copy of opencode.db');
  });

  test('a file may be named in place of the folder', async () => {
    const { db, folder } = world();
    db.message('m1', 's1', assistant({ tokens: tokens(100, 10) }));
    const roots = [join(folder, 'opencode.db')];
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots, uri: 'opencode:' }));
    await feed.caughtUp();
    expect(usages(feed)).toEqual(['100 10']);
  });

  test('reads the tree of an older version only where there is no database', async () => {
    const folder = tempDir();
    const put = (path: string, value: object): void => {
      mkdirSync(join(folder, 'storage', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'storage', path), JSON.stringify(value));
    };
    put('session/prj/s1.json', { id: 's1', directory: '/work/shop', title: 'old' });
    put('message/s1/m1.json', { id: 'm1', sessionID: 's1', ...assistant({}) });
    put('part/m1/p1.json', { id: 'p1', type: 'step-finish', tokens: tokens(7, 7) });
    const old = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
    await old.caughtUp();
    expect(usages(old)).toEqual(['7 7']);
    const { db } = world(folder);
    db.message('m9', 's1', assistant({ tokens: tokens(9, 9) }));
    const both = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
    await both.caughtUp();
    expect(usages(both)).toEqual(['9 9']);
  });
});

describe('hostile databases', () => {
  test('data of any shape costs its row, and no more', async () => {
    const feed = await follow((db) => {
      db.run(
        `INSERT INTO message VALUES ('m0', 's1', 1, 1, x'00ff'), ('m1', 's1', 'x', 1, '{"role":'), (NULL, 's1', 1, 1, '{}')`,
      );
      db.message('m2', 's1', assistant({ tokens: [1], time: 'x', error: 7 }));
      db.message('m3', 's1', assistant({ tokens: tokens(100, 10) }));
      db.part('p0', 'm3', '[[[');
      db.part('p1', 'm3', { type: 'quantum' });
      db.part('p2', 'm3', `{"type":"tool","tool":"x","state":"${'x'.repeat(2_000_000)}"}`);
    });
    expect(usages(feed)).toEqual(['100 10']);
  });

  test.each([
    ['a view', 'DROP TABLE part; CREATE VIEW part AS SELECT 1 AS id, 2 AS message_id, 3 AS data'],
    ['a generated column', 'DROP TABLE part; CREATE TABLE part (id, message_id, x, data AS (x))'],
    ['no rowid', 'DROP TABLE part; CREATE TABLE part (id PRIMARY KEY, message_id, data) WITHOUT ROWID'],
    ['no table', 'DROP TABLE message'],
  ])('runs nothing of the author: %s', async (_, sql) => {
    const { db, folder } = world();
    db.run(sql);
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
    await until(() => feed.healths.at(-1)?.status === 'lost');
    expect(calls(feed)).toEqual([]);
  });

  test.each([
    ['emptied', (file: string) => truncateSync(file, 0), 'opencode.db is not a database of OpenCode: it has no table'],
    ['cut', (file: string) => truncateSync(file, 4_096), 'malformed'],
    ['cut within a page', (file: string) => truncateSync(file, 10_000), 'malformed'],
    ['written over', (file: string) => writeFileSync(file, 'no database '.repeat(9_000)), 'not a database'],
  ])('a database that is %s under us is told, and read again once it is one', async (_, spoil, why) => {
    const folder = tempDir();
    const db = opencodeWriter(join(folder, 'opencode.db'));
    db.message('m1', 's1', assistant({ tokens: tokens(100, 10) }));
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
    await feed.caughtUp();
    db.run('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    spoil(join(folder, 'opencode.db'));
    await until(() => feed.health().status !== 'ok');
    expect(feed.health().status).toBe('degraded');
    expect(feed.words()).toContain(why);
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `opencode.db${end}`), { force: true });
    world(folder).db.message('m2', 's1', assistant({ tokens: tokens(200, 20) }));
    await until(() => feed.health().status === 'ok' && usages(feed).includes('200 20'));
  });

  test('follows no link in the place of a database', async () => {
    const { folder } = world();
    const root = tempDir();
    symlinkSync(join(folder, 'opencode.db'), join(root, 'opencode.db'));
    const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [root], uri: 'opencode:' }));
    await until(() => feed.healths.at(-1)?.status === 'lost');
    expect(feed.words()).toContain('is not a regular file');
  });
});

type World = { readonly db: OpencodeWriter; readonly folder: string };

function world(folder = tempDir()): World {
  const db = opencodeWriter(join(folder, 'opencode.db'));
  onTestFinished(() => db.close());
  db.session('s1');
  return { db, folder };
}

/** Follows a database until its end is reached. */
async function follow(write: (db: OpencodeWriter) => void): Promise<Followed> {
  const { db, folder } = world();
  write(db);
  const feed = followFeed(recordsFeed({ medium: 'opencode', roots: [folder], uri: 'opencode:' }));
  await feed.caughtUp();
  return feed;
}

/** The calls as they were told last, in the order in which they were told first. */
function calls({ events }: Followed): readonly Call[] {
  const told = new Map(events.flatMap((event) => (event.type === 'call' ? [[event.record, event.call] as const] : [])));
  return [...told.values()];
}

function usages(feed: Followed): readonly string[] {
  return calls(feed).map(({ usage }) => `${usage?.inputTokens ?? '-'} ${usage?.outputTokens ?? '-'}`);
}

function assistant(fields: object): object {
  const time = { created: 1_788_501_101_000, completed: 1_788_501_190_000 };
  return { role: 'assistant', modelID: 'claude-sonnet-5', providerID: 'anthropic', time, ...fields };
}

function tokens(input: number, output: number): object {
  return { input, output, reasoning: 0, cache: { read: 0, write: 0 } };
}
