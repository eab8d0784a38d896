import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/core/snapshots.ts';
import { mount } from '../../helpers/mount.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import { work } from '../../helpers/screen-stories.ts';
import { NOON, ScreenWorld, settle } from '../../helpers/view.ts';
import { SNAPSHOTS as ROWS } from '../../../src/ui/views/checkpoints/rows.ts';

const THEIRS: Snapshot = { id: 'theirs', at: NOON, message: null, metadata: null, pinned: false };

async function worldWith(snapshots: readonly Snapshot[] = SNAPSHOTS): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('observe'));
  world.snapshots = snapshots;
  return world;
}

function shown(person: Person): readonly string[] {
  return ROWS.rows(person.session.context().shown).map(({ id }) => id);
}

function selected(person: Person): string | undefined {
  return person.session.context().selected.snapshot?.id;
}

async function filtered(person: Person, text: string): Promise<readonly string[]> {
  await person.press('/', ...Array.from(text), 'enter');
  const found = shown(person);
  await person.press('escape');
  return found;
}

/** Somebody makes a snapshot while the list is open. */
async function appears(world: ScreenWorld, snapshot: Snapshot): Promise<void> {
  await world.appears(snapshot);
  world.engine.commit();
  await settle();
}

describe('a filter of the snapshots', () => {
  test.each([
    ['refactor', ['before-refactor']],
    ['maker:plugin', ['a1b2c3d4']],
    ['by:operator', ['manual-20261123T140000']],
    ['cause:agent_crash', ['auto-20261123T135000-agent_crash']],
    ['signal:/^(agent_crash|dead_loop)/', ['auto-20261123T135000-agent_crash', 'auto-20261123T120000-dead_loop']],
    ['agent:hermes', ['auto-20261123T135000-agent_crash']],
    ['id:cron', ['cron-1795438800']],
    ['type:scheduled', ['cron-1795438800']],
    ['pinned', ['before-refactor']],
    ['auto !maker:agentsight', ['auto-20261123T135000-agent_crash']],
    ['"failing test"', ['a1b2c3d4']],
  ])('%s finds what it says', async (text, ids) => {
    const person = personAt(await worldWith());
    await person.press('5');
    expect(await filtered(person, text)).toEqual(ids);
    expect(shown(person)).toHaveLength(SNAPSHOTS.length);
  });

  test('is seen as long as it is on, with how many of how many it leaves, and what is wrong with it', async () => {
    const screen = mount(await worldWith());
    screen.send('5');
    await screen.shows('Checkpoints 6');
    screen.send('/auto');
    await screen.shows('/auto_ newest first');
    await screen.shows('Checkpoints 2 of 6');
    screen.send('\r');
    await screen.shows('/auto newest first');
    screen.send('\u001b');
    await screen.shows('Checkpoints 6');
    screen.send('/modell:x');
    await screen.shows('unknown field modell');
  });

  test('that matches nothing says so, and keys that need a snapshot say why they do nothing', async () => {
    const screen = mount(await worldWith());
    screen.send('5');
    await screen.shows('Checkpoints 6');
    screen.send('/zz\r');
    await screen.shows('nothing matches /zz');
    await screen.shows('Checkpoints 0 of 6');
    screen.send('d');
    await screen.shows('no snapshot is selected');
    screen.send('j');
    await screen.shows('no rows: checkpoints match nothing');
  });

  test('is text while it is typed: no key of the view acts, nor does what is pasted', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('5');
    await person.press('/', 'D', 'R', 'd');
    await person.paste('cy');
    expect(person.view()).toMatchObject({ editing: 'checkpoints', filters: { checkpoints: 'DRdcy' } });
    await person.press('backspace', 'escape');
    expect(person.view()).toMatchObject({ editing: null, filters: { checkpoints: '' } });
    expect(world.deeds).toEqual([]);
    expect(world.requests).toEqual([]);
  });
});

describe('the order of the snapshots', () => {
  test('goes round by o, and the title says which', async () => {
    const screen = mount(await worldWith());
    screen.send('5');
    await screen.shows('newest first');
    screen.send('o');
    await screen.shows('by oldest');
    const person = personAt(await worldWith());
    await person.press('5');
    const newest = shown(person);
    await person.press('o');
    expect(shown(person)).toEqual(newest.toReversed());
    await person.press('o');
    expect(shown(person).slice(0, 2)).toEqual(['a1b2c3d4', 'cron-1795438800']);
    await person.press('o');
    expect(shown(person).slice(0, 2)).toEqual(['auto-20261123T135000-agent_crash', 'auto-20261123T120000-dead_loop']);
    await person.press('o');
    expect(shown(person)).toEqual(newest.toSorted());
    await person.press('o', 'o', 'o');
    expect(shown(person)).toEqual(newest);
  });

  test('does not change which of two is the older one in a comparison', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('5');
    await person.press('v', 'o', 'g', 'd');
    await settle();
    expect(world.deeds).toEqual(['diff a1b2c3d4 manual-20261123T140000']);
  });
});

describe('the place in the list', () => {
  test('stays when somebody makes a snapshot, also at the newest one', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('5');
    expect(selected(person)).toBe('manual-20261123T140000');
    await appears(world, THEIRS);
    expect(shown(person)[0]).toBe('theirs');
    expect(selected(person)).toBe('manual-20261123T140000');
    await person.press('G');
    await appears(world, { ...THEIRS, id: 'more', at: NOON + 1 });
    expect(selected(person)).toBe('a1b2c3d4');
  });

  test('goes to the next one where the selected one is gone', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('5');
    await person.press('j', 'j');
    expect(selected(person)).toBe('before-refactor');
    world.snapshots = SNAPSHOTS.filter(({ id }) => id !== 'before-refactor');
    await person.press('r');
    expect(selected(person)).toBe('cron-1795438800');
  });

  test('G and g, page down and page up go through a long list, and y copies', async () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ ...THEIRS, id: `s${String(at).padStart(3, '0')}`, at }));
    const person = personAt(await worldWith(many));
    await person.press('5');
    await person.press('pagedown');
    expect(selected(person)).not.toBe('s299');
    await person.press('pageup');
    expect(selected(person)).toBe('s299');
    await person.press('G', 'y');
    expect(person.copied).toEqual(['s000']);
    await person.press('g');
    expect(selected(person)).toBe('s299');
  });
});

describe('a frozen list', () => {
  test('stands still, counts what comes and goes behind it, and goes on with all of it', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('5');
    await person.press('space');
    const before = shown(person);
    world.snapshots = world.snapshots.slice(1);
    await appears(world, THEIRS);
    expect(shown(person)).toEqual(before);
    const screen = mount(world);
    screen.send('5');
    await screen.shows('Checkpoints 6');
    screen.send(' ');
    await screen.shows('FROZEN, 0 new');
    await appears(world, { ...THEIRS, id: 'more' });
    await screen.shows('FROZEN, 1 new');
    await person.press('space');
    expect(shown(person)).toContain('theirs');
    expect(shown(person)).not.toContain('a1b2c3d4');
  });
});
