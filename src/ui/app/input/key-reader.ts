import { keyNames } from './key-names.ts';
import type { Key } from 'ink';
import type { Ms } from '../../../core/units.ts';
import { keyLabel } from '../key-context.ts';
import type { Action, Context } from '../bindings.ts';
import type { ViewAction } from '../state.ts';
import { actsAtOnce, pressMany } from './dispatch.ts';

/** An acting key this close behind Escape may be the rest of an Alt key, ms. */
const AFTER_ESCAPE_MS = 300;

type KeyReaderDeps = {
  readonly now: () => Ms;
  /** The moment that a key goes by. */
  readonly contextFor: (key: string) => Context;
  readonly runActions: (actions: readonly Action[]) => void;
  readonly dispatch: (action: ViewAction) => void;
};

/**
 * Handles the keys that Ink reads. Ink splits what was read in one go into several calls of the same turn; together they
 * tell a paste from a press.
 */
export function createKeyReader({ now, contextFor, runActions, dispatch }: KeyReaderDeps) {
  let read: string[] = [];
  let escapedAt: Ms | null = null;
  const flush = (): void => {
    const keys = read;
    read = [];
    const at = now();
    dispatch({ type: 'tick', now: at });
    const [first = '', ...others] = keys;
    // A terminal sends Alt with a letter as Escape and the letter: on a slow line the letter may come alone.
    const sinceEscape = escapedAt === null ? Number.POSITIVE_INFINITY : Math.abs(at - escapedAt);
    escapedAt = keys.at(-1) === 'escape' ? at : null;
    if (sinceEscape < AFTER_ESCAPE_MS && others.length === 0 && actsAtOnce(first, contextFor(first))) {
      const text = `ignored ${keyLabel(first)}, it came right behind Esc as a part of an Alt key run: press it again`;
      return dispatch({ type: 'toast', text, kind: 'refused' });
    }
    pressMany(keys, contextFor, runActions);
  };
  return (input: string, key: Key): void => {
    const names = keyNames(input, key);
    if (names.length > 0 && read.length === 0) queueMicrotask(flush);
    read.push(...names);
  };
}
