import type { Key } from 'ink';

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
