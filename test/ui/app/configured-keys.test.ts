import { describe, expect, test } from 'vitest';
import { footerHints } from '../../../src/ui/app/footer.ts';
import { keyProblems, knownActions, listKeys } from '../../../src/ui/app/configured-keys.ts';
import { KEY_CONTEXTS, actionOf, isRebindable } from '../../../src/ui/app/keymap.ts';
import { VIEWS } from '../../../src/ui/app/views.ts';
import { themeOf } from '../../../src/ui/render/theme.ts';
import { personAt } from '../../helpers/person.ts';
import { calm } from '../../helpers/screen-stories.ts';

test('in every place each action that may have another key has a name of its own', () => {
  for (const place of KEY_CONTEXTS) {
    const names = VIEWS[place].bindings.filter(isRebindable).map((binding) => actionOf(place, binding));
    expect(names).toEqual([...new Set(names)]);
  }
  const some = [
    'checkpoint',
    'next-pane',
    'commands',
    'quit',
    'checkpoints.roll-back',
    'policy.change',
    'silences.end',
  ];
  expect(knownActions()).toEqual(expect.arrayContaining(some));
  expect(knownActions()).not.toContain('help');
});

describe('a choice of keys', () => {
  test.for([
    [{ checkpoint: 'C', commands: 'ctrl-p' }, []],
    // Two actions may change their keys.
    [{ checkpoint: 's', silence: 'c' }, []],
    [{ chekpoint: 'C' }, [{ type: 'unknown_action', name: 'chekpoint' }]],
    [{ help: 'H' }, [{ type: 'fixed', name: 'help' }]],
    [{ open: 'O' }, [{ type: 'fixed', name: 'open' }]],
    [{ checkpoint: 'hyper-x' }, [{ type: 'unknown_key', action: 'checkpoint', name: 'hyper-x' }]],
    [{ checkpoint: 's' }, [{ type: 'taken', action: 'checkpoint', name: 's', by: 'silence' }]],
    [{ checkpoint: 'ctrl-c' }, [{ type: 'taken', action: 'checkpoint', name: 'ctrl-c', by: 'quit' }]],
    // Each place has its own: the same key may mean two things in two places, and not in one.
    [{ 'checkpoints.roll-back': 'x', 'policy.change': 'x' }, []],
    [
      { 'checkpoints.roll-back': 'D' },
      [{ type: 'taken', action: 'checkpoints.roll-back', name: 'D', by: 'checkpoints.delete' }],
    ],
    [{ commands: 'D' }, [{ type: 'taken', action: 'commands', name: 'D', by: 'checkpoints.delete' }]],
    [{ 'policy.chang': 'x' }, [{ type: 'unknown_action', name: 'policy.chang' }]],
    [{ 'palette.up': 'k' }, [{ type: 'is_text', action: 'palette.up', name: 'k' }]],
    [{ 'palette.up': 'ctrl-k' }, []],
  ] as const)('%j', ([own, problems]) => {
    expect(keyProblems(own)).toMatchObject(problems);
  });

  test('is what keys do, footer, palette and listing show', async () => {
    const world = await calm();
    const keys = { checkpoint: 'C' };
    const person = personAt(world);
    person.session.store.setState({ keys });
    await person.press('c');
    expect(person.toast()).toBe('c does nothing here; ? shows the keys');
    const { hints } = footerHints(person.session.context(), themeOf({ ascii: false, colour: true }));
    expect(hints.map(({ key }) => key)).toContain('C');
    await person.press('C');
    expect(world.requests).toHaveLength(1);
    expect(listKeys(keys)[0]).toMatchObject({ group: 'Act', action: 'checkpoint', keys: ['C'] });
  });

  test('works in what lies over the panes, where Esc and Enter stay what they are', async () => {
    const world = await calm();
    const person = personAt(world);
    person.session.store.setState({ keys: { 'policy.change': 'C', commands: 'ctrl-p', down: 'n' } });
    await person.press('P', 'space');
    expect(person.toast()).toBe('space does nothing here; Esc goes back, ? shows the keys');
    await person.press('C', 'n', 'enter');
    expect(world.view().policy.slice(0, 2)).toMatchObject([{ from: 'session' }, { from: 'session' }]);
    await person.press('ctrl-p');
    expect(person.view().overlay.type).toBe('palette');
    const listed = listKeys({ 'policy.change': 'C' }).find(({ action }) => action === 'policy.change');
    expect(listed).toMatchObject({ place: 'policy', group: 'Act', keys: ['C', 'Enter'] });
  });
});
