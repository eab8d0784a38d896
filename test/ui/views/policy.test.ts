import { describe, expect, test } from 'vitest';
import { personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { debouncing, work } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';

/** The conversation of the storm. */
const HERMES = 'b59780476b41';

describe('the policy table', () => {
  test('tells what is done about each type, by whose word', async () => {
    const person = personAt(work(await ScreenWorld.started('auto')));
    await person.press('P');
    expect(sheetText(person)).toMatch(/type +agent_crash +checkpoint +default/);
    expect(sheetText(person)).toMatch(/type +auth_error +flag +default/);
    await person.press('escape');
    expect(sheetText(person)).toBe('');
  });

  test('is changed for the session, which can be taken back', async () => {
    const world = work(await ScreenWorld.started('auto'));
    const person = personAt(world);
    await person.press('P', 'enter');
    expect(sheetText(person)).toMatch(/agent_crash +flag +you, for this session/);
    expect(world.view().policy[0]).toMatchObject({ name: 'agent_crash', action: 'flag', from: 'session' });
    await person.press('u');
    expect(world.view().policy[0]).toMatchObject({ action: 'checkpoint', from: 'default' });
    await person.press('u');
    expect(person.toast()).toContain('not changed in this session');
  });

  test('is not changed with --read-only', async () => {
    const world = work(await ScreenWorld.started('observe', { config: { readOnly: true } }));
    const person = personAt(world);
    await person.press('P', 'enter');
    expect(person.toast()).toContain('read-only');
    expect(world.view().policy[0]?.from).toBe('default');
  });
});

test('the list of silences tells what the selected one held back', async () => {
  const world = work(await ScreenWorld.started('auto'));
  world.engine.intents.silence({ matcher: { agent: 'Hermes' }, durationMs: 600_000, reason: null });
  const person = personAt(world);
  await person.press('S');
  expect(sheetText(person)).toContain('nothing held back so far');
  world.interruption({ agent: 'Hermes', conversationId: HERMES, type: 'agent_crash', pid: 41 });
  await world.wait(1_000);
  world.engine.commit();
  expect(sheetText(person)).toContain('held back 1 signal: would have fired 1 time');
  expect(sheetText(person)).toMatch(/agent_crash Hermes/);
});

test('the view of agents shows an hour in meters and shares, and explains no formula', async () => {
  const world = await debouncing();
  const person = personAt(world);
  await person.press('3', 'j');
  const picture = pictureOf(world, { columns: 200, rows: 60, view: person.view() });
  expect(picture).toMatch(/tokens in +[\d.]+k +▆ +[\d.]+k/);
  expect(picture).toMatch(/last error +.*5 of last 8 calls/);
  expect(picture).toMatch(/opus +8 +5/);
  expect(picture).not.toMatch(/would have saved/);
});
