import { VIEWS, readerOf } from './views.ts';
import type { ScreenAction, Binding, KeyContext } from './bindings.ts';
import { editedList } from './list.ts';
import type { OwnKeys, ViewState } from './state.ts';
import type { View } from './view.ts';

/** Every context that has keys, the panes first. */
export const KEY_CONTEXTS = Object.keys(VIEWS) as readonly KeyContext[];

/** Returns the receiver of keys. */
export function keyContextOf(view: ViewState): KeyContext {
  if (editedList(view) !== null) return 'filter';
  if (readerOf(view)?.reading.search.editing === true) return 'search';
  return view.overlay.type === 'none' ? 'panes' : view.overlay.type;
}

/** Returns what takes typed characters as text; null where they are keys. */
export function typingIn(view: ViewState): ((text: string) => readonly ScreenAction[]) | null {
  const row: View = VIEWS[keyContextOf(view)];
  return row.typing?.(view) ?? null;
}

const known = new WeakMap<OwnKeys, Map<KeyContext, readonly Binding[]>>();

/** The keys of a context; a user may have chosen others than the usual ones. */
export function bindingsOf(keyContext: KeyContext, own: OwnKeys): readonly Binding[] {
  const contexts = known.get(own) ?? new Map<KeyContext, readonly Binding[]>();
  known.set(own, contexts);
  const bindings = contexts.get(keyContext) ?? boundBy(own, keyContext, VIEWS[keyContext].bindings);
  contexts.set(keyContext, bindings);
  return bindings;
}

/** The binding of a key in a context; undefined where it does nothing. */
export function bindingOf(keyContext: KeyContext, key: string, own: OwnKeys): Binding | undefined {
  return bindingsOf(keyContext, own).find(({ keys }) => keys.includes(key));
}

/** True for what neither a paste nor type-ahead may trigger: it acts on the engine or leaves the screen. */
export function isGuarded({ kind, keys, guarded = false }: Binding): boolean {
  return guarded || ((kind === 'act' || kind === 'leave') && !keys.includes('ctrl-c'));
}

/** Keys that stay what they are, so that one can always leave and find help. */
const FIXED: ReadonlySet<string> = new Set(['ctrl-c', 'escape', 'enter', '?']);

/** The name of what a binding does, as the configuration calls it: `checkpoint`; of what lies over the panes `policy.change`. */
export function actionOf(keyContext: KeyContext, binding: Binding): string {
  const { id } = binding;
  return keyContext === 'panes' || isOfPanes(binding) ? id : `${keyContext}.${id}`;
}

/** True for a binding that the panes have, too; a view may have it under fewer keys. */
export function isOfPanes({ id, run }: Binding): boolean {
  return VIEWS.panes.bindings.some((one) => one.id === id && one.run === run);
}

/** The bindings of a context with the user's keys: such a key replaces all the usual ones but the fixed ones. */
export function boundBy(own: OwnKeys, keyContext: KeyContext, bindings: readonly Binding[]): readonly Binding[] {
  return bindings.map((binding) => {
    const key = isRebindable(binding) ? keyFor(own, actionOf(keyContext, binding)) : undefined;
    return key === undefined ? binding : { ...binding, keys: [key, ...binding.keys.filter((one) => FIXED.has(one))] };
  });
}

/** Former names of actions, which configurations may still use. */
export const FORMER_NAMES: Readonly<Record<string, string>> = { reactor: 'automation' };

function keyFor(own: OwnKeys, action: string): string | undefined {
  const former = Object.keys(FORMER_NAMES).find((name) => FORMER_NAMES[name] === action);
  return own[action] ?? (former === undefined ? undefined : own[former]);
}

/** Returns true if a person may give it another key. */
export function isRebindable({ keys }: Binding): boolean {
  return keys.length === 0 || keys.some((key) => !FIXED.has(key));
}
