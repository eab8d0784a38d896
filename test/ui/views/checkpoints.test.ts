import { timeOfDay } from '../../../src/ui/render/values.ts';
import { describe, expect, test } from 'vitest';
import { mount } from '../../helpers/mount.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import { work } from '../../helpers/screen-stories.ts';
import { NOON, ScreenWorld, type ScreenWorldOptions, WORKSPACE, settle } from '../../helpers/view.ts';

async function worldWith(options: ScreenWorldOptions = {}): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('observe', options));
  world.snapshots = SNAPSHOTS;
  return world;
}

/** Presses one key after the other, and lets each do what it does. */
async function presses(person: Person, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await person.press(key);
}

describe('the snapshots of the workspace', () => {
  test('are listed newest first, whoever made them, with age, cause and message', async () => {
    const screen = mount(await worldWith());
    screen.send('5');
    await screen.shows('[5] Checkpoints 6 ');
    const rows = screen
      .text()
      .split('\n')
      .map((row) => row.slice(0, 66));
    const list = rows.slice(rows.findIndex((row) => row.includes('TIME')) + 1).slice(0, SNAPSHOTS.length);
    const clocks = SNAPSHOTS.map(({ at }) => timeOfDay(at, NOON)).toReversed();
    expect(list.map((row) => /\d\d:\d\d:\d\d/.exec(row)?.[0])).toEqual(clocks);
    expect(list.join('\n')).toMatch(/manual +operator +–/);
    expect(list.join('\n')).toMatch(/agent_crash +Hermes +–/);
    expect(list.join('\n')).toMatch(/scheduled +a schedule/);
    expect(list.join('\n')).toMatch(/turn end +a plugin/);
    // All about the selected one stands beside the list.
    expect(screen.text()).toMatch(/id +manual-20261123T140000/);
    expect(screen.text()).toContain('sightline, by an operator');
  });

  test('say how many files changed, and what is left out', async () => {
    const world = await worldWith();
    const leftOut = {
      count: 1,
      bytes: 9,
      reasons: [{ why: 'too_large', count: 1, bytes: 9, examples: ['dump.sql'] }],
    } as const;
    const changed = { files: 1_204, addedLines: 214, removedLines: 67 };
    world.snapshots = [
      {
        id: 'auto-1',
        at: NOON - 60_000,
        message: null,
        metadata: { tool: 'sightline' },
        pinned: false,
        changed,
        leftOut,
      },
    ];
    const screen = mount(world);
    screen.send('5');
    await screen.shows(/1,204 △1/);
    expect(screen.text()).toMatch(/1,204 files +\+214 +−67/);
    expect(screen.text()).toMatch(/left out +1 /);
  });

  test('say where the tool lists files, and compares no contents of one', async () => {
    const person = personAt(await worldWith(), undefined, false);
    await presses(person, '5');
    await settle();
    await presses(person, 'tab', 'enter');
    expect(person.toast()).toBe('ws-ckpt compares no contents; Esc, then d lists all that changed');
  });

  test('show the files of the selected one, and the changes of one file by Enter', async () => {
    const world = await worldWith({ availability: { name: 'git' } });
    world.difference = { ok: true, value: '--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-one\n+two\n1 change(s)' };
    const person = personAt(world, undefined, false);
    await presses(person, '5');
    await settle();
    expect(sheetText(person)).toMatch(/3 files since 13:50:12 +\+140 +−49/u);
    expect(sheetText(person)).toMatch(/M LoginScreen\.kt {2}app\/login +\+88 +−31/u);
    expect(sheetText(person)).toMatch(/D README\.md {2}\. +−18/u);
    await presses(person, 'tab', 'j', 'j', 'enter');
    expect(world.deeds.at(-1)).toBe('diff auto-20261123T135000-agent_crash manual-20261123T140000');
    expect(sheetText(person)).toContain('13:50:12 → 14:00:12  README.md');
    await presses(person, 'escape');
    expect(person.view().overlay.type).toBe('files');
    await presses(person, 'escape');
    expect(person.view().overlay.type).toBe('checkpoints');
  });

  test('show the files alone where there is no room for both', async () => {
    const person = personAt(await worldWith(), { columns: 80, rows: 24 });
    await presses(person, '5', 'enter');
    expect(sheetText(person, { columns: 80, rows: 24 })).toMatch(/A LoginState\.kt {2}app\/login +\+52/u);
  });

  test('say why they cannot be listed, and are listed again by r', async () => {
    const world = await worldWith({ availability: { name: 'ws-ckpt' } });
    const list = world.failToList('Daemon is not running: systemctl start ws-ckpt');
    const screen = mount(world);
    screen.send('5');
    await screen.shows('cannot list the snapshots: Daemon is not running: systemctl start ws-ckpt');
    list.mend();
    screen.send('r');
    await screen.shows('manual-20261123T140000');
  });

  test('that were listed before stay, with why they are not up to date', async () => {
    const world = await worldWith();
    const screen = mount(world);
    screen.send('5');
    await screen.shows('manual-20261123T140000');
    world.failToList('Daemon is not running');
    screen.send('r');
    await screen.shows('not up to date: Daemon is not running; r lists again');
    expect(screen.text()).toContain('manual-20261123T140000');
  });

  test('an empty store says how to fill it, and a new snapshot appears by itself', async () => {
    const world = await worldWith();
    world.snapshots = [];
    const screen = mount(world);
    screen.send('5');
    await screen.shows('no snapshot yet: c takes one');
    screen.send('c');
    await screen.shows('manual is running');
    world.snapshots = SNAPSHOTS;
    await world.finish();
    world.engine.commit();
    await screen.shows('manual-20261123T140000');
  });

  test('fit into any size, from the least on', async () => {
    for (const [columns, rows] of [
      [60, 15],
      [80, 24],
      [200, 60],
    ] as const) {
      const screen = mount(await worldWith(), { columns, rows });
      screen.send('5');
      await screen.shows('Checkpoints 6');
      await screen.shows('manual-20261123T1');
      expect(screen.text().split('\n').length).toBeLessThanOrEqual(rows);
      screen.send('G');
      await screen.shows('a1b2c3d4');
    }
  });

  test('say at the foot what one may do with them, also where there is little room', async () => {
    const screen = mount(await worldWith(), { columns: 80, rows: 24 });
    screen.send('5');
    await screen.shows('manual-20261123T140000');
    const foot = screen.text().split('\n').at(-1);
    for (const hint of ['d diff', 'R roll back', 'Esc back', '? help']) {
      expect(foot).toContain(hint);
    }
  });

  test('of all workspaces stand in one list, and w narrows it to one after the other', async () => {
    const workspaces = { agents: { Hermes: '/srv/other' }, processes: {}, fallback: WORKSPACE };
    const world = await worldWith({ config: { workspaces } });
    const person = personAt(world);
    await presses(person, '5', '5');
    // Both folders of this world have the same snapshots, each its own row.
    expect(person.view().checkpoints?.rows).toHaveLength(2 * SNAPSHOTS.length);
    expect(sheetText(person)).toMatch(/TIME +WORKSPACE +CAUSE/u);
    expect(sheetText(person)).toMatch(/w one workspace: (ws 6 · other 6|other 6 · ws 6)/u);
    const seen: (string | null | undefined)[] = [];
    for (let press = 0; press < 3; press += 1) {
      seen.push(person.view().checkpoints?.only);
      await presses(person, 'w');
    }
    expect(new Set(seen)).toEqual(new Set([null, WORKSPACE, '/srv/other']));
    expect(person.view().checkpoints?.only).toBeNull();
  });

  test('without a workspace the view says what is missing, and its keys why they do nothing', async () => {
    const workspaces = { agents: {}, processes: {}, fallback: null };
    const world = await ScreenWorld.started('observe', { config: { workspaces } });
    const screen = mount(world);
    screen.send('5');
    await screen.shows('no workspace configured');
    expect(screen.text()).toContain('--workspace DIR');
    const person = personAt(world);
    await presses(person, '5', 'space');
    expect(person.toast()).toBe('no workspace configured');
    await presses(person, 'c');
    expect(person.toast()).toContain('no workspace');
    await presses(person, 'escape');
    expect(person.view().overlay.type).toBe('none');
  });
});

describe('deleting', () => {
  test('asks y/n, Enter is no answer, and the list is up to date afterwards', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await presses(person, '5', 'D', 'enter');
    expect(person.view().overlay.type).toBe('confirm');
    expect(person.toast()).toContain('is no answer');
    await presses(person, 'n');
    expect(world.deeds).toEqual([]);
    expect(person.view().overlay.type).toBe('checkpoints');
    await presses(person, 'D', 'y');
    await settle();
    expect(world.deeds).toEqual(['remove manual-20261123T140000']);
    expect(person.view().checkpoints?.rows?.map(({ id }) => id)).not.toContain('manual-20261123T140000');
  });

  test('is refused with --read-only, as everything that acts', async () => {
    const world = await worldWith({ config: { readOnly: true } });
    const person = personAt(world);
    await presses(person, '5');
    for (const key of ['D', 'R', 'c', 'i']) {
      await presses(person, key);
      expect(person.toast()).toBe('read-only: start without --read-only to act');
    }
    expect(world.deeds).toEqual([]);
  });

  test('is not triggered by what is pasted', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await presses(person, '5');
    await person.chunk('Dy');
    expect(world.deeds).toEqual([]);
  });
});
