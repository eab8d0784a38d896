import { describe, expect, test } from 'vitest';
import { personAt } from '../../helpers/person.ts';
import { THEME, pictureOf } from '../../helpers/picture.tsx';
import { debouncing, running } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';
import { CONVERSATIONS } from '../../../src/ui/views/conversations/view.ts';
import { SIGNAL_COLUMNS } from '../../../src/ui/views/signals/render.ts';
import { SIGNALS } from '../../../src/ui/views/signals/view.ts';

/** The conversation of the storm. */
const HERMES = 'b59780476b41';

const SIZE = { columns: 120, rows: 34 };

describe('the view of signals', () => {
  test('tells of the selected one why: rule, settings and timers of that moment', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('4');
    const picture = pictureOf(world, { columns: 220, rows: 60, view: person.view() });
    expect(picture).toMatch(/⚑ agent_crash of Cosh, critical/);
    expect(picture).toMatch(/known by +an interruption that its source reports/);
    expect(picture).toMatch(/rule +agent_crash → checkpoint +\(default\)/);
    expect(picture).toMatch(/checks +✓ live +✓ policy +✓ workspace ws/);
    const guard = /guard \d of 60/.exec(picture)?.[0] ?? 'guard n of 60';
    for (const check of ['no silence', 'mode auto', 'lock ours', 'ws-ckpt 0.3.2', guard, 'breaker closed']) {
      expect(picture).toContain(`✓ ${check}`);
    }
    expect(picture).toMatch(/waits +debounce window until \d\d:\d\d:\d\d, opened/);
    expect(picture).toMatch(/then +checkpoint of ws; after it, none in ws/);
    expect(picture).toMatch(/settings +mode auto, debounce 30 s, no countdown/);
  });

  test('a check that was not passed ends the list, and says why', async () => {
    const world = await ScreenWorld.started('observe');
    world.interruption({ type: 'agent_crash', agent: 'Hermes', severity: 'critical' });
    const person = personAt(world);
    await person.press('4', 'enter');
    const picture = pictureOf(world, { ...SIZE, view: person.view() });
    expect(picture).toMatch(/✓ no silence/);
    expect(picture).toMatch(/✗ mode → mode observe: would have/);
    expect(picture).not.toContain('lock ours');
    expect(picture).not.toContain('waits ');
  });

  test('e, and Enter, go to the call that caused it; Esc comes back', async () => {
    const world = await running();
    const person = personAt(world);
    await person.press('4', 'e');
    expect(person.view()).toMatchObject({ focus: 'calls', zoomed: true, follow: false });
    const { conversation, call } = person.session.context().selected;
    expect(conversation?.conversationId).toBe(HERMES);
    expect(call?.statusCode).toBeGreaterThanOrEqual(400);
    await person.press('escape');
    expect(person.view()).toMatchObject({ focus: 'signals', zoomed: true });
    await person.press('enter', 'enter');
    expect(person.view()).toMatchObject({ focus: 'calls', zoomed: true });
    await person.press('escape');
    expect(person.view()).toMatchObject({ focus: 'signals', zoomed: true });
  });

  test('e on a call goes to the signal that it caused, and says so where it caused none', async () => {
    const world = await running();
    const person = personAt(world);
    await person.press('4', 'e');
    const { call } = person.session.context().selected;
    await person.press('e');
    expect(person.view()).toMatchObject({ focus: 'signals', zoomed: true });
    expect(person.session.context().selected.signal?.signal.conversationId).toBe(call?.conversationId);
    await person.press('e', 'enter');
    expect(person.view().overlay.type).toBe('detail');
    expect(sheetText(person)).toContain('e its signal');
    await person.press('e');
    expect(person.view()).toMatchObject({ focus: 'signals', overlay: { type: 'none' } });
    world.call({ agent: 'Cosh', conversationId: 'calm' });
    world.engine.commit();
    await person.press('2', '/', ...Array.from('id:calm'), 'enter', 'g', 'enter', 'e');
    expect(person.toast()).toBe('this call caused no signal');
    await person.press('enter');
    expect(sheetText(person)).not.toContain('its signal');
    await person.press('e');
    expect(person.toast()).toBe('this call caused no signal');
  });

  test('where the call is not known its conversation is shown, and that is said', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('4', 'e');
    expect(person.toast()).toContain('unknown or no longer in memory');
    expect(person.session.context().selected.conversation?.agent).toBe('Cosh');
  });

  test('stands by the time that is shown, however late a source brought its history', async () => {
    const world = await ScreenWorld.started('observe');
    for (const [minutesAgo, type] of [
      [3, 'rate_limit'],
      [1, 'dead_loop'],
      [2, 'auth_error'],
    ] as const) {
      const occurredNs = BigInt(world.now - minutesAgo * 60_000) * 1_000_000n;
      world.interruption({ interruptionId: type, type, occurredNs, conversationId: null }, 'historical');
    }
    const signals = SIGNALS.rows(personAt(world).session.context().shown);
    expect(signals.map(({ record }) => record.signal.type)).toEqual(['dead_loop', 'auth_error', 'rate_limit']);
  });

  test('has the order, the sign and the colour of the ladder, where what blocks counts as high', async () => {
    const world = await ScreenWorld.started('observe');
    for (const [minutesAgo, type, severity] of [
      [1, 'rate_limit', 'medium'],
      [2, 'auth_error', 'high'],
      [3, 'agent_crash', 'critical'],
      [4, 'llm_error', 'medium'],
    ] as const) {
      const occurredNs = BigInt(world.now - minutesAgo * 60_000) * 1_000_000n;
      world.interruption({ type, severity, occurredNs, conversationId: null });
    }
    const person = personAt(world);
    await person.press('4', 'enter');
    const context = person.session.context();
    const column = SIGNAL_COLUMNS.find(({ title }) => title === 'SIGNAL');
    const drawing = { view: context.live, now: world.now, theme: THEME, width: 120 };
    expect(SIGNALS.rows(context.shown).map((row) => column?.cell(row, drawing))).toEqual([
      { text: '⚑ agent_crash', tone: 'critical' },
      { text: '▲ rate_limit', tone: 'high' },
      { text: '▲ auth_error', tone: 'high' },
      { text: '· llm_error', tone: 'dim' },
    ]);
    await person.press('j');
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/▲ rate_limit of \S+, medium/);
  });

  test('elsewhere e says where signals are', async () => {
    const person = personAt(await running());
    await person.press('e');
    expect(person.toast()).toContain('4 goes to the signals');
  });

  test('is filtered by fate, and its number is that of the rows', async () => {
    const world = await debouncing();
    const person = personAt(world);
    await person.press('4', '/', ...Array.from('fate:checkpointed'), 'enter', 'enter');
    expect(SIGNALS.rows(person.session.context().shown).map(({ record }) => record.fate?.kind)).toEqual([
      'checkpointed',
    ]);
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/Signals 1 of 2 .*\/fate:checkpointed/);
  });
});

describe('the state of an interruption', () => {
  test('stands beside its signal, as agentsight says it', async () => {
    const world = await ScreenWorld.started('observe');
    world.interruption({ agent: 'Cosh', type: 'auth_error', interruptionId: 'x', severity: 'high' });
    const person = personAt(world);
    await person.press('4', 'enter');
    const picture = () => pictureOf(world, { ...SIZE, view: person.view() });
    expect(picture()).toMatch(/▲ auth_error +Cosh/);
    expect(picture()).toContain('Signals 1 open');
    await person.press('/', ...Array.from('state:unresolved'), 'enter');
    expect(picture()).toContain('Signals 1 · 1 open');
    world.interruption({ agent: 'Cosh', type: 'auth_error', interruptionId: 'x', severity: 'high', resolved: true });
    world.engine.commit();
    expect(picture()).toContain('Signals 0 of 1');
    await person.press('escape', 'escape', 'escape', '4');
    expect(picture()).toMatch(/· auth_error/);
    expect(picture()).toMatch(/· auth_error .* flagged by policy, resolved/);
  });

  test('of a derived storm is resolved by the next success', async () => {
    const world = await running();
    const person = personAt(world);
    await person.press('4', 'enter');
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/⚑ retry_storm .* checkpoint runs/);
    world.call({ agent: 'Hermes', conversationId: HERMES, pid: 41 });
    await world.wait(100);
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/retry_storm .* checkpoint runs/);
    await world.finish();
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/· retry_storm .* ✓ checkpointed, resolved/);
  });

  test('of nobody: it is unattributed, among the signals', async () => {
    const world = await ScreenWorld.started('observe');
    world.call({ agent: 'Cosh', conversationId: 'one' });
    world.interruption({ agent: 'Cosh', type: 'agent_crash', severity: 'critical', conversationId: null });
    const person = personAt(world);
    await person.press('4');
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toMatch(/⚑ agent_crash +Cosh +unattributed/);
    await person.press('/', ...Array.from('unattributed'), 'enter');
    expect(SIGNALS.rows(person.session.context().shown)).toHaveLength(1);
  });

  test('of a session without a conversation names the session', async () => {
    const world = await ScreenWorld.started('observe');
    world.interruption({ type: 'rate_limit', conversationId: null, sessionId: '3b2f9c1e' });
    const picture = pictureOf(world, { ...SIZE, view: { focus: 'signals', zoomed: true } });
    expect(picture).not.toContain('unattributed');
    expect(picture).toContain('session 3b2f');
  });
});

describe('the order of a list', () => {
  test('changes by o, and the title says which it is', async () => {
    const world = await ScreenWorld.started('observe');
    world.call({ conversationId: 'few', agent: 'B' }).call({ conversationId: 'many', agent: 'A', ago: 9_000 });
    world.call({ conversationId: 'many', agent: 'A', ago: 8_000 });
    const person = personAt(world);
    const rows = () => CONVERSATIONS.rows(person.session.context().shown).map(({ id }) => id);
    expect(rows()).toEqual(['few', 'many']);
    await person.press('o');
    expect(rows()).toEqual(['many', 'few']);
    expect(pictureOf(world, { ...SIZE, view: person.view() })).toContain('by calls');
    for (let order = 1; order < 8; order += 1) await person.press('o');
    expect(rows()).toEqual(['few', 'many']);
  });
});
