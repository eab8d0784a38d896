import type { SessionFolder, WorkspaceMap } from '../../../src/core/folder.ts';
import { expect, test } from 'vitest';
import { workspaceFor } from '../../../src/core/reactor/signals.ts';
import { failedCall, makeRow } from '../../helpers/feed-events.ts';
import { World, WS } from '../../helpers/reactor.ts';

const SESSIONS = new Map<string, SessionFolder>([
  ['session', { type: 'workspace', path: '/src/shop' }],
  ['refused', { type: 'refused', code: 'unconfirmed', path: '/src/other' }],
]);
const MAP: WorkspaceMap = {
  agents: { Codex: '/codex' },
  processes: { node: '/node' },
  fallback: '/default',
  sessions: SESSIONS,
};
const OWNER = { agent: 'Claude', processName: null, conversationId: 'session' };

test.each([
  ['the map of agents', MAP, { ...OWNER, agent: 'Codex' }, '/codex'],
  ['the map of processes', MAP, { ...OWNER, processName: 'node' }, '/node'],
  ['a default said for this run', { ...MAP, isFallbackGiven: true }, OWNER, '/default'],
  ['the session’s folder', MAP, OWNER, '/src/shop'],
  [
    'the session’s folder of a sub-agent',
    MAP,
    { ...OWNER, conversationId: 'session#agent-a', sessionId: 'session' },
    '/src/shop',
  ],
  ['the configured default', MAP, { ...OWNER, conversationId: 'unknown' }, '/default'],
  ['none, where the folder is refused', MAP, { ...OWNER, conversationId: 'refused' }, null],
])('the workspace of a signal is %s', (_which, map, owner, workspace) => {
  expect(workspaceFor(map, owner)).toBe(workspace);
});

test('a signal of a session acts on its folder once that is known', () => {
  const world = World.armed({ workspaces: { agents: {}, processes: {}, fallback: null } });
  const crash = { error: 'process crashed', sessionId: 's' } as const;
  const before = world.call(failedCall({ ends: 1, conversationId: 'turn-1', ...crash }));
  expect(world.fateName(before)).toBe('no_workspace');
  world.do({ type: 'folder', conversationId: 's', folder: { type: 'workspace', path: WS } });
  world.call(failedCall({ ends: 2, conversationId: 'turn-2', ...crash }));
  expect(world.spawns).toMatchObject([{ workspace: WS }]);
});

test('the fate of a signal in a folder that nobody has confirmed says how to do that', () => {
  const world = World.armed({ workspaces: { agents: {}, processes: {}, fallback: null } });
  world.do({
    type: 'folder',
    conversationId: 'conv',
    folder: { type: 'refused', code: 'unconfirmed', path: '/src/my shop' },
  });
  const id = world.row(makeRow());
  expect(world.fate(id)).toMatchObject({
    reason: expect.stringContaining("sightline doctor --repin '/src/my shop'") as unknown,
  });
});
