import { given } from '../../../../src/core/done.ts';
import { describe, expect, test } from 'vitest';
import { MAX_SILENCES } from '../../../../src/core/limits.ts';
import { T0, World } from '../../../helpers/reactor.ts';

describe('a silence', () => {
  test.each([
    ['conversation', { conversation: 'c1' }, { conversationId: 'c1' }, { conversationId: 'c2' }],
    ['agent', { agent: 'a' }, { agent: 'a' }, { agent: 'b' }],
    ['signal', { signal: 'dead_loop' }, { type: 'dead_loop' }, { type: 'agent_crash' }],
    ['workspace', { workspace: '/ws' }, {}, null],
    ['everything', {}, {}, null],
    [
      'several fields, all of which must match',
      { agent: 'a', conversation: 'c1' },
      { agent: 'a', conversationId: 'c1' },
      { agent: 'a', conversationId: 'c2' },
    ],
  ])('matches by %s', (_name, matcher, hit, miss) => {
    const world = World.armed({}, 'hold').silence(matcher);
    expect(world.fateName(world.crash(hit))).toBe('suppressed');
    if (miss) expect(world.fateName(world.crash(miss))).toBe('');
  });

  test('of another workspace suppresses nothing here', () => {
    const world = World.armed().silence({ workspace: '/elsewhere' });
    expect(world.fateName(world.crash())).toBe('');
  });

  test('says which one it was, by whom and why, and counts what it held back', () => {
    const world = World.armed().silence({});
    const id = world.crash();
    world.crash();
    expect(world.fate(id)).toMatchObject({ kind: 'suppressed', reason: 'silence quiet by ann: lunch' });
    expect(world.state.silences).toMatchObject([{ heldBack: 2 }]);
    expect(world.notices('operator').at(-1)).toMatchObject({
      action: 'silence',
      target: 'quiet',
      reason: given('lunch'),
    });
  });

  test('counts on the first that matches only', () => {
    const world = World.armed().silence({}, 60_000, 'one').silence({ agent: 'agent' }, 60_000, 'two');
    world.crash();
    expect(world.state.silences).toMatchObject([
      { id: 'one', heldBack: 1 },
      { id: 'two', heldBack: 0 },
    ]);
  });

  test('expires by itself, at its very end', () => {
    const world = World.armed().silence({}, 5_000);
    world.wait(4_999);
    expect(world.fateName(world.crash())).toBe('suppressed');
    world.wait(1);
    expect(world.state.silences).toEqual([]);
    expect(world.timers.size).toBe(0);
    expect(world.fateName(world.crash())).toBe('');
  });

  test('that ends brings nothing back that it suppressed', () => {
    const world = World.armed().silence({}, 5_000);
    const id = world.crash();
    world.wait(60_000);
    expect(world.fateName(id)).toBe('suppressed');
    expect(world.spawns).toEqual([]);
  });

  test('can be ended early', () => {
    const world = World.armed().silence({}).do({ type: 'unsilence', id: 'quiet' });
    expect(world.fateName(world.crash())).toBe('');
    expect(world.timers.size).toBe(0);
    expect(world.notices('operator').at(-1)).toMatchObject({ action: 'unsilence', target: 'quiet' });
  });

  test('can be extended, and keeps its count', () => {
    const world = World.armed().silence({}, 5_000);
    world.crash();
    world.do({ type: 'extend_silence', id: 'quiet', byMs: 15_000 }).wait(10_000);
    expect(world.fateName(world.crash())).toBe('suppressed');
    expect(world.state.silences).toMatchObject([{ heldBack: 2, endsAt: T0 + 20_000 }]);
    world.wait(10_000);
    expect(world.fateName(world.crash())).toBe('');
  });

  test('several end each at its own time', () => {
    const world = World.armed().silence({ agent: 'x' }, 9_000, 'later').silence({}, 3_000, 'sooner');
    world.wait(3_000);
    expect(world.state.silences.map(({ id }) => id)).toEqual(['later']);
    world.wait(6_000);
    expect(world.state.silences).toEqual([]);
  });

  test('that would end in the past, or is not known, is refused', () => {
    const world = World.armed()
      .silence({}, 0)
      .do({ type: 'unsilence', id: 'nobody' })
      .do({ type: 'extend_silence', id: 'nobody', byMs: 1 });
    expect(world.refusals().map(({ action }) => action)).toEqual(['silence', 'unsilence', 'silence']);
    expect(world.state.silences).toEqual([]);
  });

  test('too many make room for the newest: the one that ends first goes', () => {
    const world = World.armed();
    for (let index = 0; index <= MAX_SILENCES; index += 1) {
      world.silence({ agent: `a${index}` }, 60_000 + index, `s${index}`);
    }
    expect(world.state.silences).toHaveLength(MAX_SILENCES);
    expect(world.state.silences.some(({ id }) => id === 's0')).toBe(false);
  });
});

test('read-only: no key acts on anything, and each says why', () => {
  const world = World.armed({ readOnly: true }, 'auto')
    .silence({})
    .manual()
    .do({ type: 'veto', workspace: '/ws', reason: null })
    .do({ type: 'fire', workspace: '/ws', reason: null })
    .do({ type: 'unsilence', id: 'quiet' })
    .do({ type: 'extend_silence', id: 'quiet', byMs: 1_000 })
    .do({ type: 'mode', mode: 'hold', reason: null });
  const refused = world.refusals();
  expect(refused.map(({ action }) => action)).toEqual([
    'mode',
    'silence',
    'checkpoint',
    'veto',
    'fire',
    'unsilence',
    'silence',
    'mode',
  ]);
  expect(refused.every(({ reason }) => reason.includes('read-only'))).toBe(true);
  expect(world.state).toMatchObject({ mode: 'observe', silences: [] });
  expect(world.fate(world.crash())).toMatchObject({ kind: 'disarmed', reason: expect.stringContaining('read-only') });
  expect(world.spawns).toEqual([]);
});
