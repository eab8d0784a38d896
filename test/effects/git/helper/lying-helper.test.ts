import { PassThrough } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHelper } from '../../../../src/effects/git/helper/helper.ts';
import { parseAnswer } from '../../../../src/effects/git/helper/messages.ts';
import type { HelperProcess } from '../../../../src/effects/git/helper/process.ts';
import { FRAME, frame, jsonFrame, MAX_FRAME_BYTES } from '../../../../src/effects/git/helper/protocol.ts';
import { HelperError } from '../../../../src/effects/git/helper/reason.ts';
import {
  closedFolders,
  doSteps,
  hashContents,
  listFolder,
  readContents,
} from '../../../../src/effects/git/helper/tasks.ts';
import type { Session } from '../../../../src/effects/git/helper/session.ts';
import { isInside } from '../../../../src/effects/git/workspace/byte-path.ts';
import { type Entry, TooManyEntriesError } from '../../../../src/effects/git/workspace/entry.ts';
import type { Found } from '../../../../src/effects/git/workspace/open.ts';

const found: Found = { path: '/w', root: '/w', dev: '1', ino: '2', uid: process.geteuid?.() ?? 0, gid: 0, store: null };
const READY = { t: 'ready', uid: found.uid, gid: 0, groups: [] };
const file: Entry = { path: 'a', kind: 'file', mode: 0o644, uid: 1, gid: 1, size: 3, stamp: '3:1:1:1:1' };

const READING = {
  maxFileBytes: 5,
  isEnough: () => false,
  expected: () => null,
  syncBudget: { leftMs: () => 0, spend: () => undefined },
};

/** A helper that says what its user makes it say, whatever it is asked, then ends. */
function lying(says: readonly Buffer[]): () => Promise<HelperProcess> {
  return () => {
    const answers = new PassThrough();
    const requests = new PassThrough();
    const ended = Promise.withResolvers<{ exitCode: number | null; signal: string | null }>();
    answers.write(jsonFrame(READY));
    answers.once('end', () => ended.resolve({ exitCode: 0, signal: null }));
    // The first message is the greeting; the answers to the second are ready before anything is sent to it.
    let asked = 0;
    requests.on('data', () => {
      asked += 1;
      if (asked !== 2) return;
      for (const part of says) answers.write(part);
      answers.end();
    });
    return Promise.resolve({
      pid: 1,
      answers,
      requests,
      ended: ended.promise,
      stderr: () => '',
      isRunning: () => true,
      isStopped: () => false,
      hold: () => undefined,
      end: () => void answers.destroy(),
    });
  };
}

async function ask<T>(says: readonly Buffer[], task: (session: Session) => Promise<T>): Promise<T> {
  return createHelper(lying(says)).work(found, new AbortController().signal, ({ session }) => task(session));
}

// The right fields with wrong values, the wrong fields, and noise.
const path = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'a/b',
    '..',
    '../x',
    'a/../../x',
    '/etc',
    '.git',
    'a/.git/config',
    'a//b',
    'a\0',
    '.',
    '\u0100',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const odd = fc.oneof(
  fc.constantFrom(-1, 0, 1, 0o7777, 0o10000, 2 ** 32, 2 ** 60, 1.5, null, true, 'x', {}),
  fc.double(),
);
const entry = fc.oneof(
  fc.tuple(
    path,
    fc.constantFrom('file', 'link', 'folder', 'device'),
    fc.oneof(fc.constant(0o644), odd),
    fc.oneof(fc.constant(1), odd),
    fc.oneof(fc.constant(1), odd),
    fc.oneof(fc.constant(3), odd),
    fc.constantFrom('3:1:1:1:1', 'x y', '', '\n'),
  ),
  fc.array(fc.jsonValue(), { maxLength: 7 }),
);
const message = fc.oneof(
  fc.record({ t: fc.constant('entries'), e: fc.array(entry, { maxLength: 5 }) }),
  fc.record({
    t: fc.constant('left-out'),
    l: fc.array(fc.tuple(path, fc.constantFrom('excluded', 'unreadable', 'x'))),
  }),
  fc.record({ t: fc.constantFrom('done', 'alive', 'ready', 'error', 'nothing', '__proto__') }),
  fc.record({
    t: fc.constant('error'),
    code: fc.constantFrom('EACCES', 'TOO_MANY', 'ENOENT', 'x\u001b[2J'),
    text: path,
  }),
  fc.record({ t: fc.constant('large'), size: fc.oneof(fc.nat(10), odd) }),
  fc.record({
    t: fc.constant('content'),
    e: entry,
    stamp: fc.constantFrom(null, '3:1:1:1:1', 'x y'),
    short: fc.boolean(),
  }),
  fc.record({ t: fc.constant('failed'), why: fc.constantFrom('vanished', 'x') }),
  fc.record({ t: fc.constant('oid'), oid: fc.constantFrom(null, 'a'.repeat(40), 'A'.repeat(40), '../../x') }),
  fc.record({ t: fc.constantFrom('did', 'did-not', 'closed'), changed: odd, code: path, closed: odd }),
  fc.jsonValue(),
);
const bytes = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data));
const says = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: message.map(jsonFrame) },
    { weight: 2, arbitrary: bytes.map((data) => Buffer.concat(frame(FRAME.data, data))) },
    {
      weight: 2,
      arbitrary: fc.tuple(message, bytes).map(([value, data]) => {
        const text = Buffer.from(JSON.stringify(value));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(text.length);
        return Buffer.concat(frame(FRAME.content, Buffer.concat([length, text, data])));
      }),
    },
    { weight: 1, arbitrary: bytes.map((data) => Buffer.concat(frame(FRAME.content, data))) },
    { weight: 1, arbitrary: bytes },
  ),
  { maxLength: 8 },
);

const tasks: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
  list: async (session) => {
    const walked = await listFolder(session, found, { exclude: [], store: null, maxFileBytes: Infinity });
    for (const one of walked.entries) {
      expect(isInside(one.path)).toBe(true);
      expect(one.mode).toBeLessThanOrEqual(0o7777);
      expect(one.stamp).not.toMatch(/\s/u);
    }
  },
  read: async (session) => {
    for await (const content of readContents(session, found, [file], READING)) {
      expect(content.wanted).toBe(file);
      if (content.type !== 'large') continue;
      let length = 0;
      for await (const chunk of content.chunks()) length += chunk.length;
      expect(length).toBe(content.size);
      expect(content.size).toBeLessThanOrEqual(5);
    }
  },
  hash: (session) => hashContents(session, found, [file]),
  closed: (session) => closedFolders(session, found, ['a']),
  restore: (session) =>
    doSteps(
      session,
      found,
      (async function* () {
        yield { step: { do: 'delete' as const, path: 'a' } };
      })(),
      () => undefined,
    ),
};

test.each(Object.keys(tasks))(
  'whatever a helper says to "%s" is an answer of ours or a tagged refusal',
  async (name) => {
    const property = fc.asyncProperty(says, async (parts) => {
      try {
        await ask(parts, tasks[name] ?? expect.fail());
      } catch (error) {
        if (error instanceof TooManyEntriesError) return;
        expect(error).toBeInstanceOf(HelperError);
      }
    });
    await fc.assert(property, { numRuns: 150 });
  },
);

test.each([
  ['a frame larger than any of ours', Buffer.from([255, 255, 255, 255, 1])],
  ['a frame just too large', Buffer.from(Uint32Array.of(MAX_FRAME_BYTES + 1).buffer)],
  ['a kind that is none', Buffer.from([1, 0, 0, 0, 9, 0])],
])('%s is refused before it is read', async (_, part) => {
  const padded = Buffer.concat([part, Buffer.alloc(8)]);
  await expect(ask([padded], tasks['list'] ?? expect.fail())).rejects.toMatchObject({ reason: { code: 'hostile' } });
});

test.each([
  [
    'a file below a file',
    [
      ['', 'folder'],
      ['a', 'file'],
      ['a/b', 'file'],
    ],
  ],
  [
    'an entry twice',
    [
      ['', 'folder'],
      ['a', 'file'],
      ['a', 'link'],
    ],
  ],
  [
    'an entry below a folder that is not listed',
    [
      ['', 'folder'],
      ['a/b', 'file'],
    ],
  ],
  ['no root', [['a', 'file']]],
  ['a root that is a file', [['', 'file']]],
])('a listing with %s is refused', async (_, entries) => {
  const e = entries.map(([at, kind]) => [at, kind, 0o644, 1, 1, 1, '1:1:1:1:1']);
  const task = ask([jsonFrame({ t: 'entries', e }), jsonFrame({ t: 'done' })], tasks['list'] ?? expect.fail());
  await expect(task).rejects.toMatchObject({ reason: { code: 'hostile' } });
});

test('an id of a content is computed here, not taken from the helper', async () => {
  const text = Buffer.from(
    JSON.stringify({ t: 'content', e: Object.values(file), stamp: null, short: false, oid: 'f'.repeat(40) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const said = Buffer.concat(frame(FRAME.content, Buffer.concat([length, text, Buffer.from('one')])));
  await ask([said, jsonFrame({ t: 'synced', ms: 0 }), jsonFrame({ t: 'done' })], async (session) => {
    for await (const content of readContents(session, found, [file], READING))
      expect(content).toMatchObject({ read: { oid: '43dd47ea691c90a5fa7827892c70241913351963' } });
  });
});

test('a content that was not expected is not taken as the same', async () => {
  const said = [jsonFrame({ t: 'same', e: Object.values(file), stamp: '~3:1:1:1:1' }), jsonFrame({ t: 'done' })];
  await expect(
    ask(said, async (session) => {
      for await (const content of readContents(session, found, [file], READING)) expect(content).toBe(null);
    }),
  ).rejects.toThrow('tampered');
});

test('a message is taken with its own fields only', () => {
  expect(parseAnswer('{"t":"done","__proto__":{"x":1}}')).toEqual({ t: 'done' });
  expect(parseAnswer('['.repeat(100_000))).toBeNull();
  expect(parseAnswer('{"t":"closed","closed":"yes"}')).toBeNull();
});
