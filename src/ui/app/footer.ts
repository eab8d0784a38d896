import { illSources } from '../views/sources/rows.ts';
import { bindingsOf } from './keymap.ts';
import { availabilityOf, keyContextOf, keyLabel } from './key-context.ts';
import type { FooterProps, KeyHint } from './pane-props.ts';
import type { Theme } from '../render/theme.ts';
import type { Binding, Context } from './bindings.ts';
import { takeOverTarget } from './keys/acting.ts';
import { type Line, type Segment, lineWidth, say, spread } from '../render/line.ts';

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
const EARLY_THERE: ReadonlySet<string> = new Set(['diff', 'roll-back', 'checkpoint', ...WAYS]);

/** What the footer shows: the keys of where we are, each with what it would do if pressed now. */
export function footerHints(
  context: Context,
  { ascii }: Theme,
): { readonly hints: readonly KeyHint[]; readonly keep: readonly KeyHint[] } {
  const place = keyContextOf(context.view);
  const bindings = bindingsOf(place, context.view.keys).filter(
    (binding) => binding.footer === true && isWorthShowing(binding, context),
  );
  // Veto and fire are there only while something is held, and then they come first.
  const urgent = bindings.filter(({ id }) => URGENT.has(id));
  const others = bindings.filter(({ id }) => !URGENT.has(id) && !KEPT.has(id));
  const isOrphaned = others.some(({ label }) => label === TAKE_OVER);
  const usual = place === 'checkpoints' ? EARLY_THERE : EARLY;
  const urgentOnes = [...URGENT, ...(isOrphaned ? [TAKE_OVER] : []), ...WAYS];
  const early = urgent.length === 0 && !isOrphaned ? usual : new Set(urgentOnes);
  const hint = (binding: Binding): KeyHint => ({
    ...keyHint(binding, context, ascii),
    isEarly: early.has(binding.id),
  });
  return {
    hints: [...urgent, ...others].map(hint),
    keep: bindings.filter(({ id }) => KEPT.has(id)).map(hint),
  };
}

function isWorthShowing(binding: Binding, context: Context): boolean {
  // While all is well, nobody needs to be led there.
  if (binding.id === 'sources') return illSources(context.shown.view).length > 0;
  // While its engine acts, there is nothing to take over.
  if (binding.label === TAKE_OVER) return takeOverTarget(context)?.lock.type === 'gone';
  if (availabilityOf(binding, context).enabled) return true;
  return binding.kind === 'act' && !context.live.readOnly && binding.id === 'checkpoint';
}

function keyHint(binding: Binding, context: Context, ascii: boolean): Omit<KeyHint, 'isEarly'> {
  const { label } = binding;
  const hint = availabilityOf(binding, context);
  const key = keyLabel(binding.keys[0] ?? '', ascii);
  if (!hint.enabled) return { key, label: `${label}: ${hint.reason}`, brief: `${label}: not now`, enabled: false };
  return { key, label: joined(label, hint.preview), brief: joined(label, hint.brief), enabled: true };
}

function joined(label: string, more: string): string {
  return more === '' ? label : `${label} ${more}`;
}

const GAP: Segment = say('  ');
/** A blank at each end, and two between the keys of the place and those that are always there. */
const MARGINS = 4;

/** The keys of the focused place with what each would do now. */
export function footerLine({ width, theme, hints, keep }: FooterProps): Line {
  const right = withGaps(keep.map((hint) => hintLine(hint, hint.label)));
  const room = width - lineWidth(right) - MARGINS;
  const labels = fitting(
    hints.filter(({ isEarly }) => isEarly),
    room,
  );
  const rest = room - widthOfAll(labels);
  const late = hints.filter(({ isEarly }) => !isEarly);
  for (const [hint, label] of fitting(late, labels.size === 0 ? rest : rest - lineWidth([GAP])))
    labels.set(hint, label);
  const left = hints.flatMap((hint) => {
    const label = labels.get(hint);
    return label === undefined ? [] : [hintLine(hint, label)];
  });
  return spread([say(' '), ...withGaps(left)], [...right, say(' ')], width, theme.glyphs);
}

type Labels = Map<KeyHint, string>;

// As many in brief as there is room for; then, from the first on, in full.
function fitting(hints: readonly KeyHint[], room: number): Labels {
  const labels: Labels = new Map();
  for (const label of ['brief', 'label'] as const) {
    for (const hint of hints) {
      if (label === 'label' && !labels.has(hint)) continue;
      const wished: Labels = new Map([...labels, [hint, hint[label]]]);
      if (widthOfAll(wished) <= room) labels.set(hint, hint[label]);
    }
  }
  return labels;
}

function widthOfAll(labels: Labels): number {
  return lineWidth(withGaps([...labels].map(([hint, label]) => hintLine(hint, label))));
}

function withGaps(parts: readonly Line[]): Line {
  return parts.flatMap((part, at) => (at === 0 ? part : [GAP, ...part]));
}

function hintLine({ key, enabled }: KeyHint, label: string): Line {
  return enabled ? [say(key, 'accent'), say(` ${label}`)] : [say(`${key} ${label}`, 'dim')];
}
