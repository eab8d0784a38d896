import type { Silence } from '../../core/acting.ts';
import type { Ms } from '../../core/events.ts';
import { cell, type Line, say } from '../format/line.ts';
import { left } from '../format/time.ts';
import { selectedSilence } from '../keys/overlays/overlays.ts';
import type { Context } from '../keys/types.ts';
import { covers } from '../lines/reactor.ts';
import { withheldLines } from '../lines/withheld.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view/layout.ts';
import { SILENCE_PRESETS } from '../view/silence-form.ts';
import type { SilenceField, SilenceForm } from '../view/types.ts';
import { boxed, type Sheet } from './box.ts';

const LABEL_WIDTH = 10;
const TEXT_WIDTH = 46;
/** The frame, and what the selected silence held back. */
const WITHHELD_ROWS = 12;

/** The form that makes a silence. */
export function silenceSheet(form: SilenceForm, size: Size, theme: Theme): Sheet {
  const scope = form.scopes[form.scope]?.label ?? '';
  const lines: Line[] = [
    field(form, 'scope', `${form.scope + 1}/${form.scopes.length} ${scope}`, theme),
    field(form, 'duration', durations(form), theme),
    field(form, 'reason', `${form.reason}${form.field === 'reason' ? '_' : ''}`, theme),
    [],
    [
      say(
        form.problem ?? 'Matching signals get no checkpoint until it ends.',
        form.problem === null ? 'dim' : 'critical',
      ),
    ],
  ];
  const foot = 'Enter creates, Esc cancels, Tab next field, arrows choose';
  return boxed({ title: 'Silence', foot, lines, size, theme });
}

/** The silences that are on. */
export function silencesSheet(context: Context, size: Size, theme: Theme): Sheet {
  const { silences } = context.live;
  const selected = selectedSilence(context);
  const lines =
    silences.length === 0
      ? [[say('No silence is on any more.', 'dim')]]
      : silences.map((silence) => silenceLine(silence, silence === selected, context.view.now, theme));
  const room = Math.max(1, size.rows - WITHHELD_ROWS);
  const first = Math.max(0, (selected === null ? 0 : silences.indexOf(selected)) - room + 1);
  const shown = lines.slice(first, first + room);
  return boxed({
    title: 'Silences',
    foot: 'u ends the selected one, + adds 15 min, Esc closes',
    lines: [...shown, ...withheldBy(context, selected)],
    size,
    theme,
  });
}

function withheldBy({ ask, live }: Context, selected: Silence | null): readonly Line[] {
  const held = ask.silences().find(({ silence }) => silence.id === selected?.id);
  return held === undefined ? [] : [[], ...withheldLines(held, live)];
}

function field(form: SilenceForm, name: SilenceField, text: string, { glyphs }: Theme): Line {
  const on = form.field === name;
  const label = cell(`${on ? glyphs.selected : ' '} ${name}`, LABEL_WIDTH + 2, { glyphs, tone: on ? 'accent' : 'dim' });
  return [label, cell(text, TEXT_WIDTH, { glyphs, tone: on ? 'strong' : 'plain' })];
}

function durations({ preset, ownDuration, field: on }: SilenceForm): string {
  const own = `own: ${ownDuration}${on === 'duration' && preset === SILENCE_PRESETS.length ? '_' : ''}`;
  return [...SILENCE_PRESETS.map(({ label }) => label), own]
    .map((label, place) => (place === preset ? `[${label}]` : ` ${label} `))
    .join(' ');
}

function silenceLine(
  { matcher, endsAt, heldBack, reason, createdBy }: Silence,
  selected: boolean,
  now: Ms,
  { glyphs }: Theme,
): Line {
  const tone = selected ? 'strong' : 'plain';
  return [
    cell(`${selected ? glyphs.selected : ' '} ${covers(matcher)}`, 40, { glyphs, tone }),
    cell(` ${left(endsAt, now)} left`, 17, { glyphs, tone }),
    cell(` held back ${heldBack}`, 15, { glyphs, tone: 'dim' }),
    say(` by ${createdBy}${reason === null ? '' : `: ${reason}`}`, 'dim'),
  ];
}
