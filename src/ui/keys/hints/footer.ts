import { illSources } from '../../derive/sources.ts';
import { bindingsOf, hintOf, keyLabel, placeOfKeys } from '../../keymap.ts';
import type { KeyHint } from '../../panes/props.ts';
import type { Theme } from '../../theme.ts';
import type { Binding, Context } from '../types.ts';
import { takeOverTarget } from './hints.ts';

/** What stays in the footer however narrow it is. */
const KEPT: ReadonlySet<string> = new Set(['help', 'quit', 'back', 'cancel']);
/** What decides about a checkpoint that is held. */
const URGENT: ReadonlySet<string> = new Set(['veto', 'fire']);
/** What ends a workspace's time without an engine. */
const TAKE_OVER = 'take over';
/** What leads to everything that has no room. */
const WAYS: ReadonlySet<string> = new Set(['filter', 'commands']);
/** What has its room before all the rest, unless something is held. */
const EARLY: ReadonlySet<string> = new Set(['checkpoint', ...WAYS, 'resolve', 'sources']);
/** The same among the snapshots: what one came for. */
const EARLY_THERE: ReadonlySet<string> = new Set(['diff', 'roll back', 'checkpoint', ...WAYS]);

/** What the footer shows: the keys of where we are, each with what it would do if pressed now. */
export function footerHints(
  context: Context,
  { ascii }: Theme,
): { readonly hints: readonly KeyHint[]; readonly keep: readonly KeyHint[] } {
  const place = placeOfKeys(context.view);
  const bindings = bindingsOf(place, context.view.keys).filter(
    (binding) => binding.footer === true && isWorthShowing(binding, context),
  );
  // Veto and fire are there only while something is held, and then they come first.
  const urgent = bindings.filter(({ label }) => URGENT.has(label));
  const others = bindings.filter(({ label }) => !URGENT.has(label) && !KEPT.has(label));
  const isOrphaned = others.some(({ label }) => label === TAKE_OVER);
  const usual = place === 'checkpoints' ? EARLY_THERE : EARLY;
  const urgentOnes = [...URGENT, ...(isOrphaned ? [TAKE_OVER] : []), ...WAYS];
  const early = urgent.length === 0 && !isOrphaned ? usual : new Set(urgentOnes);
  const hint = (binding: Binding): KeyHint => ({
    ...keyHint(binding, context, ascii),
    isEarly: early.has(binding.label),
  });
  return {
    hints: [...urgent, ...others].map(hint),
    keep: bindings.filter(({ label }) => KEPT.has(label)).map(hint),
  };
}

function isWorthShowing(binding: Binding, context: Context): boolean {
  // While all is well, nobody needs to be led there.
  if (binding.label === 'sources') return illSources(context.shown.view).length > 0;
  // While its engine acts, there is nothing to take over.
  if (binding.label === TAKE_OVER) return takeOverTarget(context)?.lock.type === 'gone';
  if (hintOf(binding, context).can) return true;
  return binding.kind === 'act' && !context.live.readOnly && binding.label === 'checkpoint';
}

function keyHint(binding: Binding, context: Context, ascii: boolean): Omit<KeyHint, 'isEarly'> {
  const { label } = binding;
  const hint = hintOf(binding, context);
  const key = keyLabel(binding.keys[0] ?? '', ascii);
  if (!hint.can) return { key, label: `${label}: ${hint.why}`, brief: `${label}: not now`, enabled: false };
  return { key, label: joined(label, hint.says), brief: joined(label, hint.brief), enabled: true };
}

function joined(label: string, more: string): string {
  return more === '' ? label : `${label} ${more}`;
}
