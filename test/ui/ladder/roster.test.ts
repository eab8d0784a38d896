import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConversationView } from '../../../src/core/model/types.ts';
import { rosterOf } from '../../../src/ui/ladder/roster.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const PLAYERS = 8;

/** A conversation that a roster has not seen; `parent` is the number of the one that began it. */
async function maker(): Promise<(number: number, parent: number | null) => ConversationView> {
  const world = await ScreenWorld.started('observe');
  world.call({ conversationId: 'a' });
  const [model] = world.view().model.conversations;
  if (model === undefined) throw new Error('no conversation');
  return (number, parent) => {
    const base = { ...model, conversationId: `c${number}` };
    if (parent === null) return base;
    const session = { sessionId: `c${number}`, agent: 'A', parentId: `c${parent}` };
    return { ...base, session: session as ConversationView['session'] };
  };
}

/** What becomes of a list: one changes and moves up, one comes or goes, the order turns, or nearly nothing is as it was. */
const change = fc.record({
  kind: fc.constantFrom('change', 'change', 'come', 'go', 'turn', 'anew'),
  number: fc.nat(PLAYERS),
  parent: fc.option(fc.nat(PLAYERS), { nil: null }),
  to: fc.nat(PLAYERS),
});

it('finds after any changes the conversations of the list, and those that each of them began', async () => {
  const make = await maker();
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 12 }), (frames) => {
      let list: readonly ConversationView[] = [];
      for (const changes of frames) {
        for (const { kind, number, parent, to } of changes) {
          const others = list.filter(({ conversationId }) => conversationId !== `c${number}`);
          if (kind === 'go') list = others;
          else if (kind === 'turn') list = list.toReversed();
          else if (kind === 'anew') list = list.map((one) => ({ ...one }));
          else list = others.toSpliced(kind === 'come' ? others.length : to, 0, make(number, parent));
        }
        const { byId, children, before, former } = rosterOf(list);
        expect(byId).toEqual(new Map(list.map((one) => [one.conversationId, one])));
        const begun = Map.groupBy(
          list.filter(({ session }) => session !== null),
          ({ session }) => session?.parentId ?? '',
        );
        expect(children).toEqual(new Map([...begun].map(([id, rows]) => [id, new Set(rows)])));
        for (const [index, place] of former.entries()) if (place >= 0) expect(before[place]).toBe(list[index]);
      }
    }),
  );
});

it('takes nothing for new but the conversation that changed, wherever it stood', async () => {
  const make = await maker();
  const list = Array.from({ length: 50 }, (_, number) => make(number, null));
  rosterOf(list);
  const changed = make(30, null);
  const next = [changed, ...list.slice(0, 30), ...list.slice(31)];
  expect(
    [...rosterOf(next).former].map((place, index) => (place === -1 ? index : null)).filter((at) => at !== null),
  ).toEqual([0]);
});
