import { describe, expect, test } from 'vitest';
import { type Person, personAt } from '../../helpers/person.ts';
import { held } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';
import { type SilenceForm, newSilenceForm } from '../../../src/ui/views/silences/form.ts';
import { type FormAction, changeForm, resultOf, takesText } from '../../../src/ui/widgets/scope-form.ts';

const SCOPES = [
  { label: 'agent Hermes', matcher: { agent: 'Hermes' } },
  { label: 'everything', matcher: {}, isWide: true },
] as const;

/** 14:03:12 local time. */
const NOW = new Date(2026, 10, 27, 14, 3, 12).getTime();

function after(...actions: readonly FormAction[]): SilenceForm {
  return actions.reduce<SilenceForm>((form, action) => changeForm(form, action), newSilenceForm(SCOPES));
}

const field = (by: 1 | -1 = 1): FormAction => ({ type: 'field', by });
const choice = (by: 1 | -1 = 1): FormAction => ({ type: 'choice', by });
const value = (by: 1 | -1 = 1): FormAction => ({ type: 'value', by });
const text = (typed: string): FormAction => ({ type: 'text', text: typed });

test('it begins with the narrowest scope for a quarter of an hour', () => {
  expect(resultOf(newSilenceForm(SCOPES), NOW)).toEqual({ scope: SCOPES[0], durationMs: 900_000, reason: null });
});

test('choices go round in both directions', () => {
  expect(after(choice(), choice()).scope).toBe(0);
  expect(after(choice(-1)).scope).toBe(1);
  expect(after(value(-1)).preset).toBe(4);
  expect(after(field(-1)).field).toBe('reason');
});

test('a digit begins a duration of one own, a letter does not', () => {
  expect(after(field(), text('x')).preset).toBe(0);
  const own = after(field(), text('9'), text('0'), text('s'));
  expect(resultOf(own, NOW)).toMatchObject({ durationMs: 90_000 });
  expect(takesText(own)).toBe(true);
});

test('the reason is one clean line of bounded length, with blanks where they were typed', () => {
  const written = after(field(-1), text('known'), text(' '), text('trouble\u001b[31m\n'), text('x'.repeat(500)));
  expect(written.reason).toMatch(/^known troublex+$/);
  expect(written.reason.length).toBe(200);
  expect(after(field(-1), text('ab'), { type: 'erase' }).reason).toBe('a');
});

test('nothing is typed into the choice of scopes', () => {
  expect(after(text('abc'), { type: 'erase' })).toEqual(newSilenceForm(SCOPES));
});

test('what is wrong is told until something is changed', () => {
  const wrong = after(field(), value(-1), { type: 'problem', problem: 'no' });
  expect(resultOf(wrong, NOW)).toContain('expected a duration such as');
  expect(wrong.problem).toBe('no');
  expect(changeForm(wrong, text('5')).problem).toBeNull();
});

test('what would silence every agent is not chosen from the start', () => {
  const wide = newSilenceForm([{ label: 'everything', matcher: {}, isWide: true }]);
  expect(resultOf(wide, NOW)).toBe('choose what: j and k');
  expect(resultOf(changeForm(wide, choice()), NOW)).toMatchObject({ scope: { label: 'everything' } });
});

test('a silence may last until the end of the day, or of the next where little of this one is left', () => {
  const evening = after(value(), value(), value());
  expect(resultOf(evening, NOW)).toMatchObject({ durationMs: (3 * 3_600 + 56 * 60 + 48) * 1_000 });
  const late = new Date(2026, 10, 27, 17, 50).getTime();
  expect(resultOf(evening, late)).toMatchObject({ durationMs: (24 * 60 + 10) * 60_000 });
});

describe('durations', () => {
  test.for([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['30d', 2_592_000_000],
    ['31d', null],
    ['0s', null],
    ['15', null],
    ['m', null],
    ['', null],
    ['1h later', null],
  ] as const)('%s is %s ms', ([written, ms]) => {
    const result = resultOf(after(field(), value(-1), text(written)), NOW);
    expect(typeof result === 'string' ? null : result.durationMs).toBe(ms);
  });
});

describe('the form as it is drawn', () => {
  const drawn = (person: Person): readonly string[] => sheetText(person).split('\n');

  test('names what each scope would have held back, from narrow to wide, and the checkpoint that it stops', async () => {
    const person = personAt(await held());
    await person.press('s');
    const lines = drawn(person);
    const all = lines.join('\n');
    expect(lines[0]).toMatch(/^╭─ Silence ─+╮$/u);
    expect(lines[2]).toMatch(/NO CHECKPOINT FOR +LAST HOUR +NOW /u);
    expect(lines[3]).toMatch(/▸ ?\(•\) conversation of Hermes: make the failing test pass +1 +1 /u);
    expect(all).toMatch(/\( \) workspace ws +1 +1 /u);
    expect(all).toMatch(/\( \) everything +1 +1 /u);
    expect(all).toMatch(/how long +15 min +1 h +4 h +until 18:00 +other/u);
    expect(all).toMatch(/△ This also stops the checkpoint that fires in 4 s in ws\./u);
    expect(lines.at(-1)).toMatch(/^╰─ Enter silence until \d\d:\d\d ─+ Tab next field · Esc cancel ─╯$/u);
  });

  test('says so when the checkpoint fired while it was open', async () => {
    const world = await held();
    const person = personAt(world);
    await person.press('s');
    await world.wait(11_000);
    world.engine.commit();
    expect(sheetText(person)).toMatch(/△ ws fired at \d\d:\d\d:\d\d\./u);
    expect(sheetText(person)).not.toContain('This also stops');
  });

  test('with nothing selected nothing is chosen, and Enter silences nobody', async () => {
    const world = await ScreenWorld.started('auto');
    const person = personAt(world);
    await person.press('s', 'enter');
    expect(person.toast()).toBe('choose what: j and k');
    world.engine.commit();
    expect(world.engine.store.getState().silences).toEqual([]);
  });
});

test('the type that it offers is that of the signal that the row shows', async () => {
  const world = await held();
  const person = personAt(world);
  const { conversationId, agent } = person.session.context().selected.conversation ?? {};
  world.interruption({
    agent: agent ?? '',
    conversationId: conversationId ?? '',
    type: 'auth_error',
    severity: 'high',
  });
  world.engine.commit();
  await person.press('2', 's');
  expect(sheetText(person)).toContain('retry_storm of Hermes');
  expect(sheetText(person)).not.toContain('auth_error');
});
