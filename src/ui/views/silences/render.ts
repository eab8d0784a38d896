import type { Silence } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import { type Line, cell, ofRow, say } from '../../render/line.ts';
import { counted, left, timeOfDay } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import { countOf, nothingMatches, orderNote, outside } from '../../widgets/list-notes.ts';
import { type SilenceView, covers } from '../../../core/reactor/silences/view.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../../app/layout.ts';
import { chosenOrder, filterOf, listState } from '../../app/list.ts';
import { SILENCES } from './list.ts';
import { type Sheet, boxed, pageOfBox } from '../../widgets/dialog.ts';
import { windowStart } from '../../widgets/list.ts';
import { nowOf } from '../../app/frozen.ts';
import { SILENCE_PRESETS, type SilenceField, type SilenceForm } from './form.ts';
import type { EngineView } from '../../../engine/types.ts';
import { wordCause } from '../../../wording/fates.ts';

const LABEL_WIDTH = 10;
const TEXT_WIDTH = 46;

/** Returns the form that creates a silence. */
export function silenceSheet(form: SilenceForm, size: Size, theme: Theme): Sheet {
  const scope = form.scopes[form.scope]?.label ?? '';
  const lines: Line[] = [
    field(form, 'scope', `${form.scope + 1}/${form.scopes.length} ${scope}`, theme),
    field(form, 'duration', durations(form), theme),
    field(form, 'reason', `${form.reason}${form.field === 'reason' ? '_' : ''}`, theme),
    [],
    [
      say(
        form.problem ?? 'matching signals get no checkpoint until it ends',
        form.problem === null ? 'dim' : 'critical',
      ),
    ],
  ];
  const foot = 'Enter creates, Esc cancels, Tab next field, arrows choose';
  return boxed({ title: 'Silence', foot, lines, size, theme });
}

/** Returns the list of active silences. */
export function silencesSheet(context: Context, size: Size, theme: Theme): Sheet {
  const { shown, view } = context;
  const silences = SILENCES.rows(shown);
  const selected = context.selected.silence;
  const filter = filterOf(view, SILENCES.name);
  const room = pageOfBox(size);
  const index = selected === null ? -1 : silences.indexOf(selected);
  const start = windowStart(index, {
    count: silences.length,
    offset: listState(view, SILENCES.name).offset,
    height: room,
  });
  const rows = silences.slice(start, start + room);
  const nothing = nothingMatches(filter) ?? [
    view.frozen === null ? 'no active silence' : 'no silence was active when the screen was frozen; space resumes it',
  ];
  const lines =
    rows.length === 0
      ? nothing.map((text): Line => [say(text, 'dim')])
      : rows.flatMap((silence) => ofRow(silence.id, [silenceLine(silence, silence === selected, nowOf(view), theme)]));
  const note = orderNote({ filter, order: chosenOrder(SILENCES, view) });
  return boxed({
    title: `Silences ${countOf(silences.length, shown.view.silences.length)}`,
    right: note,
    foot: [
      outside(start, silences.length - start - rows.length, theme),
      'u ends the selected one, + adds 15 min, Esc closes',
    ]
      .filter(Boolean)
      .join('  '),
    lines: [...lines, ...withheldLines(context, selected)],
    selected: index === -1 ? -1 : index - start,
    size,
    theme,
  });
}

function withheldLines({ queries, shown }: Context, selected: Silence | null): readonly Line[] {
  const held = queries.silences().find(({ silence }) => silence.id === selected?.id);
  return held === undefined ? [] : [[], ...heldBackLines(held, shown.view)];
}

function field(form: SilenceForm, name: SilenceField, text: string, { glyphs }: Theme): Line {
  const on = form.field === name;
  const label = cell(`${on ? glyphs.selected : ' '} ${name}`, LABEL_WIDTH + 2, { glyphs, tone: on ? 'accent' : 'dim' });
  return [label, cell(text, TEXT_WIDTH, { glyphs, tone: on ? 'strong' : 'plain' })];
}

function durations({ preset, customDuration, field: on }: SilenceForm): string {
  const own = `custom: ${customDuration}${on === 'duration' && preset === SILENCE_PRESETS.length ? '_' : ''}`;
  return [...SILENCE_PRESETS.map(({ label }) => label), own]
    .map((label, position) => (position === preset ? `[${label}]` : ` ${label} `))
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
    cell(` ${covers(matcher)}`, 40, { glyphs, tone }),
    cell(` ${left(endsAt, now)} left`, 17, { glyphs, tone }),
    cell(` held back ${heldBack}`, 15, { glyphs, tone: 'dim' }),
    say(` by ${createdBy}${reason === null ? '' : `: ${reason}`}`, 'dim'),
  ];
}

/** Most signals listed for one silence. */
const MAX_NAMED = 5;

/** Returns what a silence held back: the count of avoided checkpoints and the latest signals. */
export function heldBackLines({ withheld, wouldHaveFired, silence }: SilenceView, view: EngineView): readonly Line[] {
  if (silence.heldBack === 0) return [[say('nothing held back so far', 'dim')]];
  const times = counted(wouldHaveFired, 'time');
  const head = `held back ${counted(silence.heldBack, 'signal')}: would have fired ${times}`;
  const named = withheld.slice(0, MAX_NAMED).flatMap((id) => {
    const record = view.signals.find(({ signal }) => signal.signalId === id);
    if (record === undefined) return [];
    const { at, type: signal, agent, cause } = record.signal;
    return [[say(`${timeOfDay(at, view.at)} ${signal} ${agent ?? ''}`), say(` ${wordCause(cause)}`, 'dim')]];
  });
  const more = silence.heldBack - named.length;
  return [[say(head, 'warning')], ...named, ...(more > 0 ? [[say(`and ${counted(more, 'earlier one')}`, 'dim')]] : [])];
}

/** Describes the form that creates a silence. */
export function describeSilenceForm(form: SilenceForm): string {
  const { scopes, scope, preset, customDuration, reason, problem } = form;
  const values = {
    scope: `${scopes[scope]?.label ?? ''}, choice ${scope + 1} of ${scopes.length}`,
    duration: SILENCE_PRESETS[preset]?.label ?? `custom, ${customDuration || 'empty'}`,
    reason: reason || 'none',
  };
  const all = `silence ${values.scope}; duration ${values.duration}; reason ${values.reason}`;
  return `${problem === null ? '' : `${problem}; `}${all}; at ${form.field}; enter creates, escape cancels, tab goes to the next field, left and right choose`;
}

/** Describes the selected silence. */
export function describeSilences(context: Context): string {
  const { silence } = context.selected;
  if (silence === null) return 'no active silence; escape closes the list';
  const rows = SILENCES.rows(context.shown);
  const { matcher, endsAt, heldBack } = silence;
  return `silence ${rows.indexOf(silence) + 1} of ${rows.length}: ${covers(matcher)}, ${left(endsAt, context.view.now)} left, held back ${heldBack}; u ends it, plus extends it, escape closes the list`;
}
