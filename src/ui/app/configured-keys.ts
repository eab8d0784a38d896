import { VIEWS } from './views.ts';
import { FORMER_NAMES, KEY_CONTEXTS, actionOf, boundBy, isOfPanes, isRebindable } from './keymap.ts';
import { keyLabel } from './key-context.ts';
import { KEY_GROUPS } from './help.ts';
import type { OwnKeys } from './state.ts';
import type { KeyContext } from './bindings.ts';

/** One line of the listing of keys. */
export type ListedKey = {
  /** The context in which the key works; keys that work everywhere are listed with the panes. */
  readonly place: string;
  readonly group: string;
  readonly action: string;
  readonly keys: readonly string[];
  readonly help: string;
};

/** All keys by context, those over the panes first, in the order of the help, with the names of their actions. */
export function listKeys(own: OwnKeys): readonly ListedKey[] {
  return KEY_CONTEXTS.flatMap((keyContext) => keysOf(keyContext, own));
}

function keysOf(keyContext: KeyContext, own: OwnKeys): readonly ListedKey[] {
  const bound = boundBy(own, keyContext, VIEWS[keyContext].bindings);
  const listed = VIEWS[keyContext].bindings.map((binding, at) => ({ binding, keys: bound[at]?.keys ?? binding.keys }));
  return KEY_GROUPS.flatMap(({ kind, title }) =>
    listed
      .filter(({ binding }) => binding.kind === kind && (keyContext === 'panes' || !isOfPanes(binding)))
      .map(({ binding, keys }) => ({
        place: VIEWS[keyContext].title,
        group: title,
        action: actionOf(keyContext, binding),
        keys: keys.map((key) => keyLabel(key, true)),
        help: binding.help,
      })),
  );
}

/** The problems of the keys that a person chose: `name` is the action or key that has no meaning or has two. */
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

/** The contexts in which characters are text, at least at times. */
const TYPING: ReadonlySet<KeyContext> = new Set<KeyContext>(['filter', 'search', 'palette', 'plan', 'silence']);

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
      KEY_CONTEXTS.flatMap((keyContext) =>
        VIEWS[keyContext].bindings.filter(isRebindable).map((binding) => actionOf(keyContext, binding)),
      ),
    ),
  ];
}

function meaningProblem(action: string, name: string): readonly KeyProblem[] {
  const known = knownActions();
  if (!known.includes(action) && FORMER_NAMES[action] === undefined) {
    return [isAction(action) ? { type: 'fixed', name: action } : { type: 'unknown_action', name: action, known }];
  }
  if (!isKey(name)) return [{ type: 'unknown_key', action, name }];
  const [prefix] = action.split('.');
  const isText = name === 'space' || name.length === 1;
  return isText && action.includes('.') && TYPING.has(prefix as KeyContext) ? [{ type: 'is_text', action, name }] : [];
}

function isAction(name: string): boolean {
  return KEY_CONTEXTS.some((keyContext) =>
    VIEWS[keyContext].bindings.some((binding) => actionOf(keyContext, binding) === name),
  );
}

// Within one context a key has one meaning.
function conflict(own: OwnKeys, action: string, name: string): readonly KeyProblem[] {
  for (const keyContext of KEY_CONTEXTS) {
    const bindings = VIEWS[keyContext].bindings;
    const wanted = FORMER_NAMES[action] ?? action;
    const mine = bindings.findIndex((binding) => isRebindable(binding) && actionOf(keyContext, binding) === wanted);
    if (mine === -1) continue;
    if (bindings[mine]?.yields === true) continue;
    const taken = boundBy(own, keyContext, bindings).findIndex(
      ({ keys, yields }, at) => at !== mine && yields !== true && keys.includes(name),
    );
    const other = bindings[taken];
    if (other) return [{ type: 'taken', action, name, by: actionOf(keyContext, other) }];
  }
  return [];
}

function isKey(name: string): boolean {
  return NAMES.has(name) || /^(?:ctrl|alt)-[a-z]$/.test(name) || /^[\u0021-\u007e]$/.test(name);
}
