import type { OwnKeys } from '../view/types.ts';
import { actionOf, paneKeys, rebindable } from './pane-keys.ts';

/** What is wrong with the keys that a person chose: `name` is the action or key that has no meaning or has two. */
export type KeyProblem =
  | { readonly type: 'unknown_action'; readonly name: string; readonly known: readonly string[] }
  | { readonly type: 'unknown_key'; readonly action: string; readonly name: string }
  | { readonly type: 'taken'; readonly action: string; readonly name: string; readonly by: string };

const NAMES: ReadonlySet<string> = new Set([
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'tab',
  'shift-tab',
  'space',
  'backspace',
  'delete',
]);

/** Every mistake in a person's choice of keys. */
export function keyProblems(own: OwnKeys): readonly KeyProblem[] {
  const known = rebindable().map(actionOf);
  const problems: KeyProblem[] = [];
  for (const [action, name] of Object.entries(own)) {
    if (!known.includes(action)) problems.push({ type: 'unknown_action', name: action, known });
    else if (!isKey(name)) problems.push({ type: 'unknown_key', action, name });
  }
  if (problems.length > 0) return problems;
  for (const [action, name] of Object.entries(own)) {
    const other = paneKeys(own).find((binding) => binding.keys.includes(name) && actionOf(binding) !== action);
    if (other) problems.push({ type: 'taken', action, name, by: actionOf(other) });
  }
  return problems;
}

function isKey(name: string): boolean {
  return NAMES.has(name) || /^(?:ctrl|alt)-[a-z]$/.test(name) || /^[\u0021-\u007e]$/.test(name);
}
