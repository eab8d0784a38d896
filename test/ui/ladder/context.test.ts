import { expect, test } from 'vitest';
import { conditionText } from '../../../src/ui/ladder/conditions.ts';
import { ladderOf } from '../../../src/ui/ladder/ladder.ts';
import type { SessionFacts } from '../../../src/core/sessions.ts';
import { mount } from '../../helpers/mount.ts';
import { ScreenWorld } from '../../helpers/view.ts';

async function filled(usedTokens: number, facts: Partial<SessionFacts> = {}): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe');
  world.call({ agent: 'Claude', conversationId: 'c', ago: 1_000, took: 500 });
  world.session('c', { context: { usedTokens, windowTokens: 200_000, windowKnown: false }, ...facts });
  return world;
}

const stateOf = (world: ScreenWorld): string => {
  const [row] = ladderOf(world.view(), world.now).rows;
  return row === undefined ? '' : conditionText(row.condition, world.now, { times: '×' });
};

test('a context that is filled to 85 % is an advisory, before it overflows', async () => {
  expect(stateOf(await filled(169_000))).toBe('active');
  expect(stateOf(await filled(170_000))).toBe('context 85 %');
  // The catalogue's window was wrong: it is the long one.
  expect(stateOf(await filled(230_000))).toBe('active');
  expect(stateOf(await filled(900_000))).toBe('context 90 %');
});

test('that of a sub-agent, or of a session that has ended, is none', async () => {
  expect(stateOf(await filled(190_000, { parentId: 'parent' }))).toBe('active');
  expect(stateOf(await filled(190_000, { state: 'ended' }))).toBe('ended');
});

test('a wide screen has the fill of every conversation, marked where the window is from a catalogue', async () => {
  const app = mount(await filled(124_000), { columns: 200, rows: 50 });
  await app.shows(/CTX +CALLS/u);
  await app.shows('~62 %');
});
