import type { SessionFolder } from '../../src/core/folder.ts';
import { expect, test } from 'vitest';
import { MAX_WORKSPACES } from '../../src/core/limits.ts';
import { createSessionFolders } from '../../src/engine/workspaces/session-folders.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { NO_FACTS } from '../helpers/session-facts.ts';

type Session = { readonly cwd?: string | null; readonly parentId?: string; readonly ownerUid?: number };

/** Folders below `/src` are taken, `/ask/…` waits for a person, and everything else is refused. */
function world({ opened = 0 } = {}) {
  const clock = fakeClock();
  const workspaces = new Set(Array.from({ length: opened }, (_, at) => `/opened/${at}`));
  const confirmed = new Set<string>();
  const decided = new Map<string, SessionFolder>();
  const asked: string[] = [];
  const gone = new Set<string>();
  const folders = createSessionFolders({
    find: async (path, ownerUid) => {
      asked.push(path);
      if (ownerUid !== 1_000) return { type: 'refused', code: 'foreign', path };
      if (gone.has(path)) return { type: 'refused', code: 'absent', path };
      if (path.startsWith('/src') || confirmed.has(path)) return { type: 'workspace', path };
      return { type: 'refused', code: path.startsWith('/ask') ? 'unconfirmed' : 'forbidden', path };
    },
    pin: async (path) => {
      confirmed.add(path);
      return { ok: true, value: { from: null, to: { path, uid: 1_000 } } };
    },
    open: async (workspace) => void workspaces.add(workspace),
    isOpen: (workspace) => workspaces.has(workspace),
    count: () => workspaces.size,
    loop: {
      dispatch: (input) => {
        if (input.type === 'folder') decided.set(input.conversationId, input.folder);
        return [];
      },
    },
    clock,
    log: (line) => {
      throw new Error(line);
    },
  });
  const session = async (
    conversationId: string,
    { cwd = null, parentId, ownerUid = 1_000 }: Session,
  ): Promise<void> => {
    const whole = { ...NO_FACTS, sessionId: conversationId, parentId: parentId ?? null, cwd };
    folders.session({ type: 'session', conversationId, session: whole, ownerUid });
    await folders.settled();
  };
  const pathOf = (conversationId: string): string | null => decided.get(conversationId)?.path ?? null;
  return { clock, workspaces, confirmed, decided, asked, gone, folders, session, pathOf };
}

test('the records of another user claim no folder that a session of its owner works in', async () => {
  const { session, decided } = world();
  await session('s', { cwd: '/src/shop' });
  await session('other', { cwd: '/src/shop', ownerUid: 1_001 });
  expect(decided.get('other')).toEqual({ type: 'refused', code: 'foreign', path: '/src/shop' });
});

test('a session works in its folder, and moves with it', async () => {
  const { session, pathOf, workspaces } = world();
  await session('s', { cwd: '/src/shop' });
  expect(pathOf('s')).toBe('/src/shop');
  await session('s', { cwd: '/src/blog' });
  expect(pathOf('s')).toBe('/src/blog');
  expect([...workspaces]).toEqual(['/src/shop', '/src/blog']);
});

test('a refused folder that is looked at again takes no session back that has left it', async () => {
  const { session, pathOf, clock } = world();
  await session('s', { cwd: '/home' });
  await session('s', { cwd: '/src/shop' });
  await session('other', { cwd: '/home' });
  await clock.pass(5_000);
  expect(pathOf('s')).toBe('/src/shop');
  expect(pathOf('other')).toBe('/home');
});

test.each([
  ['after its parent', ['parent', 'child', 'grandchild']],
  ['before its parent', ['grandchild', 'child', 'parent']],
])('a sub-agent acts on its parent’s folder where it is told of %s', async (_when, order) => {
  const { session, pathOf } = world();
  const told: Readonly<Record<string, Session>> = {
    parent: { cwd: '/src/shop' },
    child: { cwd: '/src/worktrees/a', parentId: 'parent' },
    grandchild: { cwd: '/tmp', parentId: 'child' },
  };
  for (const id of order) await session(id, told[id] ?? {});
  expect(['parent', 'child', 'grandchild'].map(pathOf)).toEqual(['/src/shop', '/src/shop', '/src/shop']);
  await session('parent', { cwd: '/src/blog' });
  expect(['parent', 'child', 'grandchild'].map(pathOf)).toEqual(['/src/blog', '/src/blog', '/src/blog']);
});

test('sub-agents that name each other as parent are left where they are', async () => {
  const { session, pathOf } = world();
  await session('a', { cwd: '/src/a', parentId: 'b' });
  await session('b', { cwd: '/src/b', parentId: 'a' });
  expect([pathOf('a'), pathOf('b')]).not.toContain(null);
});

test('a folder waits until a person confirms it, and is a workspace at once then', async () => {
  const { session, pathOf, decided, folders, workspaces } = world();
  await session('s', { cwd: '/ask/shop' });
  expect(decided.get('s')).toMatchObject({ type: 'refused', code: 'unconfirmed' });
  expect(await folders.confirm('/ask/shop')).toMatchObject({ ok: true });
  expect(decided.get('s')).toEqual({ type: 'workspace', path: '/ask/shop' });
  expect([pathOf('s'), ...workspaces]).toEqual(['/ask/shop', '/ask/shop']);
});

test('only what waits for a person can be confirmed', async () => {
  const { session, folders, confirmed, gone } = world();
  await session('s', { cwd: '/home' });
  await session('t', { cwd: '/ask/shop' });
  for (const path of ['/home', '/', '/ask', '/src/shop']) {
    expect(await folders.confirm(path)).toEqual({ ok: false, reason: { code: 'not_unconfirmed', path } });
  }
  gone.add('/ask/shop');
  expect(await folders.confirm('/ask/shop')).toEqual({
    ok: false,
    reason: { code: 'session_folder', folder: { code: 'absent', path: '/ask/shop' } },
  });
  expect([...confirmed]).toEqual([]);
});

test('a folder that another process has confirmed is taken with the next look', async () => {
  const { session, decided, confirmed, clock } = world();
  await session('s', { cwd: '/ask/shop' });
  confirmed.add('/ask/shop');
  await clock.pass(1_000);
  expect(decided.get('s')).toEqual({ type: 'workspace', path: '/ask/shop' });
});

test('a thousand refused folders of old sessions are not looked at for ever', async () => {
  const { session, asked, clock } = world();
  for (let at = 0; at < 1_000; at += 1) await session(`s${at}`, { cwd: `/gone/${at}` });
  asked.length = 0;
  await clock.pass(5_000);
  expect(asked).toHaveLength(64);
  expect(asked).toContain('/gone/999');
});

test('a folder beyond the most that are looked after is refused, and says why', async () => {
  const { session, decided, workspaces } = world({ opened: MAX_WORKSPACES });
  await session('s', { cwd: '/src/one-more' });
  expect(decided.get('s')).toEqual({ type: 'refused', code: 'too_many', path: '/src/one-more' });
  expect(workspaces.size).toBe(MAX_WORKSPACES);
});
