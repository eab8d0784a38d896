import { wordCause, wordMatcher } from '../../../wording/fates.ts';
import type { FateName, Matcher, Silence } from '../../../core/signals.ts';
import { HOUR_MS, type Ms } from '../../../core/units.ts';
import { type Line, cell, ofRow, span } from '../../render/line.ts';
import { clock, count, counted, left, timeOfDay } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import { countOf, nothingMatches, orderNote } from '../../app/list-notes.ts';
import { matches } from '../../../core/reactor/silences/silences.ts';
import type { SilenceView } from '../../../core/reactor/silences/view.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../../render/frame.ts';
import { chosenOrder, listState } from '../../app/list.ts';
import { SILENCES } from './list.ts';
import { DIALOG_INNER, type Sheet, boxed, dialog, pageOfBox } from '../../widgets/dialog.ts';
import { windowStart, outside } from '../../widgets/list.ts';
import { nowOf } from '../../app/frozen.ts';
import type { SeenHold, SilenceForm, SilenceScope } from './form.ts';
import { chosenSign, describedForm, lengthLine, nameOfField, reasonLine } from '../../widgets/scope-form-lines.ts';
import { chosenScope, endOf } from '../../widgets/scope-form.ts';
import { shortName } from '../workspaces/names.ts';
import type { EngineView } from '../../../engine/types.ts';

/** Cells of the numbers behind a scope. */
const NUMBER_WIDTHS = { hour: 5, now: 6 } as const;
/** The name of the first number reaches over the scopes. */
const LAST_HOUR = 'LAST HOUR';

/** Returns the form that creates a silence: what, how long, why, and what it would stop now. */
export function silenceSheet(form: SilenceForm, view: EngineView, now: Ms, size: Size, theme: Theme): Sheet {
  const { glyphs } = theme;
  const end = endOf(form, now);
  const scope = chosenScope(form);
  const room = DIALOG_INNER - NUMBER_WIDTHS.hour - NUMBER_WIDTHS.now - 1;
  const scopes = form.scopes.map(({ label, matcher }, at): Line => {
    const { hour, waiting } = countsOf(matcher, view, now);
    return [
      cell(` ${at === form.scope ? chosenSign(theme) : '( )'} ${label}`, room, { glyphs }),
      cell(count(hour), NUMBER_WIDTHS.hour, { glyphs, align: 'start' }),
      cell(count(waiting), NUMBER_WIDTHS.now, { glyphs, align: 'start' }),
    ];
  });
  const head: Line = [
    cell('     NO CHECKPOINT FOR', room - LAST_HOUR.length + NUMBER_WIDTHS.hour, { glyphs, tone: 'dim' }),
    span(LAST_HOUR, 'dim'),
    cell('NOW', NUMBER_WIDTHS.now, { glyphs, tone: 'dim', align: 'start' }),
  ];
  return dialog({
    title: 'Silence',
    footLeft: scope === null || end === null ? 'Enter silence' : `Enter silence until ${end}`,
    foot: `Tab next field ${glyphs.dot} Esc cancel`,
    lines: [
      [],
      head,
      ...scopes,
      [],
      [nameOfField(form, 'duration', 'how long', theme), ...lengthLine(form, theme)],
      [nameOfField(form, 'reason', 'reason', theme), reasonLine(form, theme)],
      [],
      ...noteLines(form, scope, view, now, theme),
    ],
    selected: form.field === 'scope' && form.scope !== null ? 2 + form.scope : -1,
    size,
    theme,
  });
}

// What is wrong, else what the silence would stop that counts down now, and what it does not do.
function noteLines(
  form: SilenceForm,
  scope: SilenceScope | null,
  view: EngineView,
  now: Ms,
  { glyphs }: Theme,
): readonly Line[] {
  const stays = [span(`   The flags stay${scope === null ? '; j k choose what is silenced' : ''}.`)];
  if (form.problem !== null) return [[span(` ${glyphs.failed} ${form.problem}`, 'critical')], stays];
  const over = form.holds.flatMap((hold) => overLines(hold, view, now));
  const stopped = scope === null ? [] : stoppedLines(scope.matcher, view, now);
  const notes = [...stopped, ...over].slice(0, MAX_NOTES);
  return [...notes.map((text): Line => [span(` ${glyphs.advisory} `, 'warning'), span(text)]), stays];
}

/** Notes that fit. */
const MAX_NOTES = 3;

/** The fates of signals that no silence would have changed: nothing was to be done about them. */
const HARMLESS: ReadonlySet<FateName> = new Set(['flagged', 'ignored', 'no_workspace', 'historical']);

/** Counts what a silence would have held back in the last hour, and what of it still waits. */
function countsOf(
  matcher: Matcher,
  { signals }: EngineView,
  now: Ms,
): { readonly hour: number; readonly waiting: number } {
  const covered = signals.filter(
    ({ signal, fate }) => !signal.historical && matches(matcher, signal) && !(fate !== null && HARMLESS.has(fate.kind)),
  );
  return {
    hour: covered.filter(({ signal }) => now - signal.at <= HOUR_MS).length,
    waiting: covered.filter(({ fate }) => fate === null || !fate.settled).length,
  };
}

function stoppedLines(matcher: Matcher, view: EngineView, now: Ms): readonly string[] {
  return view.workspaces.flatMap(({ path, hold, waiting }) => {
    if (hold === null) return [];
    const ids = new Set(waiting);
    const held = view.signals.filter(({ signal }) => ids.has(signal.signalId));
    const covered = held.filter(({ signal }) => matches(matcher, signal));
    const what = `the checkpoint that fires in ${left(hold.endsAt, now)} in ${shortName(path, view)}`;
    if (covered.length === 0) return [];
    if (covered.length === held.length) return [`This also stops ${what}.`];
    return [`${covered.length} of ${held.length} signals leave ${what}.`];
  });
}

// A hold that ended while the form was open: Enter no longer touches it.
function overLines({ workspace, startedMono, endsAt }: SeenHold, view: EngineView, now: Ms): readonly string[] {
  const one = view.workspaces.find(({ path }) => path === workspace);
  if (one === undefined || one.hold?.startedMono === startedMono) return [];
  const name = shortName(workspace, view);
  return [now >= endsAt ? `${name} fired at ${clock(endsAt)}.` : `${name} is not held any more.`];
}

/** Returns the list of active silences. */
export function silencesSheet(context: Context, size: Size, theme: Theme): Sheet {
  const { shown, view } = context;
  const silences = SILENCES.rows(shown);
  const selected = context.selected.silence;
  const filter = SILENCES.filter(shown);
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
      ? nothing.map((text): Line => [span(text, 'dim')])
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

function silenceLine(
  { matcher, endsAt, heldBack, reason, createdBy }: Silence,
  selected: boolean,
  now: Ms,
  { glyphs }: Theme,
): Line {
  const tone = selected ? 'strong' : 'plain';
  return [
    cell(` ${wordMatcher(matcher)}`, 40, { glyphs, tone }),
    cell(` ${left(endsAt, now)} left`, 17, { glyphs, tone }),
    cell(` held back ${heldBack}`, 15, { glyphs, tone: 'dim' }),
    span(` by ${createdBy}${reason === null ? '' : `: ${reason}`}`, 'dim'),
  ];
}

/** Most signals listed for one silence. */
const MAX_NAMED = 5;

/** Returns what a silence held back: the count of avoided checkpoints and the latest signals. */
export function heldBackLines({ withheld, wouldHaveFired, silence }: SilenceView, view: EngineView): readonly Line[] {
  if (silence.heldBack === 0) return [[span('nothing held back so far', 'dim')]];
  const times = counted(wouldHaveFired, 'time');
  const head = `held back ${counted(silence.heldBack, 'signal')}: would have fired ${times}`;
  const named = withheld.slice(0, MAX_NAMED).flatMap((id) => {
    const record = view.signals.find(({ signal }) => signal.signalId === id);
    if (record === undefined) return [];
    const { at, type: signal, agent, cause } = record.signal;
    return [[span(`${timeOfDay(at, view.at)} ${signal} ${agent ?? ''}`), span(` ${wordCause(cause)}`, 'dim')]];
  });
  const more = silence.heldBack - named.length;
  return [
    [span(head, 'warning')],
    ...named,
    ...(more > 0 ? [[span(`and ${counted(more, 'earlier one')}`, 'dim')]] : []),
  ];
}

/** Describes the form that creates a silence. */
export function describeSilenceForm(form: SilenceForm, view: EngineView, now: Ms): string {
  const { scope: label, duration, reason, problem } = describedForm(form);
  const scope = chosenScope(form);
  const stopped = scope === null ? [] : stoppedLines(scope.matcher, view, now);
  const all = [`silence ${label}; duration ${duration}; reason ${reason}`, ...stopped].join('; ');
  return `${problem}${all}; at ${form.field}; enter creates, escape cancels, tab goes to the next field, up and down choose what, left and right how long`;
}

/** Describes the selected silence. */
export function describeSilences(context: Context): string {
  const { silence } = context.selected;
  if (silence === null) return 'no active silence; escape closes the list';
  const rows = SILENCES.rows(context.shown);
  const { matcher, endsAt, heldBack } = silence;
  return `silence ${rows.indexOf(silence) + 1} of ${rows.length}: ${wordMatcher(matcher)}, ${left(endsAt, context.view.now)} left, held back ${heldBack}; u ends it, plus extends it, escape closes the list`;
}
