import { describe, expect, test } from 'vitest';
import { availabilityAt } from '../../helpers/hint.ts';
import { mount } from '../../helpers/mount.ts';
import { personAt } from '../../helpers/person.ts';
import { held, heldTwice } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { type ScreenWorld, WORKSPACE } from '../../helpers/view.ts';

const COSH = '/srv/cosh';
const heldIn = (world: ScreenWorld): readonly string[] =>
  world.view().workspaces.flatMap(({ path: workspace, hold }) => (hold === null ? [] : [workspace]));

describe('with two checkpoints held', () => {
  test.each(['x', 'f'])('%s acts on neither, but lets one choose', async (key) => {
    const world = await heldTwice();
    const person = personAt(world);
    expect(heldIn(world)).toHaveLength(2);
    expect(availabilityAt(person, key)).toBe(key === 'x' ? 'one of 2: ws 5 s, cosh 8 s' : 'one of 2');
    await person.press(key);
    expect(heldIn(world)).toHaveLength(2);
    expect(world.requests).toEqual([]);
    expect(sheetText(person)).toMatch(/▸ 1 {2}ws +fires in \d s +━+╸?─* agent_crash[^]* 2 {2}cosh [^]* a {2}both/);
  });

  test('the chosen one is vetoed, the other one stays held', async () => {
    const world = await heldTwice();
    const person = personAt(world);
    await person.press('x', 'down', 'enter');
    expect(heldIn(world)).toEqual([WORKSPACE]);
    expect(person.view().overlay.type).toBe('none');
  });

  test('the chosen one is fired', async () => {
    const world = await heldTwice();
    await personAt(world).press('f', 'down', 'enter');
    expect(world.requests).toMatchObject([{ workspace: COSH }]);
  });

  test('the most urgent is marked, whatever is selected; its own key decides about the marked one', async () => {
    const world = await heldTwice();
    const person = personAt(world);
    await person.press('3');
    for (let row = 0; row < 3 && person.session.context().target.agent !== 'Cosh'; row += 1) await person.press('down');
    await person.press('x', 'x');
    expect(heldIn(world)).toEqual([COSH]);
  });

  test('both are decided by a', async () => {
    const world = await heldTwice();
    await personAt(world).press('x', 'a');
    expect(heldIn(world)).toEqual([]);
  });

  test('Esc leaves both held', async () => {
    const world = await heldTwice();
    await personAt(world).press('x', 'escape');
    expect(heldIn(world)).toHaveLength(2);
  });

  test('a choice that fires while one looks at it is over, and Enter does not take the next one', async () => {
    const world = await heldTwice();
    const person = personAt(world);
    await person.press('x');
    while (heldIn(world).includes(WORKSPACE)) await world.wait(500);
    expect(sheetText(person)).not.toContain(' ws ');
    expect(sheetText(person)).toContain('nothing is marked');
    await person.press('enter');
    expect(person.toast()).toBe('ws fired, or was decided: nothing is marked; j marks another');
    expect(heldIn(world)).toEqual([COSH]);
    await person.press('down', 'enter');
    expect(heldIn(world)).toEqual([]);
  });
});

describe('a veto means the hold that was shown when the key went down', () => {
  test('so a second one that no frame has shown yet has it ask', async () => {
    const world = await held();
    const person = personAt(world);
    person.session.drawn(world.view());
    expect(availabilityAt(person, 'x')).toMatch(/^ws, \d+ s left/);
    const other = await heldTwice();
    const shown = other.view();
    const late = personAt(other);
    late.session.drawn({ ...shown, workspaces: shown.workspaces.filter(({ path }) => path === COSH) });
    await late.press('x');
    expect(heldIn(other)).toHaveLength(2);
    expect(late.view().overlay).toMatchObject({ type: 'holds', choice: { action: 'veto' } });
  });

  test('so a hold that no frame has shown is not vetoed unseen', async () => {
    const world = await held();
    const shown = world.view();
    const person = personAt(world);
    person.session.drawn({ ...shown, workspaces: shown.workspaces.map((one) => ({ ...one, hold: null })) });
    await person.press('x');
    expect(heldIn(world)).toEqual([WORKSPACE]);
    await person.press('enter');
    expect(heldIn(world)).toEqual([]);
  });

  test('so another hold of the same workspace is left alone', async () => {
    const world = await held();
    const [workspace] = world.view().workspaces;
    world.engine.intents.veto(WORKSPACE, null, (workspace?.hold?.startedMono ?? 0) - 1);
    expect(heldIn(world)).toEqual([WORKSPACE]);
    world.engine.intents.veto(WORKSPACE, null, workspace?.hold?.startedMono);
    expect(heldIn(world)).toEqual([]);
  });

  test('also in the mounted screen, which says which frame it drew', async () => {
    const world = await heldTwice();
    const screen = mount(world);
    await screen.shows('veto one of 2');
    screen.send('x');
    await screen.shows('Veto which checkpoint?');
    screen.send('\r');
    await screen.hides('Veto which checkpoint?');
    expect(heldIn(world)).toEqual([COSH]);
    screen.send('x');
    await screen.shows('vetoed');
  });
});

test('in a window that cannot show the choice nothing is vetoed', async () => {
  const world = await heldTwice();
  const person = personAt(world, { columns: 40, rows: 10 });
  await person.press('x');
  expect(person.toast()).toBe('2 held: choosing one needs 60x15');
  expect(heldIn(world)).toHaveLength(2);
});

test('in a window that cannot show the question its answer does nothing', async () => {
  const world = await heldTwice();
  const size = { columns: 120, rows: 34 };
  const person = personAt(world, size);
  await person.press('m', 'j', 'enter');
  Object.assign(size, { columns: 21 });
  await person.press('y');
  expect(world.view().mode).toBe('hold');
  expect(person.toast()).toContain('needs 60x15');
  await person.press('escape');
  expect(person.view().overlay.type).toBe('none');
});
