import { describe, expect, test } from 'vitest';
import { footerHints } from '../../../src/ui/keys/footer.ts';
import { listKeys } from '../../../src/ui/keys/listing.ts';
import { keyProblems } from '../../../src/ui/keys/own-keys.ts';
import { actionOf, rebindable } from '../../../src/ui/keys/pane-keys.ts';
import { themeOf } from '../../../src/ui/theme.ts';
import { personAt } from '../../helpers/person.ts';
import { calm } from '../../helpers/screen-stories.ts';

test('every action that may have another key has a name of its own', () => {
  const names = rebindable().map(actionOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining(['checkpoint', 'take-over', 'next-pane', 'commands', 'quit']));
});

describe('a choice of keys', () => {
  test.for([
    [{ checkpoint: 'C', commands: 'ctrl-p' }, []],
    // Two actions may change their keys.
    [{ checkpoint: 's', silence: 'c' }, []],
    [{ chekpoint: 'C' }, [{ type: 'unknown_action', name: 'chekpoint' }]],
    [{ help: 'H' }, [{ type: 'unknown_action', name: 'help' }]],
    [{ checkpoint: 'hyper-x' }, [{ type: 'unknown_key', action: 'checkpoint', name: 'hyper-x' }]],
    [{ checkpoint: 's' }, [{ type: 'taken', action: 'checkpoint', name: 's', by: 'silence' }]],
    [{ checkpoint: 'ctrl-c' }, [{ type: 'taken', action: 'checkpoint', name: 'ctrl-c', by: 'quit' }]],
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
    await person.press('C');
    expect(world.requests).toHaveLength(1);
    const { hints } = footerHints(person.session.context(), themeOf({ ascii: false, colour: true }));
    expect(hints[0]).toMatchObject({ key: 'C' });
    expect(listKeys(keys)[0]).toMatchObject({ group: 'Act', action: 'checkpoint', keys: ['C'] });
  });
});
