import { filterOf } from '../../../src/ui/app/list.ts';
import { describe, expect, test } from 'vitest';
import { TOAST_MS, newViewState, reduceView } from '../../../src/ui/app/reducer.ts';
import type { ViewAction, ViewState } from '../../../src/ui/app/state.ts';

function after(...actions: readonly ViewAction[]): ViewState {
  return actions.reduce(reduceView, newViewState(1_000));
}

test('a toast stays for a moment and then goes', () => {
  const toast: ViewAction = { type: 'toast', text: 'done', kind: 'done' };
  expect(after(toast, { type: 'tick', now: 999 + TOAST_MS }).toast?.text).toBe('done');
  expect(after(toast, { type: 'tick', now: 1_000 + TOAST_MS }).toast).toBeNull();
});

test('the log keeps the newest lines, each clean and of bounded length', () => {
  const lines = Array.from({ length: 500 }, (_, n): ViewAction => ({ type: 'log', text: `line ${n}` }));
  const { log } = after(...lines, { type: 'log', text: `\u001b[31m${'x'.repeat(10_000)}` });
  expect(log).toHaveLength(200);
  expect(log[0]?.text).toBe('line 301');
  expect(log.at(-1)?.text).toMatch(/^x{599}…$/);
});

test('the first line of the log is kept, too', () => {
  expect(after({ type: 'log', text: 'one' }).log).toEqual([{ at: 1_000, text: 'one' }]);
});

describe('the filter', () => {
  const begin: ViewAction = { type: 'filter', change: { type: 'begin', of: 'signals' } };
  const type = (text: string): ViewAction => ({ type: 'filter', change: { type: 'text', text } });

  test('is typed, kept and dropped', () => {
    const typed = after(begin, type('a'), type(' '), type('b'));
    expect(filterOf(typed, 'signals')).toEqual({ text: 'a b', editing: true });
    expect(reduceView(typed, { type: 'filter', change: { type: 'keep' } }).editing).toBe(null);
    const dropped = reduceView(typed, { type: 'filter', change: { type: 'clear', of: ['signals'] } });
    expect(filterOf(dropped, 'signals')).toBe(null);
  });

  test('loses one character as a person sees it', () => {
    expect(after(begin, type('a👩‍👩‍👧'), { type: 'filter', change: { type: 'erase' } }).filters.signals).toBe('a');
  });

  test('goes on where it was in the same list, and each list has its own', () => {
    const kept: ViewAction = { type: 'filter', change: { type: 'keep' } };
    const elsewhere: ViewAction = { type: 'filter', change: { type: 'begin', of: 'agents' } };
    expect(filterOf(after(begin, type('x'), kept, begin), 'signals')).toEqual({ text: 'x', editing: true });
    const both = after(begin, type('x'), kept, elsewhere, type('y'));
    expect(both.filters).toMatchObject({ signals: 'x', agents: 'y' });
  });

  test('is bounded', () => {
    expect(after(begin, type('x'.repeat(1_000)), type('y')).filters['signals']).toHaveLength(120);
  });
});

test('a change of a form that is not open changes nothing', () => {
  const state = newViewState(0);
  expect(reduceView(state, { type: 'silence', change: { type: 'erase' } })).toBe(state);
});

test('only another order of the calls follows them again', () => {
  const scrolled: ViewAction = { type: 'follow', follow: false };
  expect(after(scrolled, { type: 'order', of: 'signals' }).follow).toBe(false);
  expect(after(scrolled, { type: 'order', of: 'calls' }).follow).toBe(true);
});
