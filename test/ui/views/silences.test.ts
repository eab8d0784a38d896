import { describe, expect, test } from 'vitest';
import {
  type FormAction,
  type SilenceForm,
  changeForm,
  durationOf,
  newSilenceForm,
  silenceOf,
  takesText,
} from '../../../src/ui/views/silences/form.ts';

const SCOPES = [
  { label: 'agent Hermes', matcher: { agent: 'Hermes' } },
  { label: 'everything', matcher: {} },
];

function after(...actions: readonly FormAction[]): SilenceForm {
  return actions.reduce(changeForm, newSilenceForm(SCOPES));
}

const field = (by: 1 | -1 = 1): FormAction => ({ type: 'field', by });
const choice = (by: 1 | -1 = 1): FormAction => ({ type: 'choice', by });
const text = (typed: string): FormAction => ({ type: 'text', text: typed });

test('it begins with the narrowest scope for a quarter of an hour', () => {
  expect(silenceOf(newSilenceForm(SCOPES))).toEqual({ scope: SCOPES[0], durationMs: 900_000, reason: null });
});

test('choices go round in both directions', () => {
  expect(after(choice(), choice()).scope).toBe(0);
  expect(after(choice(-1)).scope).toBe(1);
  expect(after(field(), choice(-1)).preset).toBe(3);
  expect(after(field(-1)).field).toBe('reason');
});

test('a digit begins a duration of one own, a letter does not', () => {
  expect(after(field(), text('x')).preset).toBe(0);
  const own = after(field(), text('9'), text('0'), text('s'));
  expect(silenceOf(own)).toMatchObject({ durationMs: 90_000 });
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
  const wrong = after(field(), choice(-1), { type: 'problem', problem: 'no' });
  expect(silenceOf(wrong)).toContain('expected a duration such as');
  expect(wrong.problem).toBe('no');
  expect(changeForm(wrong, text('5')).problem).toBeNull();
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
    expect(durationOf(written)).toBe(ms);
  });
});
