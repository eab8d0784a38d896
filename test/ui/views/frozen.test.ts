import { describe, expect, test } from 'vitest';
import { bindingOf } from '../../../src/ui/app/keymap.ts';
import { availabilityOf } from '../../../src/ui/app/key-context.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { debouncing, work } from '../../helpers/screen-stories.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';
import { CALLS } from '../../../src/ui/views/calls/view.ts';
import { SNAPSHOTS as ROWS } from '../../../src/ui/views/checkpoints/rows.ts';
import { describe as describeWords } from '../../../src/ui/app/screen-reader/open.ts';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 34 },
  { columns: 220, rows: 60 },
] as const;
/** Where a person looks, by the keys that lead there. */
const KEY_CONTEXTS = [
  [],
  ['2'],
  ['enter'],
  ['enter', 'enter'],
  ['4', 'enter'],
  ['3', 'enter'],
  ['S'],
  ['P'],
  ['5'],
  ['7'],
  ['L'],
] as const;

/** Those that lead to a detail which has the whole of a narrow screen. */
const WHOLE: ReadonlySet<string> = new Set(['3 enter', '4 enter', 'enter enter']);

/** All kinds of news: calls, a storm of signals, silences, another mode, another policy, minutes that pass. */
async function news(world: ScreenWorld, person: Person): Promise<void> {
  for (const agent of ['Hermes', 'OpenClaw', 'Newcomer']) {
    world.call({ agent, conversationId: agent === 'Hermes' ? 'b59780476b41' : '91aa03f2c7de', ago: 10 });
    world.interruption({ agent, conversationId: '91aa03f2c7de', type: 'dead_loop' });
  }
  world.engine.intents.silence({ matcher: { agent: 'Newcomer' }, durationMs: 60_000, reason: null });
  world.engine.intents.setPolicy({ scope: 'type', name: 'agent_crash' }, 'ignore');
  await world.engine.intents.setMode('hold');
  person.session.dispatch({ type: 'log', text: 'something new' });
  await world.wait(70_000);
  world.view();
  person.session.dispatch({ type: 'tick', now: world.now });
}

// Header, alert line, automation, events and keys go by what is true now.
function still(world: ScreenWorld, person: Person, size: (typeof SIZES)[number]): string {
  const { layout } = person.session.context();
  if (layout.type === 'line') throw new Error('too small');
  const [first] = layout.bands;
  const automation = first?.columns[0]?.panes[0]?.pane === 'workspaces' ? first.height : 0;
  const lines = pictureOf(world, { ...size, view: person.view() }).split('\n');
  const panes = lines.slice(layout.top + automation, -2);
  // A narrow screen has a line for each workspace that is about to act: what is below has that many fewer rows.
  const fewer = layout.tabs ? -5 : undefined;
  const seen = panes.filter((line) => line.trim() !== '').slice(0, fewer);
  const over = sheetText(person, size)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, fewer);
  return [...seen, ...over].join('\n');
}

describe('while the screen is frozen nothing on it moves', () => {
  // A detail that has the whole of a narrow screen goes by its rows, which automation above it may need.
  const rows = SIZES.flatMap((size) =>
    KEY_CONTEXTS.filter((keys) => size.columns >= 100 || !WHOLE.has(keys.join(' '))).map(
      (keys) => [keys, size] as const,
    ),
  );

  test.for(rows)('%j at %o', async ([keys, size]) => {
    const world = await debouncing();
    const person = personAt(world, size);
    person.session.dispatch({ type: 'log', text: 'something old' });
    await person.press('space', ...keys);
    const before = still(world, person, size);
    await news(world, person);
    expect(still(world, person, size)).toBe(before);
    await person.press('escape', 'escape', 'escape', 'space');
    expect(person.view().frozen).toBe(null);
  });

  test('also an agent and a conversation that are looked at only later, without what ended since', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('space', '3', 'enter');
    const detail = () => person.session.context().queries.agent('Hermes');
    const before = detail();
    await news(world, person);
    expect(detail()).toBe(before);
    await person.press('1', 'g', 'G');
    const calls = CALLS.rows(person.session.context().shown);
    await news(world, person);
    expect(CALLS.rows(person.session.context().shown)).toBe(calls);
  });
});

test('the header says that it is frozen, what waits, and whether this engine acts by now', async () => {
  const world = work(await ScreenWorld.started('observe'));
  const person = personAt(world);
  await person.press('space');
  world.call({ agent: 'Hermes' }).interruption({ agent: 'Hermes', type: 'dead_loop' });
  await world.engine.intents.setMode('hold');
  const picture = pictureOf(world, { columns: 120, rows: 34, view: person.view() });
  expect(picture).toMatch(/HOLD 10 ?s .*FROZEN .* 2 new/);
});

describe('a key that acts goes by what is true now, and says so where that is not what is shown', () => {
  const hint = ({ session }: Person, key: string) => {
    const context = session.context();
    const binding = bindingOf('panes', key, {});
    const said = binding && availabilityOf(binding, context);
    return said?.enabled === true ? said.preview : said?.reason;
  };

  test('the mode', async () => {
    const world = work(await ScreenWorld.started('observe'));
    const person = personAt(world);
    await person.press('space');
    expect(hint(person, 'm')).toBe('');
    await world.engine.intents.setMode('hold');
    world.view();
    expect(hint(person, 'm')).toBe('(the mode is hold by now)');
  });

  test('the workspace', async () => {
    const world = work(await ScreenWorld.started('hold'));
    const person = personAt(world);
    await person.press('space');
    world.interruption({ agent: 'Hermes', type: 'dead_loop' });
    world.view();
    expect(hint(person, 'x')).toMatch(/^ws, \d+ s left \(by now held, not ready\)$/);
    await person.press('x');
    expect(world.view().signals[0]?.fate?.kind).toBe('vetoed');
  });

  test('a silence that is over by now', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('space', 'S');
    const [silence] = world.view().silences;
    world.engine.intents.unsilence(silence?.id ?? '');
    await person.press('u');
    expect(person.toast()).toContain('this silence has ended');
    expect(sheetText(person)).toContain('Silences 1');
  });

  test('a rule of the policy', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('space', 'P');
    world.engine.intents.setPolicy({ scope: 'type', name: 'agent_crash' }, 'ignore');
    world.view();
    const binding = bindingOf('policy', 'enter', {});
    expect(binding && availabilityOf(binding, person.session.context())).toMatchObject({
      preview: expect.stringContaining('agent_crash to checkpoint; currently ignore'),
    });
  });
});

test('snapshots that are listed first while the screen is frozen stand still, too, until it goes on', async () => {
  const world = await debouncing();
  const person = personAt(world);
  world.snapshots = SNAPSHOTS.slice(1);
  await person.press('space', '5');
  const shown = () => ROWS.rows(person.session.context().shown).length;
  expect(shown()).toBe(SNAPSHOTS.length - 1);
  world.snapshots = SNAPSHOTS;
  await person.press('r');
  expect(shown()).toBe(SNAPSHOTS.length - 1);
  await person.press('escape', 'space', '5');
  expect(shown()).toBe(SNAPSHOTS.length);
});

test('in words: that it is frozen, and what waits', async () => {
  const world = await debouncing();
  const person = personAt(world);
  await person.press('space');
  world.call({ agent: 'Hermes' });
  world.view();
  expect(describeWords(person.session.context())[0]).toBe('frozen, 1 call since; space lets it go on');
});
