import { describe, expect, test } from 'vitest';
import type { Budget } from '../../../src/core/budgets.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { openView } from '../../../src/ui/app/views.ts';
import { ladderOf } from '../../../src/ui/ladder/ladder.ts';
import { A_DAY } from '../../helpers/budget.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { work } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const CENT = 10_000_000_000;
const DAY: Budget = { ...A_DAY, limit: String(2 * CENT), warnAt: 0.3 };

/** Three agents at work, which have spent some cents; the calls of one have no price. */
async function spending(...budgets: readonly Budget[]): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('auto', { pricer: loadPricer(), config: { budgets } }));
  await world.wait(6_000);
  return world;
}

function described(person: Person): readonly string[] {
  const context = person.session.context();
  return openView(context.view)?.describe(context) ?? [];
}

describe('budgets on the screen', () => {
  test('stand in the header, with the limit where there is room, and on the alert line', async () => {
    const world = await spending(DAY);
    const wide = pictureOf(world, { columns: 120, rows: 34 }).split('\n');
    expect(wide[0]).toMatch(/≥?\$0\.\d\d △ \d+ % of \$0\.02\/day/u);
    expect(wide[1]).toMatch(/△ budget \d+ %/u);
    expect(pictureOf(world, { columns: 80, rows: 24 }).split('\n')[0]).toMatch(/△ budget \d+ %/u);
  });

  test('of an agent and of a conversation are their advisories on the ladder, those for all are no row', async () => {
    const world = await spending(
      { ...DAY, name: 'each', per: 'agent', agent: 'Hermes', unit: 'tokens', limit: '100' },
      { ...DAY, name: 'talk', per: 'conversation', conversation: '0c77d1b2aa90', unit: 'tokens', limit: '13000' },
      { ...DAY, name: 'all', unit: 'tokens', limit: '1' },
    );
    world.engine.commit();
    const { agents, rows, troubles } = ladderOf(world.engine.store.getState(), world.now);
    expect(agents.get('Hermes')).toMatchObject({ kind: 'advisory', name: expect.stringMatching(/^budget \d+ %$/u) });
    const talk = rows.find(({ conversation }) => conversation.conversationId === '0c77d1b2aa90');
    expect(talk?.condition).toMatchObject({ kind: 'advisory', name: 'budget 95 %' });
    expect(rows.filter(({ condition }) => condition.kind === 'advisory')).toHaveLength(1);
    expect(troubles.filter(({ condition }) => condition.kind === 'advisory')).toHaveLength(3);
  });

  test('are listed by B, told line by line, and answered', async () => {
    const world = await spending({ ...DAY, action: 'ask' });
    const person = personAt(world);
    await person.press('B');
    expect(described(person)).toEqual([
      expect.stringMatching(/^selected: budget day: ≥\$0\.\d\d of \$0\.02\/day, \d+ %, .*unpriced$/u),
    ]);
    await person.press('d');
    expect(world.engine.store.getState().budgets).toMatchObject([{ limit: BigInt(4 * CENT), isChanged: true }]);
    await person.press('B', '0');
    expect(world.engine.store.getState().budgets).toMatchObject([{ spent: 0n, limit: BigInt(4 * CENT) }]);
    await person.press('B', 'a');
    expect(person.toast()).toContain('it is below its advisory');
  });

  test('that ask name their countdown first in the last line, until they are answered', async () => {
    const world = await spending({ ...DAY, unit: 'tokens', limit: '1000', action: 'ask' });
    const last = (): string => pictureOf(world, { columns: 120, rows: 34 }).trimEnd().split('\n').at(-1) ?? '';
    expect(last()).toMatch(/^ ?B answer budget day, 5\d s left {2}/u);
    await world.wait(60_000);
    expect(last()).toMatch(/B answer budget day, no answer yet/u);
    const person = personAt(world);
    await person.press('B', 'a');
    expect(last()).not.toContain('answer budget');
  });

  test('that ask are named in the last line of a narrow screen, and stand apart from their amounts in the list', async () => {
    const world = await spending(
      { ...DAY, name: 'a-day-with-a-long-name', unit: 'tokens', limit: '1000', action: 'ask' },
      { ...DAY, name: 'talk', per: 'conversation', conversation: '0c77d1b2aa90', unit: 'tokens', limit: '13000' },
    );
    const person = personAt(world, { columns: 80, rows: 24 });
    const screen = (): readonly string[] =>
      pictureOf(world, { columns: 80, rows: 24, view: person.view() }).trimEnd().split('\n');
    expect(screen().at(-1)).toMatch(/^ B answer budget 5\d s left {2}/u);
    await world.wait(60_000);
    expect(screen().at(-1)).toMatch(/^ B answer budget {2}/u);
    await person.press('B');
    expect(sheetText(person, { columns: 80, rows: 24 })).toMatch(
      / talk of 0c77d1b2aa90 +12\.\dk of 13\.0k tokens\/day +━+\S* 95 %/u,
    );
  });

  test('that ask fit in the column of states with what is left, and a in the list lets them be', async () => {
    const world = await spending({
      ...DAY,
      name: 'each',
      per: 'agent',
      agent: 'Hermes',
      unit: 'tokens',
      limit: '100',
      action: 'ask',
    });
    const person = personAt(world);
    await person.press('2', 'home');
    for (const columns of [120, 80]) {
      const picture = pictureOf(world, { columns, rows: columns === 80 ? 24 : 34, view: person.view() });
      expect(picture).toMatch(/△ budget asks, 5\d s left +Hermes/u);
    }
    await person.press('a');
    expect(world.engine.store.getState().budgets).toMatchObject([{ name: 'each', isAccepted: true, hold: null }]);
    await person.press('a');
    expect(person.toast()).toContain('nothing open is selected');
  });

  test('are none where none is configured, and B says so', async () => {
    const person = personAt(await spending());
    await person.press('B');
    expect(person.toast()).toContain('no budget is configured');
  });
});
