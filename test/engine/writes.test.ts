import { beforeEach, expect, test } from 'vitest';
import { createWrites, type Writes } from '../../src/engine/workspaces/writes.ts';
import { makeCall } from '../helpers/feed-events.ts';
import { World } from '../helpers/reactor.ts';
import { NO_FACTS } from '../helpers/session-facts.ts';

const WORKSPACE = '/ws';
let mono = 0;
let writes: Writes;

beforeEach(() => {
  mono = 0;
  const { state } = World.armed({ workspaces: { agents: {}, processes: {}, fallback: WORKSPACE } });
  writes = createWrites({ now: () => ({ at: 0, mono }), state: () => state });
});

function pass(): void {
  mono += 1;
}

function open(tool: string | null, conversationId = 'c'): void {
  pass();
  const work = tool === null ? null : ({ type: 'tool', name: tool, since: 0 } as const);
  const session = { ...NO_FACTS, sessionId: 's', agent: 'a', open: work };
  writes.session({ type: 'session', conversationId, session, ownerUid: null });
}

function called(...tools: readonly string[]): void {
  pass();
  writes.call(makeCall({ tools }));
}

function made(): void {
  pass();
  writes.made(WORKSPACE, 'auto-1', mono);
  pass();
}

test('nothing is known before the first snapshot of this run, nor behind a rollback', () => {
  expect(writes.unchangedSince(WORKSPACE)).toBeNull();
  made();
  expect(writes.unchangedSince(WORKSPACE)).toBe('auto-1');
  writes.changed(WORKSPACE);
  expect(writes.unchangedSince(WORKSPACE)).toBeNull();
});

test('tools that only read change nothing; any other may, and what ran before the snapshot counts no more', () => {
  called('Write');
  made();
  called('Read', 'Grep', 'TodoWrite');
  expect(writes.unchangedSince(WORKSPACE)).toBe('auto-1');
  called('Read', 'mcp__files__touch');
  expect(writes.unchangedSince(WORKSPACE)).toBeNull();
  made();
  expect(writes.unchangedSince(WORKSPACE)).toBe('auto-1');
});

test('a tool that was under way during the snapshot may have written since, until it ends and behind that', () => {
  open('Bash');
  made();
  expect(writes.unchangedSince(WORKSPACE)).toBeNull();
  open(null);
  expect(writes.unchangedSince(WORKSPACE)).toBeNull();
  made();
  open('Read');
  open(null);
  expect(writes.unchangedSince(WORKSPACE)).toBe('auto-1');
});

test('a tool that never ends is forgotten after an hour', () => {
  open('Bash');
  made();
  mono += 3_600_000;
  expect(writes.unchangedSince(WORKSPACE)).toBe('auto-1');
});

test('what reading began after is unchanged, not what was made when it ended', () => {
  const since = mono;
  called('Edit');
  writes.made(WORKSPACE, 'auto-1', since);
  expect(writes.unchangedSince(WORKSPACE)).toBeNull();
});
