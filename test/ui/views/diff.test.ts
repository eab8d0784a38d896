import { describe, expect, test } from 'vitest';
import { mount } from '../../helpers/mount.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import { work } from '../../helpers/screen-stories.ts';
import { ScreenWorld } from '../../helpers/view.ts';
import { quoted } from '../../helpers/reasons.ts';

async function listed(): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('observe'));
  world.snapshots = SNAPSHOTS;
  return world;
}

/** Presses one key after the other, and lets each do what it does. */
async function presses(person: Person, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await person.press(key);
}

describe('a comparison', () => {
  test('of the selected snapshot and now opens in the pager', async () => {
    const world = await listed();
    const person = personAt(world);
    await presses(person, '5', 'd');
    expect(world.deeds).toEqual(['diff manual-20261123T140000 now']);
    expect(person.read[0]).toContain('M  notes.txt');
    expect(person.view().overlay.type).toBe('checkpoints');
  });

  test('of two puts the older one first, whichever is marked', async () => {
    const world = await listed();
    const person = personAt(world);
    await presses(person, '5', 'v', 'j', 'd');
    await presses(person, 'v', 'k', 'd');
    const both = 'diff auto-20261123T135000-agent_crash manual-20261123T140000';
    expect(world.deeds).toEqual([both, both]);
  });

  test('is shown here where there is no pager, and scrolls', async () => {
    const world = await listed();
    world.difference = { ok: true, value: Array.from({ length: 100 }, (_, line) => `+  file ${line}`).join('\n') };
    const screen = mount(world);
    screen.send('5');
    await screen.shows('manual-20261123T140000');
    screen.send('d');
    await screen.shows('+  file 0');
    screen.send('G');
    await screen.shows('+  file 99');
    screen.send('q');
    await screen.shows('Checkpoints 6');
  });

  test('that fails says why', async () => {
    const world = await listed();
    world.difference = { ok: false, reason: quoted('needs ws-ckpt 0.4.0 or newer') };
    const person = personAt(world);
    await presses(person, '5', 'd');
    expect(person.toast()).toBe('cannot compare: needs ws-ckpt 0.4.0 or newer');
  });

  test('is searched there as a call is, n and N going from match to match', async () => {
    const world = await listed();
    const lines = Array.from({ length: 100 }, (_, line) => `+  file ${line}${line % 40 === 0 ? ' needle' : ''}`);
    world.difference = { ok: true, value: lines.join('\n') };
    const person = personAt(world, undefined, false);
    const offset = (): number => {
      const { overlay } = person.view();
      return overlay.type === 'diff' ? overlay.sheet.offset : -1;
    };
    await presses(person, '5', 'd', 'n');
    expect(person.toast()).toBe('no search text; / starts a search');
    await presses(person, '/', ...Array.from('needle'), 'enter');
    expect(offset()).toBe(0);
    await presses(person, 'n');
    expect(offset()).toBe(40);
    await presses(person, 'n', 'N', 'N');
    expect(offset()).toBe(0);
    await presses(person, 'escape');
    expect(person.view().overlay).toMatchObject({ type: 'diff', sheet: { search: { text: '' } } });
    await presses(person, 'escape');
    expect(person.view().overlay.type).toBe('checkpoints');
  });

  test('says what is searched for, on how many lines, and that it is not there', async () => {
    const world = await listed();
    world.difference = { ok: true, value: 'M  one.txt\nM  two.txt' };
    const screen = mount(world);
    screen.send('5');
    await screen.shows('manual-20261123T140000');
    screen.send('d');
    await screen.shows('M  two.txt');
    screen.send('/txt');
    await screen.shows('/txt_ 2 lines');
    screen.send('z\r');
    await screen.shows('/txtz not found');
    screen.send('n');
    await screen.shows('"txtz" in this diff');
  });

  test('that is huge is shown as far as one may read it, and says so first; a long line is broken, not cut', async () => {
    const world = await listed();
    world.difference = { ok: true, value: `+${'x'.repeat(200)}end\n${'+ line\n'.repeat(100_000)}` };
    const screen = mount(world);
    screen.send('5');
    await screen.shows('manual-20261123T140000');
    screen.send('d');
    await screen.shows('truncated: the first 400000 of 700204 characters; set PAGER=less to see more');
    expect(screen.text()).toContain('xend');
  });
});
