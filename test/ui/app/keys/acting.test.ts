import { describe, expect, test } from 'vitest';
import { availabilityAt } from '../../../helpers/hint.ts';
import { personAt } from '../../../helpers/person.ts';
import { sheetText } from '../../../helpers/sheet.ts';
import { held, running, storm, work } from '../../../helpers/screen-stories.ts';
import { ScreenWorld, WORKSPACE } from '../../../helpers/view.ts';

const workspaceOf = (world: ScreenWorld) => world.view().workspaces[0];

describe('c takes a checkpoint of the selected workspace', () => {
  test('and says before the press what it will be', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const person = personAt(world);
    expect(availabilityAt(person, 'c')).toBe('ws');
    await person.press('c');
    expect(world.requests).toMatchObject([{ workspace: WORKSPACE, metadata: { type: 'manual' } }]);
    expect(availabilityAt(person, 'c')).toBe('not: refused: a manual one is running');
    await person.press('c');
    expect(person.toast()).toBe('refused: a manual one is running');
    await world.finish();
    world.engine.commit();
    expect(availabilityAt(person, 'c')).toBe('ws (bypasses the debounce)');
    expect(world.requests).toHaveLength(1);
  });

  test('also in observe, and queues behind an automatic one', async () => {
    const watching = work(await ScreenWorld.started('observe'));
    await personAt(watching).press('c');
    expect(watching.requests).toHaveLength(1);
    const busy = await running();
    const person = personAt(busy);
    expect(availabilityAt(person, 'c')).toBe('one more of ws after this one (3 s of 10 s)');
    await person.press('c');
    expect(workspaceOf(busy)?.queuedManual).toBe(true);
    expect(availabilityAt(person, 'c')).toBe('not: refused: a manual one is queued');
  });

  test('but not for an agent without a workspace', async () => {
    const workspaces = { agents: { Other: WORKSPACE }, processes: {}, fallback: null };
    const world = work(await ScreenWorld.started('auto', { config: { workspaces } }));
    const person = personAt(world);
    expect(availabilityAt(person, 'c')).toMatch(/^not: no workspace configured for agent (Hermes|OpenClaw|Cosh)$/);
    // The reactor's own selection is a workspace.
    await person.press('6', 'c');
    expect(world.requests).toHaveLength(1);
  });
});

describe('what is held', () => {
  test('is vetoed by x, whatever is selected', async () => {
    const world = await held();
    const person = personAt(world);
    expect(availabilityAt(person, 'x')).toMatch(/^ws, \d+ s left$/);
    await person.press('3', 'x');
    expect(workspaceOf(world)?.hold).toBeNull();
    expect(world.view().signals[0]?.fate).toMatchObject({ kind: 'vetoed' });
    expect(availabilityAt(person, 'x')).toBe('not: no checkpoint is held: nothing to veto');
  });

  test('is taken at once by f', async () => {
    const world = await held();
    const person = personAt(world);
    expect(availabilityAt(person, 'f')).toBe('it now');
    await person.press('f');
    expect(world.requests).toHaveLength(1);
  });
});

describe('the mode', () => {
  test('is chosen in a dialog, raised step by step after y, and never by Enter', async () => {
    const world = work(await ScreenWorld.started('observe'));
    const person = personAt(world);
    expect(availabilityAt(person, 'm')).toBe('mode: observe to hold');
    await person.press('m', 'enter');
    expect(person.toast()).toBe('the mode is observe already');
    await person.press('j', 'enter', 'enter');
    expect(world.view().mode).toBe('observe');
    expect(person.view().overlay.type).toBe('confirm');
    await person.press('n');
    expect(person.view().overlay.type).toBe('none');
    await person.press('m', 'j', 'enter', 'y');
    expect(world.view().mode).toBe('hold');
    await person.press('m', 'j', 'enter', 'y');
    expect(world.view().mode).toBe('auto');
  });

  test('shows whose checkpoints would go where before it is', async () => {
    const world = work(await ScreenWorld.started('observe'));
    world.call({ agent: 'Elsewhere' });
    const person = personAt(world);
    await person.press('m');
    const dialog = sheetText(person);
    expect(dialog).toMatch(/▸ \(•\) OBSERVE/u);
    expect(dialog).toMatch(/ws +\/srv\/ws +ws-ckpt 0\.3\.2 +Cosh, Elsewhere, \+2/u);
    expect(dialog).toMatch(/Enter set .*Esc cancel/u);
  });

  test('is lowered at once', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const person = personAt(world);
    await person.press('m', 'k', 'enter');
    expect(world.view().mode).toBe('hold');
    await person.press('m', 'k', 'enter');
    expect(world.view().mode).toBe('observe');
  });

  test('is lowered by a step by the key that a configuration gives to that', async () => {
    const world = await ScreenWorld.started('auto');
    const person = personAt(world);
    person.session.dispatch({ type: 'keys', keys: { 'lower-mode': 'A' } });
    await person.press('A', 'A');
    expect(world.view().mode).toBe('observe');
    await person.press('A');
    expect(person.toast()).toBe('observe is the lowest mode');
  });

  test('cannot be raised without a workspace', async () => {
    const workspaces = { agents: {}, processes: {}, fallback: null };
    const world = await ScreenWorld.started('observe', { config: { workspaces } });
    expect(availabilityAt(personAt(world), 'm')).toBe('not: no workspace configured; start with --workspace DIR');
    // Before any agent is seen there is nothing that could be selected.
    expect(availabilityAt(personAt(world), 'c')).toBe('not: no workspace configured; start with --workspace DIR');
  });
});

describe('a silence', () => {
  test('offers scopes from the narrowest to everything, by what is selected', async () => {
    const world = work(await ScreenWorld.started('auto'));
    await storm(world);
    const person = personAt(world);
    await person.press('4', 's');
    const { overlay } = person.view();
    const labels = overlay.type === 'silence' ? overlay.form.scopes.map(({ label }) => label) : [];
    expect(labels).toEqual([
      'conversation of Hermes: make the failing test pass',
      'retry_storm of Hermes',
      'every signal of Hermes',
      'workspace ws',
      'retry_storm of every agent',
      'everything',
    ]);
  });

  test('of a workspace offers the workspace first, and no type for every agent', async () => {
    const world = work(await ScreenWorld.started('auto'));
    await storm(world);
    const person = personAt(world);
    await person.press('6', 's');
    const { overlay } = person.view();
    const labels = overlay.type === 'silence' ? overlay.form.scopes.map(({ label }) => label) : [];
    expect(labels).toEqual(['workspace ws', 'everything']);
  });

  test('is created by Enter, listed by S, extended and ended there', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const person = personAt(world);
    await person.press('s', 'down', 'tab', 'right', 'tab', 'o', 'k', 'space', '!', 'enter');
    expect(world.view().silences).toMatchObject([{ matcher: { agent: expect.any(String) }, reason: 'ok !' }]);
    const [silence] = world.view().silences;
    expect((silence?.endsAt ?? 0) - world.now).toBe(3_600_000);
    await person.press('S', '+');
    expect((world.view().silences[0]?.endsAt ?? 0) - world.now).toBe(4_500_000);
    await person.press('u');
    expect(world.view().silences).toEqual([]);
    await person.press('u');
    expect(person.toast()).toBe('no silence is selected');
    await person.press('escape', 'S');
    expect(person.toast()).toBe('no active silence');
  });

  test('wants a duration that means something', async () => {
    const world = await ScreenWorld.started('auto');
    const person = personAt(world);
    await person.press('s', 'j', 'tab', '3', 'x', 'enter');
    const { overlay } = person.view();
    expect(overlay.type === 'silence' && overlay.form.problem).toContain('90s, 15m, 2h or 1d');
    expect(world.view().silences).toEqual([]);
    await person.press('backspace', 'm', 'enter');
    expect(world.view().silences).toHaveLength(1);
  });
});

test('t takes over only where somebody else acts, and says why it did not', async () => {
  const owner = { user: 'root', pid: 4_711, startedAt: 0 };
  const world = await ScreenWorld.started('hold', { owner });
  const person = personAt(world);
  await person.press('6');
  expect(availabilityAt(person, 't')).toBe('ws, if pid 4711 is gone');
  await person.press('t');
  expect(person.toast()).toBe('not taken over: the other engine still acts here');
  const free = await ScreenWorld.started('hold');
  expect(availabilityAt(personAt(free), 't')).toBe(`not: no other engine acts on ${WORKSPACE}`);
});

test('with --read-only nothing acts', async () => {
  const world = work(await ScreenWorld.started('observe', { config: { readOnly: true } }));
  const person = personAt(world);
  for (const key of ['c', 's', 'S', 'u', 'x', 'f', 'm', 't', 'r']) {
    await person.press(key);
    expect(person.toast()).toBe('read-only: start without --read-only to act');
    expect(person.view().overlay.type).toBe('none');
  }
  expect(world.requests).toEqual([]);
});

test('a key that is pressed before a frame shows what is held acts on it all the same', async () => {
  const world = work(await ScreenWorld.started('hold'));
  const person = personAt(world);
  await storm(world);
  // Nobody has brought the store up to date since.
  expect(world.engine.store.getState().workspaces[0]?.hold).toBeNull();
  await person.press('x');
  expect(world.view().signals[0]?.fate?.kind).toBe('vetoed');
});
