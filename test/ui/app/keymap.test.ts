import { describe, expect, test } from 'vitest';
import { VIEWS } from '../../../src/ui/app/views.ts';
import { keyLabel } from '../../../src/ui/app/key-context.ts';
import { footerHints } from '../../../src/ui/app/footer.ts';
import { themeOf } from '../../../src/ui/render/theme.ts';
import { personAt } from '../../helpers/person.ts';
import { held, work } from '../../helpers/screen-stories.ts';
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
  for (const open of [[], ['/'], ['?'], ['a', 'A', 'a'], ['s']]) {
    await person.press(...open, 'ctrl-z', 'ctrl-c', 'escape');
  }
  expect(person.asked).toEqual({ quit: 5, suspend: 5 });
});

describe('the footer', () => {
  const footer = (context: Parameters<typeof footerHints>[0]) => {
    const { hints, keep } = footerHints(context, THEME);
    return [...hints, ...keep].map(({ key, label, enabled }) => `${enabled ? '' : '-'}${key} ${label}`);
  };

  test('says what the keys would do now', async () => {
    const person = personAt(work(await ScreenWorld.started('observe')));
    expect(footer(person.session.context())).toEqual([
      'c checkpoint of ws',
      's silence',
      'a mode to hold (asks y/n)',
      '⏎ open its calls',
      '/ filter',
      '6 checkpoints',
      'space freeze',
      ': commands',
      'Tab next pane to calls',
      '? help',
      'q quit',
    ]);
  });

  test('begins with veto and fire while something is held', async () => {
    const person = personAt(await held());
    expect(footer(person.session.context()).slice(0, 2)).toEqual([
      expect.stringMatching(/^x veto ws, fires in \d+ s$/),
      'f fire ws now',
    ]);
  });

  test('says why a checkpoint would be refused', async () => {
    const workspaces = { agents: {}, processes: {}, fallback: null };
    const person = personAt(work(await ScreenWorld.started('observe', { config: { workspaces } })));
    expect(footer(person.session.context())[0]).toMatch(/^-c checkpoint: no workspace configured for agent/);
  });

  test('shows no acting keys with --read-only', async () => {
    const person = personAt(work(await ScreenWorld.started('observe', { config: { readOnly: true } })));
    expect(footer(person.session.context()).join()).not.toMatch(/checkpoint of|silence|mode/);
  });

  test('shows the keys of what lies over the panes', async () => {
    const person = personAt(await ScreenWorld.started('observe'));
    await person.press('a');
    expect(footer(person.session.context())).toEqual(['y yes', 'n no']);
  });
});

test('keys are named as people call them, in ASCII too', () => {
  expect(['ctrl-d', 'pageup', 'up', 'enter', 'x'].map((key) => keyLabel(key))).toEqual([
    'Ctrl-D',
    'PgUp',
    '↑',
    '⏎',
    'x',
  ]);
  expect(['up', 'enter'].map((key) => keyLabel(key, true))).toEqual(['Up', 'Enter']);
});
