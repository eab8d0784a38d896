import { expect, test } from 'vitest';
import { newWorkspace } from '../../../src/core/reactor/draft.ts';
import { workspaceStatus } from '../../../src/core/reactor/view.ts';
import { wordStatus } from '../../../src/wording/workspaces.ts';
import { AVAILABLE, T0, World, WS } from '../../helpers/reactor.ts';

const status = (world: World) => {
  const found = workspaceStatus(world.state, world.state.workspaces.get(WS) ?? newWorkspace(WS), world.now);
  return { ...found, reason: wordStatus(found.reason) };
};

/** What makes each word true, in the order of the output contract: the first that applies is said. */
const words: readonly (readonly [string, number | null, (world: World) => unknown])[] = [
  ['running', T0 + 10_000 + 4_000, (world) => world.manual()],
  ['held', T0 + 4_000 + 10_000, (world) => world.do({ type: 'mode', mode: 'hold', reason: null }).crash()],
  ['disarmed', null, (world) => world.do({ type: 'mode', mode: 'observe', reason: null })],
  [
    'observer',
    null,
    (world) =>
      world.do({
        type: 'lock',
        workspace: WS,
        lock: { type: 'other', owner: { user: 'bob', pid: 4242, startedAt: 1 } },
      }),
  ],
  ['unavailable', null, (world) => available(world, { state: 'unavailable', reason: 'not installed' })],
  ['unmanaged', null, (world) => available(world, { state: 'unmanaged', reason: 'ws-ckpt init' })],
  ['guarded', null, (world) => available(world, { usedRatio: 0.99 })],
  ['breaker_open', T0 + 4_000 + 3_000 + 60_000, (world) => breakIt(world)],
  ['suppressed', T0 + 4_000 + 60_000, (world) => world.silence({})],
  [
    'backing_off',
    T0 + 4_000 + 1_000,
    (world) => {
      world.crash();
      world.fails();
    },
  ],
  ['debouncing', T0 + 4_000 + 30_000, (world) => world.manual().created()],
  ['ready', null, () => undefined],
];

function available(world: World, facts: object): void {
  world.do({ type: 'availability', workspace: WS, availability: { ...AVAILABLE, ...facts } });
}

function breakIt(world: World): void {
  for (const pause of [1_000, 2_000, 0]) {
    world.crash();
    world.fails().wait(pause);
  }
}

test.each(words)('%s, until %s', (word, endsAt, make) => {
  const world = World.armed().wait(4_000);
  make(world);
  expect(status(world)).toMatchObject({ state: word, endsAt });
});

test('the first that applies is said', () => {
  const world = World.armed().wait(4_000);
  const said: string[] = [];
  world.manual().created();
  said.push(status(world).state);
  world.wait(30_000);
  world.crash();
  world.fails();
  said.push(status(world).state);
  world.silence({});
  said.push(status(world).state);
  world.do({ type: 'unsilence', id: 'quiet' });
  world.manual().created().wait(30_000);
  breakIt(world);
  world.silence({}, 3_600_000);
  said.push(status(world).state);
  available(world, { usedRatio: 0.99 });
  said.push(status(world).state);
  available(world, { usedRatio: 0.99, state: 'unmanaged' });
  said.push(status(world).state);
  world.do({ type: 'lock', workspace: WS, lock: { type: 'other', owner: { user: 'bob', pid: 1, startedAt: 1 } } });
  said.push(status(world).state);
  world.do({ type: 'mode', mode: 'observe', reason: null });
  said.push(status(world).state);
  world.manual();
  said.push(status(world).state);
  expect(said).toEqual([
    'debouncing',
    'backing_off',
    'suppressed',
    'breaker_open',
    'guarded',
    'unmanaged',
    'observer',
    'disarmed',
    'running',
  ]);
});

test('a checkpointer that has not answered is unavailable', () => {
  const world = new World().do({ type: 'mode', mode: 'auto', reason: null });
  expect(status(world)).toMatchObject({ state: 'unavailable', reason: 'the checkpointer has not answered yet' });
});

test('a silence of part of a workspace does not make the workspace read suppressed', () => {
  const world = World.armed().silence({ agent: 'x' }).silence({ workspace: '/elsewhere' }, 60_000, 'other');
  expect(status(world).state).toBe('ready');
  world.silence({ workspace: WS }, 5_000, 'here');
  expect(status(world)).toMatchObject({ state: 'suppressed', endsAt: T0 + 5_000, reason: 'silence here by ann' });
});

test('a breaker that is due says that the next signal probes', () => {
  const world = World.armed().wait(4_000);
  breakIt(world);
  expect(status(world).reason).toMatch(/after 60 s probes/);
  world.wait(60_000);
  expect(status(world)).toMatchObject({ state: 'breaker_open', endsAt: null });
  expect(status(world).reason).toMatch(/the next signal probes.*manual checkpoint/);
});

test('a first, whole snapshot is running without an end', () => {
  const world = World.armed().do({ type: 'baseline', workspace: WS, phase: 'started' });
  expect(status(world)).toMatchObject({ state: 'running', endsAt: null });
});
