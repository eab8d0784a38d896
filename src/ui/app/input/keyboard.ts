import type { Key } from 'ink';
import type { Ms } from '../../../core/units.ts';
import { bindingOf, isGuarded, keyContextOf, typingIn } from '../keymap.ts';
import { availabilityOf, keyLabel } from '../key-context.ts';
import { HELP } from '../keys/beside.ts';
import { type ScreenAction, type Context, type KeyContext, viewAction } from '../bindings.ts';
import { FREEZE } from '../keys/lists.ts';
import type { ViewAction, ViewState } from '../state.ts';
import type { View } from '../view.ts';
import { VIEWS } from '../views.ts';

/** An acting key this close behind Escape may be the rest of an Alt key, ms. */
const AFTER_ESCAPE_MS = 300;

type KeyboardDeps = {
  readonly now: () => Ms;
  readonly view: () => ViewState;
  readonly context: () => Context;
  /** Brings the engine's view up to date. */
  readonly commit: () => void;
  readonly runActions: (actions: readonly ScreenAction[]) => void;
  readonly dispatch: (action: ViewAction) => void;
  /** Called after each key. */
  readonly pressed: () => void;
};

export type Keyboard = {
  /** Handles what Ink read: a key, or several at once. */
  readonly typed: (input: string, key: Key) => void;
  readonly pasted: (text: string) => void;
  /** Presses keys by their names, one after the other: each was meant as a key. */
  readonly press: (keys: readonly string[]) => void;
};

/**
 * Handles keyboard input: maps keys to actions and has them run. Ink splits what was read in one go into several calls of the
 * same turn; together they tell a paste from a press.
 */
export function createKeyboard(deps: KeyboardDeps): Keyboard {
  const { now, view, context, commit, runActions, dispatch, pressed } = deps;
  let read: string[] = [];
  let escapedAt: Ms | null = null;
  // A checkpoint that was announced a moment ago may be in no frame yet: what acts goes by what is true now, and so does what is frozen.
  const contextFor = (key: string): Context => {
    const binding = bindingOf(keyContextOf(view()), key, view().keys);
    if (binding && (isGuarded(binding) || binding.id === FREEZE.id)) commit();
    return context();
  };
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
  return {
    typed: (input, key) => {
      const names = keyNames(input, key);
      if (names.length > 0 && read.length === 0) queueMicrotask(flush);
      read.push(...names);
      pressed();
    },
    pasted: (text) => runActions(paste(text, context())),
    press: (keys) => {
      dispatch({ type: 'tick', now: now() });
      for (const key of keys) runActions(press(key, contextFor(key)));
      pressed();
    },
  };
}

/** Characters of a chunk that are shown when it is ignored. */
const SHOWN = 20;

/** Returns what one key does; a key that does nothing explains why. */
export function press(key: string, context: Context): readonly ScreenAction[] {
  const text = typedBy(key);
  const typing = text === null || !isText(key, context.view) ? null : typingIn(context.view);
  if (typing !== null && text !== null) return typing(text);
  const keyContext = keyContextOf(context.view);
  const binding = bindingOf(keyContext, key, context.view.keys);
  if (binding === undefined) return refuse(unknown(key, keyContext));
  const hint = availabilityOf(binding, context);
  return hint.enabled ? binding.run(context) : refuse(hint.reason);
}

// Where text is typed, a character is a part of it.
function isText(key: string, view: ViewState): boolean {
  if (typingIn(view) === null || typedBy(key) === null) return false;
  return bindingOf(keyContextOf(view), key, view.keys)?.beforeText?.(view) !== true;
}

/** Returns true if a key would have the engine do something now, not only open what asks first. */
function actsAtOnce(key: string, context: Context): boolean {
  const { view } = context;
  if (isText(key, view)) return false;
  const binding = bindingOf(keyContextOf(view), key, view.keys);
  if (binding === undefined || !isGuarded(binding) || binding.kind === 'leave') return false;
  return press(key, context).some(({ type }) => type !== 'view');
}

/**
 * Keys that were read in one go: typed ahead, or pasted into a terminal that does not mark pastes. Movement and text go
 * through; what acts does not, and what is taken for text triggers nothing at all. `runActions` runs each key's actions before
 * the next is looked at.
 */
function pressMany(
  keys: readonly string[],
  now: (key: string) => Context,
  runActions: (actions: readonly ScreenAction[]) => void,
): void {
  const [first] = keys;
  if (keys.length === 1 && first !== undefined) return runActions(press(first, now(first)));
  const { view: before } = now('');
  if (typingIn(before) === null && isTextInput(keys, before)) return runActions(refuse(ignored(keys)));
  const skipped: string[] = [];
  for (const key of keys) {
    const context = now(key);
    const { view } = context;
    const binding = isText(key, view) ? undefined : bindingOf(keyContextOf(view), key, view.keys);
    if (binding && isGuarded(binding)) skipped.push(key);
    else runActions(press(key, context));
  }
  if (skipped.length > 0) runActions(refuse(ignored(skipped)));
}

/** Pasted text goes where text is typed, as one line; elsewhere it triggers nothing. */
function paste(text: string, { view }: Context): readonly ScreenAction[] {
  return typingIn(view)?.(text) ?? refuse('pasted text triggers nothing here; press / to filter by it');
}

// Up to a `/`, behind which everything is text, every key must mean something.
function isTextInput(keys: readonly string[], view: ViewState): boolean {
  const keyContext = keyContextOf(view);
  const slash = beginsText(keyContext, view) ? keys.indexOf('/') : -1;
  const before = slash === -1 ? keys : keys.slice(0, slash);
  return before.some((key) => bindingOf(keyContext, key, view.keys) === undefined);
}

function beginsText(keyContext: KeyContext, { keys }: ViewState): boolean {
  const id = bindingOf(keyContext, '/', keys)?.id;
  return id === 'filter' || id === 'search';
}

function ignored(keys: readonly string[]): string {
  const shown = keys.slice(0, SHOWN).map((key) => typedBy(key) ?? keyLabel(key));
  const text = shown.join('') + (keys.length > SHOWN ? '…' : '');
  return `ignored "${text}", it came in one go: pasted text triggers nothing, press keys one at a time`;
}

function unknown(key: string, keyContext: KeyContext): string {
  const label = keyLabel(key);
  if (keyContext === 'panes') return `${label} does nothing here; ? shows the keys`;
  const { isQuestion = false, bindings }: View = VIEWS[keyContext];
  if (isQuestion) return `${label} is no answer: y does it, n leaves it`;
  const help = bindings.some(({ id }) => id === HELP.id) ? ', ? shows the keys' : '';
  return `${label} does nothing here; Esc goes back${help}`;
}

function refuse(why: string): readonly ScreenAction[] {
  return viewAction({ type: 'toast', text: why, kind: 'refused' });
}

const SPECIAL: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\u001a': 'ctrl-z',
  '\u0003': 'ctrl-c',
};

/** The names of the keys that Ink read at once: one for a press, several for a chunk that came in one go. */
export function keyNames(input: string, key: Key): readonly string[] {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  const special = SPECIAL.find(([flag]) => key[flag] === true);
  if (special) return [special[1]];
  if (key.ctrl) return [`ctrl-${input.toLowerCase()}`];
  if (key.meta) return [`alt-${input}`];
  return Array.from(input, (character) => CONTROLS[character] ?? character);
}

/** The text that a key types; null for one that types none. */
export function typedBy(key: string): string | null {
  if (key === 'space') return ' ';
  return Array.from(key).length === 1 ? key : null;
}
