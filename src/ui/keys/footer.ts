import { illSources } from '../derive/sources.ts';
import { bindingsOf, hintOf, keyLabel, placeOfKeys } from '../keymap.ts';
import type { KeyHint } from '../panes/props.ts';
import type { Theme } from '../theme.ts';
import type { Binding, Context } from './types.ts';

/** What stays in the footer however narrow it is. */
const KEPT: ReadonlySet<string> = new Set(['help', 'quit', 'back', 'cancel']);
/** What leads to everything that has no room, and the act that this is about: before all the rest. */
const EARLY: ReadonlySet<string> = new Set(['checkpoint', 'filter', 'commands', 'resolve', 'sources']);

/** What the footer shows: the keys of where we are, each with what it would do if pressed now. */
export function footerHints(
  context: Context,
  { ascii }: Theme,
): { readonly hints: readonly KeyHint[]; readonly keep: readonly KeyHint[] } {
  const place = placeOfKeys(context.view);
  const bindings = bindingsOf(place, context.view.keys).filter(
    (binding) => binding.footer === true && isWorthShowing(binding, context),
  );
  const isKept = ({ label }: Binding): boolean => KEPT.has(label);
  const hint = (binding: Binding): KeyHint => keyHint(binding, context, ascii);
  return {
    hints: [
      ...bindings.filter((binding) => !isKept(binding) && isUrgent(binding)),
      ...bindings.filter((binding) => !isKept(binding) && !isUrgent(binding)),
    ].map(hint),
    keep: bindings.filter(isKept).map(hint),
  };
}

// Veto and fire are there only while something is held, and then they come first.
function isUrgent({ label }: Binding): boolean {
  return label === 'veto' || label === 'fire';
}

function isWorthShowing(binding: Binding, context: Context): boolean {
  // While all is well, nobody needs to be led there.
  if (binding.label === 'sources') return illSources(context.shown.view).length > 0;
  if (hintOf(binding, context).can) return true;
  return binding.kind === 'act' && !context.live.readOnly && binding.label === 'checkpoint';
}

function keyHint(binding: Binding, context: Context, ascii: boolean): KeyHint {
  const { label } = binding;
  const hint = hintOf(binding, context);
  const known = { key: keyLabel(binding.keys[0] ?? '', ascii), isEarly: isUrgent(binding) || EARLY.has(label) };
  if (!hint.can) return { ...known, label: `${label}: ${hint.why}`, brief: label, enabled: false };
  return { ...known, label: joined(label, hint.says), brief: joined(label, hint.brief), enabled: true };
}

function joined(label: string, more: string): string {
  return more === '' ? label : `${label} ${more}`;
}
