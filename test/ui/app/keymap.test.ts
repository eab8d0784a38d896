import { describe, expect, test } from 'vitest';
import { VIEWS } from '../../../src/ui/app/views.ts';
import { keyLabel } from '../../../src/ui/app/key-context.ts';
import { footerHints } from '../../../src/ui/app/footer.ts';
import { themeOf } from '../../../src/ui/render/theme.ts';
import { personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { held, heldTwice, work } from '../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const THEME = themeOf({ ascii: false, colour: true });

test.for(Object.entries(VIEWS))('in %s no key is bound twice, and each says what it does', ([, { bindings }]) => {
  const keys = bindings.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { label, help } of bindings) {
    expect(label).toMatch(/^\S.{0,19}$/);
    expect(help.length).toBeGreaterThan(4);
  }
});

test('everywhere Ctrl-C leaves and Ctrl-Z suspends', async () => {
  const person = personAt(work(await ScreenWorld.started('auto')));
  for (const open of [[], ['/'], ['?'], ['m'], ['s']]) {
    await person.press(...open, 'ctrl-z', 'ctrl-c', 'escape');
  }
  expect(person.asked).toEqual({ quit: 5, suspend: 5 });
});

describe('the last line', () => {
  const footer = (context: Parameters<typeof footerHints>[0]) => {
    const { left, hints, keep } = footerHints(context, THEME);
    const said = left.map(({ text }) => text).join('');
    return [...(said === '' ? [] : [said]), ...[...hints, ...keep].map(({ key, label }) => `${key} ${label}`.trim())];
  };

  test('says what Enter opens where there is room for the short form only', async () => {
    const person = personAt(await held());
    for (const keys of [['2'], ['3', 'enter'], ['4', 'enter']]) {
      await person.press(...keys);
      const enter = footerHints(person.session.context(), THEME).hints.find(({ key }) => key === 'Enter');
      expect(enter?.brief).toMatch(/\S/);
    }
  });

  test('names what can be done now, best first, each with its object, then the ways out', async () => {
    const person = personAt(work(await ScreenWorld.started('observe')));
    expect(footer(person.session.context())).toEqual([
      'Enter its calls',
      'c checkpoint ws',
      's silence',
      'y copy id',
      '/ filter',
      'o order by calls',
      'z full screen',
      ': commands',
      '? help',
      'q quit',
    ]);
  });

  test('lists the known values while an unknown one is typed into a filter', async () => {
    const person = personAt(work(await ScreenWorld.started('observe')));
    await person.press('4', '/', ...Array.from('severity:bog'));
    const [line] = footer(person.session.context());
    expect(line).toContain('unknown severity bog (critical, high, medium, low)');
  });

  test.for([
    [
      'conversations',
      '2',
      'state:bog',
      'unknown state bog (trouble, failed, unknown, stopped, paused, failing, stuck,',
    ],
    ['agents', '3', 'state:bog', 'unknown state bog (trouble, failed,'],
    ['signals', '4', 'fate:bog', 'unknown fate bog (waiting, checkpointed,'],
    ['signals', '4', 'type:bog', 'unknown type bog (agent_crash,'],
    ['automation', '6', 'state:bog', 'unknown state bog (running, held,'],
    ['sources', '7', 'state:bog', 'unknown state bog (ok, degraded, lost, absent,'],
    ['policy', 'P', 'fate:bog', 'unknown fate bog (checkpoint, flag, ignore)'],
  ] as const)('does so in %s, and hides nothing', async ([, view, typed, problem]) => {
    const person = personAt(work(await ScreenWorld.started('observe')));
    await person.press(view);
    const { list, shown } = person.session.context();
    const before = list.rows(shown).length;
    await person.press('/', ...Array.from(typed));
    const context = person.session.context();
    expect(footer(context)[0]).toContain(problem);
    expect(context.list.rows(context.shown)).toHaveLength(before);
  });

  test('lists the agents there are while the name of none is typed, which hides all of them', async () => {
    const world = work(await ScreenWorld.started('observe'));
    const person = personAt(world);
    await person.press('3', '/', ...Array.from('agent:nobody'));
    expect(footer(person.session.context())[0]).toMatch(/unknown agent nobody \(.*Hermes/);
    const { list, shown } = person.session.context();
    expect(list.rows(shown)).toEqual([]);
    await person.press('enter');
    expect(pictureOf(world, { columns: 120, rows: 34, view: person.view() })).toContain('unknown agent nobody (');
  });

  test('begins with veto and fire while something is held', async () => {
    const person = personAt(await held());
    expect(footer(person.session.context()).slice(0, 2)).toEqual([
      expect.stringMatching(/^x veto ws, \d+ s left$/),
      'f fire it now',
    ]);
  });

  test('names each of several holds', async () => {
    const person = personAt(await heldTwice());
    expect(footer(person.session.context())[0]).toMatch(/^x veto one of 2: ws \d+ s, cosh \d+ s$/);
  });

  test('offers nothing that needs a selection where nothing is selected', async () => {
    const empty = footer(personAt(await ScreenWorld.started('observe')).session.context());
    expect(empty[0]).toBe('m mode: observe to hold');
    expect(empty.join()).not.toMatch(/Enter|checkpoint|silence|copy/);
  });

  test('says what cannot be done only when its key is pressed', async () => {
    const workspaces = { agents: {}, processes: {}, fallback: null };
    const person = personAt(work(await ScreenWorld.started('observe', { config: { workspaces } })));
    expect(footer(person.session.context()).join()).not.toContain('checkpoint');
    await person.press('c');
    expect(person.toast()).toBe('no workspace configured for agent Hermes');
  });

  test('says that no key acts with --read-only', async () => {
    const person = personAt(work(await ScreenWorld.started('observe', { config: { readOnly: true } })));
    const shown = footer(person.session.context());
    expect(shown[0]).toBe('read-only, no key acts');
    expect(shown.join()).not.toMatch(/checkpoint|silence|mode/);
  });

  test('asks there, with what each answer does', async () => {
    const person = personAt(work(await ScreenWorld.started('observe')));
    await person.press('m', 'j', 'enter');
    expect(footer(person.session.context())).toEqual([
      'Raise to HOLD in ws? Each checkpoint is announced first.',
      'y raise',
      'n keep OBSERVE',
    ]);
  });

  test('asks before a held checkpoint is lost by leaving, and only then', async () => {
    const calmly = personAt(work(await ScreenWorld.started('hold')));
    await calmly.press('q');
    expect(calmly.asked.quit).toBe(1);
    const world = await held();
    const person = personAt(world);
    await person.press('q');
    expect(person.asked.quit).toBe(0);
    expect(footer(person.session.context())).toEqual([
      expect.stringMatching(/^ws is held, \d+ s left, and is not taken if you quit\.$/),
      'f fire it, then quit',
      'q quit without it',
      'escape stay'.replace('escape', 'Esc'),
    ]);
    await person.press('escape');
    expect(person.asked.quit).toBe(0);
    await person.press('q', 'f');
    expect(world.requests).toHaveLength(1);
    expect(person.asked.quit).toBe(1);
  });
});

test('keys are named as people call them, in ASCII too', () => {
  expect(['ctrl-d', 'pageup', 'up', 'enter', 'x'].map((key) => keyLabel(key))).toEqual([
    'Ctrl-D',
    'PgUp',
    '↑',
    'Enter',
    'x',
  ]);
  expect(['up', 'enter'].map((key) => keyLabel(key, true))).toEqual(['Up', 'Enter']);
});
