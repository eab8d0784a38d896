import { bindingOf, isGuarded, keyContextOf, typingIn } from '../keymap.ts';
import { availabilityOf, keyLabel } from '../key-context.ts';
import { HELP } from '../keys/beside.ts';
import { type Action, type Context, type KeyContext, viewAction } from '../bindings.ts';
import type { ViewState } from '../state.ts';
import type { View } from '../view.ts';
import { VIEWS } from '../views.ts';
import { typedBy } from './key-names.ts';

/** Characters of a chunk that are shown when it is ignored. */
const SHOWN = 20;

/** What one key does; a key that does nothing says why. */
export function press(key: string, context: Context): readonly Action[] {
  const text = typedBy(key);
  const typing = text === null ? null : typingIn(context.view);
  if (typing !== null && text !== null) return typing(text);
  const place = keyContextOf(context.view);
  const binding = bindingOf(place, key, context.view.keys);
  if (binding === undefined) return refuse(unknown(key, place));
  const hint = availabilityOf(binding, context);
  return hint.enabled ? binding.run(context) : refuse(hint.reason);
}

/** Whether a key would have the engine do something now, not only open what asks first. */
export function actsAtOnce(key: string, context: Context): boolean {
  const { view } = context;
  if (typingIn(view) !== null && typedBy(key) !== null) return false;
  const binding = bindingOf(keyContextOf(view), key, view.keys);
  if (binding === undefined || !isGuarded(binding) || binding.kind === 'leave') return false;
  return press(key, context).some(({ type }) => type !== 'view');
}

/**
 * Keys that were read in one go: typed ahead, or pasted into a terminal that does not mark pastes. Movement and text go
 * through; what acts does not, and what looks like text triggers nothing at all. `runActions` runs each key's actions before
 * the next is looked at.
 */
export function pressMany(
  keys: readonly string[],
  now: (key: string) => Context,
  runActions: (actions: readonly Action[]) => void,
): void {
  const [first] = keys;
  if (keys.length === 1 && first !== undefined) return runActions(press(first, now(first)));
  const { view: before } = now('');
  if (typingIn(before) === null && looksLikeText(keys, before)) return runActions(refuse(ignored(keys)));
  const skipped: string[] = [];
  for (const key of keys) {
    const context = now(key);
    const { view } = context;
    const binding =
      typingIn(view) !== null && typedBy(key) !== null ? undefined : bindingOf(keyContextOf(view), key, view.keys);
    if (binding && isGuarded(binding)) skipped.push(key);
    else runActions(press(key, context));
  }
  if (skipped.length > 0) runActions(refuse(ignored(skipped)));
}

/** Pasted text goes where text is typed, as one line; elsewhere it triggers nothing. */
export function paste(text: string, { view }: Context): readonly Action[] {
  return typingIn(view)?.(text) ?? refuse('pasted text triggers nothing here; press / to filter by it');
}

// Up to a `/`, behind which everything is text, every key must mean something.
function looksLikeText(keys: readonly string[], view: ViewState): boolean {
  const place = keyContextOf(view);
  const slash = beginsText(place, view) ? keys.indexOf('/') : -1;
  const before = slash === -1 ? keys : keys.slice(0, slash);
  return before.some((key) => bindingOf(place, key, view.keys) === undefined);
}

function beginsText(place: KeyContext, { keys }: ViewState): boolean {
  const id = bindingOf(place, '/', keys)?.id;
  return id === 'filter' || id === 'search';
}

function ignored(keys: readonly string[]): string {
  const shown = keys.slice(0, SHOWN).map((key) => typedBy(key) ?? keyLabel(key));
  const text = shown.join('') + (keys.length > SHOWN ? '…' : '');
  return `ignored "${text}", it came in one go: pasted text triggers nothing, press keys one at a time`;
}

function unknown(key: string, place: KeyContext): string {
  const label = keyLabel(key);
  if (place === 'panes') return `${label} does nothing here; ? shows the keys`;
  const { isQuestion = false, bindings }: View = VIEWS[place];
  if (isQuestion) return `${label} is no answer: y does it, n leaves it`;
  const help = bindings.some(({ id }) => id === HELP.id) ? ', ? shows the keys' : '';
  return `${label} does nothing here; Esc goes back${help}`;
}

function refuse(why: string): readonly Action[] {
  return viewAction({ type: 'toast', text: why, kind: 'refused' });
}
