import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { Story } from '../../../../src/core/story.ts';
import { KEY_CONTEXTS, bindingsOf } from '../../../../src/ui/app/keymap.ts';
import { availabilityOf } from '../../../../src/ui/app/key-context.ts';
import { keyContextOf } from '../../../../src/ui/app/keymap.ts';
import type { KeyContext } from '../../../../src/ui/app/bindings.ts';
import { type Person, personAt } from '../../../helpers/person.ts';
import {
  absent,
  blind,
  breaker,
  budgeted,
  calm,
  debouncing,
  empty,
  held,
  heldTwice,
  priced,
  running,
} from '../../../helpers/screen-stories.ts';
import { SNAPSHOTS } from '../../../helpers/snapshots.ts';
import { ScreenWorld } from '../../../helpers/view.ts';

const SITUATIONS = {
  calm,
  priced,
  budgeted,
  held,
  'two held': heldTwice,
  running,
  debouncing,
  breaker,
  blind,
  empty,
  absent,
  'no workspace': () =>
    ScreenWorld.started('observe', { config: { workspaces: { agents: {}, processes: {}, fallback: null } } }),
  'read-only': () => ScreenWorld.started('observe', { config: { readOnly: true } }),
  'no source': () => ScreenWorld.started('observe', { config: { sources: [] } }),
} as const;

/** How one gets to each place, as far as the situation lets one. */
const WAYS: readonly (readonly string[])[] = [
  [],
  ['2'],
  ['3'],
  ['4'],
  ['6'],
  ['enter'],
  ['4', 'enter'],
  ['3', 'enter'],
  ['/', 'z', 'z', 'enter'],
  ['/'],
  ['space'],
  ['?'],
  ['L'],
  [':'],
  [':', 'z', 'q', 'z'],
  ['m'],
  ['m', 'j', 'enter'],
  ['q'],
  ['enter', 'enter'],
  ['enter', 'enter', '/'],
  ['P'],
  ['P', '/', 'z', 'z', 'enter'],
  ['s'],
  ['a'],
  ['a', 'j', 'enter', 'a'],
  ['s', 'j', 'enter', 'S'],
  ['5', 'tab'],
  ['s', 'j', 'enter', 'S', '/', 'z', 'z', 'enter'],
  ['5'],
  ['5', '/', 'z', 'z', 'enter'],
  ['5', 'R'],
  ['5', 'd'],
  ['7'],
  ['$'],
  ['B'],
  ['x'],
  ['F'],
];

/** What the records of the selected conversation tell. */
const STORY: Story = {
  calls: new Map(),
  marks: [],
  files: [{ path: 'a.ts', operation: 'edited', times: 1, added: 1, removed: 0, at: null }],
  open: null,
  unreadBytes: 0,
};

const reached = new Set<KeyContext>();

async function come(situation: keyof typeof SITUATIONS, way: readonly string[]): Promise<Person> {
  const world = await SITUATIONS[situation]();
  world.snapshots = SNAPSHOTS;
  const person = personAt(world, { columns: 120, rows: 34 }, false);
  person.session.dispatch({ type: 'log', text: 'said' });
  const { conversation } = person.session.context().selected;
  if (conversation !== null) {
    const { conversationId } = conversation;
    person.session.dispatch({ type: 'story', story: { conversationId, stamp: '', readAt: 0, value: STORY } });
  }
  // What a key asks for is there before the next one is pressed.
  for (const key of way) await person.press(key);
  return person;
}

const cases = (Object.keys(SITUATIONS) as (keyof typeof SITUATIONS)[]).flatMap((situation) =>
  WAYS.map((way) => [situation, way] as const),
);

test.for(cases)('in %s after %j every key does something or says why not', async ([situation, way]) => {
  const { session, view } = await come(situation, way);
  const context = session.context();
  const place = keyContextOf(view());
  reached.add(place);
  for (const binding of bindingsOf(place, {})) {
    const hint = availabilityOf(binding, context);
    const what = `${place}: ${binding.label}`;
    if (!hint.enabled) {
      expect(hint.reason.length, what).toBeGreaterThan(8);
      continue;
    }
    const deeds = binding.run(context);
    expect(deeds, what).not.toEqual([]);
    if (binding.kind === 'move' || deeds.some(({ type }) => type !== 'view')) continue;
    const before = view();
    for (const deed of deeds) if (deed.type === 'view') session.dispatch(deed.action);
    expect(isDeepStrictEqual(view(), before), `${what} changes nothing`).toBe(false);
    session.store.setState(before, true);
  }
});

test('every place was reached', () => {
  expect([...reached].toSorted()).toEqual([...KEY_CONTEXTS].toSorted());
});

test.for(cases)('in %s after %j a key that means nothing says so', async ([situation, way]) => {
  const person = await come(situation, way);
  person.session.store.setState({ toast: null });
  await person.press('alt-x');
  expect(person.toast()).toMatch(/does nothing here|is no answer/);
});
