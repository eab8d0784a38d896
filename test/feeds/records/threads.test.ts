/** A history that several threads read: the same numbers, and each file goes on from there. */
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { claudeSession, type ClaudeSession } from '../../helpers/claude-session.ts';
import { type Followed, followFeed } from '../../helpers/follow-feed.ts';
import { FIXTURES, readRecords, sumsOf, truthOf } from '../../helpers/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const ID = 'msg_0123456789abcdef';
const T0 = Date.UTC(2026, 8, 1);

/** A session that was written long ago. */
function old(root: string, write: (session: ClaudeSession) => void, id?: string): ClaudeSession {
  const session = claudeSession(root, { startsAt: T0, ...(id !== undefined && { id }) });
  write(session);
  utimesSync(session.file, T0 / 1_000, T0 / 1_000);
  return session;
}

async function follow(root: string): Promise<Followed> {
  const feed = followFeed(recordsFeed({ medium: 'claude', roots: [root], uri: `claude:${root}`, threadsFrom: 0 }));
  await feed.caughtUp();
  return feed;
}

test.each([
  ['claude', true],
  ['codex', false],
] as const)('every truth of %s is reached', async (medium, isPart) => {
  const sums = sumsOf(await readRecords(medium, join(FIXTURES, medium), { threadsFrom: 0 }), isPart);
  expect(sums).toEqual(truthOf(medium, isPart));
});

test('what is appended is live, and known to the decoder as if it had read the file from its beginning', async () => {
  const root = tempDir();
  const session = old(root, ({ prompt, answer, tool, result, retry }) => {
    prompt();
    answer(`${ID}-1`, { stop_reason: null });
    retry(1);
    for (let step = 0; step < 4; step += 1) {
      tool(`toolu_${step}`, 'Bash', { command: 'make' });
      result(`toolu_${step}`, 'failed');
    }
  });
  const feed = await follow(root);
  const before = feed.calls().length;
  expect(feed.calls()).toContain(`${ID}-1 historical`);
  session.answer(`${ID}-1`, { usage: { input_tokens: 10, output_tokens: 500 } });
  session.tool('toolu_4', 'Bash', { command: 'make' });
  session.result('toolu_4', 'failed');
  await feed.count(before + 3);
  const found = feed.events.slice(before);
  // The first call's last count, the fifth tool's call, and the loop of five: nothing that was told is told again.
  expect(found.map((event) => event.type)).toEqual(['call', 'call', 'interruption']);
  expect(found[0]).toMatchObject({ record: `${ID}-1`, arrival: 'live', call: { usage: { outputTokens: 500 } } });
  expect(found[2]).toMatchObject({ arrival: 'live', interruption: { type: 'dead_loop' } });
  expect(feed.sessions.at(-1)?.session?.retries).toBe(1);
});

test('lines that are no records are counted, and a link is refused', async () => {
  const root = tempDir();
  const session = old(root, ({ text, answer, row }) => {
    text('no record\n{"type":"user"\n');
    row({ type: 'quantum-flux' });
    answer(`${ID}-1`);
  });
  writeFileSync(join(root, 'secret'), '{}\n');
  symlinkSync(join(root, 'secret'), join(session.file, '..', 'linked.jsonl'));
  const feed = await follow(root);
  expect(feed.calls()).toEqual([`${ID}-1 historical`]);
  expect(feed.health()).toMatchObject({
    skipped: { malformed: 2 },
    unknownKinds: [{ kind: 'quantum-flux', count: 1 }],
  });
});

test('2.6: a copy is known across files that different threads have read', async () => {
  const root = tempDir();
  const origin = old(root, ({ prompt, answer }) => {
    prompt();
    answer(`${ID}-1`);
  });
  old(root, ({ row }) => {
    const usage = { input_tokens: 10, output_tokens: 5 };
    const message = { id: `${ID}-1`, model: 'm', stop_reason: 'end_turn', content: [], usage };
    row({ type: 'assistant', forkedFrom: { sessionId: origin.id }, message });
  });
  const { conversations } = await readRecords('claude', root, { threadsFrom: 0 });
  const callsIn = (isOrigin: boolean): number | undefined =>
    conversations.find(({ conversationId }) => (conversationId === origin.id) === isOrigin)?.totals.calls;
  expect([callsIn(true), callsIn(false)]).toEqual([1, 0]);
});
