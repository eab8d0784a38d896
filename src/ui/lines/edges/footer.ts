import { type Line, lineWidth, say, type Segment, spread } from '../../format/line.ts';
import type { FooterProps, KeyHint } from '../../panes/props.ts';

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
