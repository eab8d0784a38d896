import { KEYMAP, PLACES } from '../../keymap.ts';
import type { OwnKeys } from '../../view/types.ts';
import type { Place } from '../types.ts';
import { actionOf, boundBy, isRebindable } from './names.ts';

/** What is wrong with the keys that a person chose: `name` is the action or key that has no meaning or has two. */
export type KeyProblem =
  | { readonly type: 'unknown_action'; readonly name: string; readonly known: readonly string[] }
  /** Its keys stay what they are, so that one can always leave and find help. */
  | { readonly type: 'fixed'; readonly name: string }
  | { readonly type: 'unknown_key'; readonly action: string; readonly name: string }
  /** A character where characters are typed. */
  | { readonly type: 'is_text'; readonly action: string; readonly name: string }
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

/** Where characters are text, at least at times. */
const TYPING: ReadonlySet<Place> = new Set<Place>(['filter', 'search', 'palette', 'plan', 'silence']);

/** Every mistake in a person's choice of keys. */
export function keyProblems(own: OwnKeys): readonly KeyProblem[] {
  const entries = Object.entries(own);
  const meanings = entries.flatMap(([action, name]) => meaningProblem(action, name));
  return meanings.length > 0 ? meanings : entries.flatMap(([action, name]) => conflict(own, action, name));
}

/** The names of all actions that may have another key, in the order of the listing. */
export function knownActions(): readonly string[] {
  return [
    ...new Set(
      PLACES.flatMap((place) => KEYMAP[place].filter(isRebindable).map((binding) => actionOf(place, binding))),
    ),
  ];
}

function meaningProblem(action: string, name: string): readonly KeyProblem[] {
  const known = knownActions();
  if (!known.includes(action)) {
    return [isAction(action) ? { type: 'fixed', name: action } : { type: 'unknown_action', name: action, known }];
  }
  if (!isKey(name)) return [{ type: 'unknown_key', action, name }];
  const [place] = action.split('.');
  const isText = name === 'space' || name.length === 1;
  return isText && action.includes('.') && TYPING.has(place as Place) ? [{ type: 'is_text', action, name }] : [];
}

function isAction(name: string): boolean {
  return PLACES.some((place) => KEYMAP[place].some((binding) => actionOf(place, binding) === name));
}

// Within one place a key has one meaning.
function conflict(own: OwnKeys, action: string, name: string): readonly KeyProblem[] {
  for (const place of PLACES) {
    const bindings = KEYMAP[place];
    const mine = bindings.findIndex((binding) => isRebindable(binding) && actionOf(place, binding) === action);
    if (mine === -1) continue;
    const taken = boundBy(own, place, bindings).findIndex(({ keys }, at) => at !== mine && keys.includes(name));
    const other = bindings[taken];
    if (other) return [{ type: 'taken', action, name, by: actionOf(place, other) }];
  }
  return [];
}

function isKey(name: string): boolean {
  return NAMES.has(name) || /^(?:ctrl|alt)-[a-z]$/.test(name) || /^[\u0021-\u007e]$/.test(name);
}
