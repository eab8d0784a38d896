import { expect, test } from 'vitest';
import { newestFirst } from '../../src/commands/acting/state.ts';
import { World } from '../helpers/reactor.ts';

test('signals stand by their time, whichever was met first', () => {
  const world = World.armed();
  const ids = ['one', 'two', 'three'].map((conversationId) => {
    world.wait(1_000);
    return world.crash({ conversationId });
  });
  const [one, two, three] = ids.map((id) => world.state.open.get(id));
  if (!one || !two || !three) throw new Error('a signal is not known');
  expect(newestFirst([two, three, one])).toEqual([three, two, one]);
});
