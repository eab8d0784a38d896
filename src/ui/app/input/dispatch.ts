import { bindingOf, isGuarded } from '../keymap.ts';
import { availabilityOf, keyContextOf, keyLabel, takesText } from '../key-context.ts';
import { search } from '../../widgets/reader/keys.ts';
import { typeInPalette } from '../palette/keys.ts';
import { type Action, type Context, type KeyContext, viewAction } from '../bindings.ts';
import { editedList } from '../list.ts';
import type { ViewState } from '../state.ts';
import { typedBy } from './key-names.ts';

/** Characters of a chunk that are shown when it is ignored. */
const SHOWN = 20;

/** What one key does; a key that does nothing says why. */
export function press(key: string, context: Context): readonly Action[] {
  const text = takesText(context.view) ? typedBy(key) : null;
  if (text !== null) return write(context.view, text);
  const place = keyContextOf(context.view);
  const binding = bindingOf(place, key, context.view.keys);
  if (binding === undefined) return refuse(unknown(key, place));
  const hint = availabilityOf(binding, context);
  return hint.enabled ? binding.run(context) : refuse(hint.reason);
}

/** Whether a key would have the engine do something now, not only open what asks first. */
export function actsAtOnce(key: string, context: Context): boolean {
  const { view } = context;
  if (takesText(view) && typedBy(key) !== null) return false;
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
  if (!takesText(before) && looksLikeText(keys, before)) return runActions(refuse(ignored(keys)));
  const skipped: string[] = [];
  for (const key of keys) {
    const context = now(key);
    const { view } = context;
    const binding =
      takesText(view) && typedBy(key) !== null ? undefined : bindingOf(keyContextOf(view), key, view.keys);
    if (binding && isGuarded(binding)) skipped.push(key);
    else runActions(press(key, context));
  }
  if (skipped.length > 0) runActions(refuse(ignored(skipped)));
}

/** Pasted text goes where text is typed, as one line; elsewhere it triggers nothing. */
export function paste(text: string, { view }: Context): readonly Action[] {
  if (takesText(view)) return write(view, text);
  return refuse('pasted text triggers nothing here; press / to filter by it');
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
  switch (place) {
    case 'panes':
      return `${label} does nothing here; ? shows the keys`;
    case 'confirm':
    case 'quit':
      return `${label} is no answer: y does it, n leaves it`;
    case 'filter':
    case 'help':
    case 'palette':
    case 'silence':
    case 'search':
    case 'plan':
    case 'mode':
      return `${label} does nothing here; Esc goes back`;
    case 'log':
    case 'holds':
    case 'silences':
    case 'policy':
    case 'diff':
    case 'sources':
    case 'checkpoints':
    case 'detail':
      return `${label} does nothing here; Esc goes back, ? shows the keys`;
  }
}

function write(view: ViewState, text: string): readonly Action[] {
  if (editedList(view) !== null) return viewAction({ type: 'filter', change: { type: 'text', text } });
  if (view.overlay.type === 'palette') return typeInPalette(view.overlay, text);
  if (view.overlay.type === 'plan') return viewAction({ type: 'plan', change: { type: 'text', text } });
  if (view.overlay.type === 'detail' || view.overlay.type === 'diff') return search({ view }, { type: 'text', text });
  return viewAction({ type: 'form', change: { type: 'text', text } });
}

function refuse(why: string): readonly Action[] {
  return viewAction({ type: 'toast', text: why, kind: 'refused' });
}
