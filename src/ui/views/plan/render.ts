import { wordAdvice, wordEffect, wordWarning } from '../../../wording/plans.ts';
import { wordRefusal } from '../../../wording/refusals.ts';
import type { RollbackPlan } from '../../../engine/types.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, span, wrapped } from '../../render/line.ts';
import { age, counted, timeOfDay } from '../../render/values.ts';
import { clip, clipStart } from '../../render/width.ts';
import { type Sheet, bodyRows, bodySheet } from '../../widgets/dialog.ts';
import { type Theme, type Tone, themeOf } from '../../render/theme.ts';
import { toneOfDiff } from '../diff/render.ts';
import type { PlanForm } from './state.ts';

/** Lines of the preview that are shown; the diff view shows all. */
const MAX_PREVIEW = 400;
/** Listed processes. */
const MAX_NAMED = 20;
/** Most lines of one text. */
const MAX_ROWS = 8;
/** Rows of the confirmation: checkpoint first and why, the typed text, what Enter does. */
const QUESTION_ROWS = 4;

/** Returns the plan of a job and its typed confirmation. */
export function planSheet(form: PlanForm, now: number, size: Size, theme: Theme): Sheet {
  const width = size.columns - FRAME_COLUMNS;
  const body = planLines(form, width, theme);
  const { page, last } = planPages(form, size);
  const offset = Math.min(form.offset, last);
  const shown = body.slice(offset, offset + page);
  const below = Math.max(0, body.length - offset - page);
  const filled = [...shown, ...Array.from({ length: page - shown.length }, (): Line => [])];
  return bodySheet(size, {
    theme,
    title: titleOf(form, now),
    foot: below + offset === 0 ? '' : `${offset} ${theme.glyphs.up} ${below} ${theme.glyphs.down}`,
    lines: [...filled, ...confirmationLines(form, now, width, theme)],
  });
}

/** Returns the number of visible plan lines and the offset of the last page. */
export function planPages(form: PlanForm, size: Size): { readonly page: number; readonly last: number } {
  const page = Math.max(1, bodyRows(size) - QUESTION_ROWS);
  const lines = planLines(form, size.columns - FRAME_COLUMNS, PLAIN).length;
  return { page, last: Math.max(0, lines - page) };
}

/** Returns the plan as lines of text for a screen reader. */
export function planText(form: PlanForm): readonly string[] {
  return paragraphs(form).flatMap(({ text }) => (text === '' ? [] : [text]));
}

/** Glyphs take one cell in every theme, so lines wrap alike. */
const PLAIN = themeOf({ ascii: true, colour: false });

/** A paragraph: a diff line is cut, a list item is wrapped. */
type Paragraph = { readonly text: string; readonly tone: Tone; readonly shape: 'heading' | 'item' | 'cut' };

function planLines(form: PlanForm, width: number, { glyphs }: Theme): readonly Line[] {
  return paragraphs(form).flatMap(({ text, tone, shape }): readonly Line[] => {
    if (shape !== 'item') return [[span(clip(text, width, glyphs.ellipsis), tone)]];
    return wrapped(text, width - 4, MAX_ROWS, glyphs).map((line, at) => [
      span(at === 0 ? '  - ' : '    ', 'dim'),
      span(line, tone),
    ]);
  });
}

function paragraphs({ found, problem }: PlanForm): readonly Paragraph[] {
  if (found === null) {
    const text = problem ?? 'Preparing the plan…';
    return [{ text, tone: problem === null ? 'dim' : 'critical', shape: 'item' }];
  }
  const { effects, warnings, refusals } = found.plan;
  return [
    ...section('Refused', refusals.map(wordRefusal), 'critical'),
    ...section('Effects', effects.map(wordEffect), 'plain'),
    ...(found.type === 'init' ? section('Command', [found.plan.command], 'plain') : []),
    ...(found.type === 'repin'
      ? []
      : section('Processes in the workspace', processItems(found.plan.processes), 'warning')),
    ...section('Warnings', warnings.map(wordWarning), 'warning'),
    ...(found.type === 'rollback' ? [...fileNames(found.plan), ...preview(found.plan)] : []),
  ];
}

function section(title: string, texts: readonly string[], tone: Tone): readonly Paragraph[] {
  if (texts.length === 0) return [];
  const items = texts.map((text): Paragraph => ({ text, tone, shape: 'item' }));
  return [{ text: title, tone: 'title', shape: 'heading' }, ...items, BLANK];
}

const BLANK: Paragraph = { text: '', tone: 'plain', shape: 'heading' };

// Each file by its whole path.
function fileNames({ restore }: RollbackPlan): readonly Paragraph[] {
  if (restore === null) return [];
  const { files, counts } = restore;
  const list = (title: string, paths: readonly string[], total: number, tone: Tone): readonly Paragraph[] => {
    if (total === 0) return [];
    const more = total - paths.length;
    return [
      { text: `${title} ${counted(total, 'file')}`, tone: 'title', shape: 'heading' },
      ...paths.map((text): Paragraph => ({ text: `  ${text}`, tone, shape: 'cut' })),
      ...(more > 0 ? [{ ...BLANK, text: `  and ${more} more` }] : []),
      BLANK,
    ];
  };
  return [
    ...list('Delete', files.deleted, counts.deleted, 'critical'),
    ...list('Restore', files.restored, counts.restored, 'plain'),
  ];
}

function processItems({ occupants }: RollbackPlan['processes']): readonly string[] {
  if (occupants.length === 0) return ['no visible process'];
  const named = occupants.slice(0, MAX_NAMED).map(({ pid, name, cwd, fileCount, isOurs }) => {
    const where = cwd === null ? '' : `, working directory ${cwd}`;
    const files = fileCount === 0 ? '' : `, ${counted(fileCount, 'open file')}`;
    return `pid ${pid} ${name}${isOurs ? ' (sightline itself)' : ''}${where}${files}`;
  });
  const more = occupants.length - named.length;
  return more === 0 ? named : [...named, `and ${more} more`];
}

function preview({ preview: text, previewUpTo, changes }: RollbackPlan): readonly Paragraph[] {
  if (!text.ok) return [];
  const lines = text.value.trimEnd().split('\n');
  const count = changes === null ? '' : ` (${counted(changes, 'changed path')})`;
  const upTo = previewUpTo === null ? '' : ` up to ${previewUpTo}`;
  const more = lines.length - MAX_PREVIEW;
  return [
    { text: `What will be undone: the changes since the snapshot${upTo}${count}`, tone: 'title', shape: 'heading' },
    ...lines.slice(0, MAX_PREVIEW).map((line): Paragraph => ({ text: line, tone: toneOfDiff(line), shape: 'cut' })),
    ...(more > 0 ? [{ ...BLANK, text: `and ${more} more lines; Esc, then d shows all of them` }] : []),
  ];
}

function titleOf({ job, found }: PlanForm, now: number): string {
  switch (job.type) {
    case 'rollback':
      return `Roll back ${job.workspace} to ${found?.type === 'rollback' ? whenOf(found.plan.snapshot, now) : job.snapshot}`;
    case 'init':
      return `Put ${job.workspace} under ws-ckpt`;
    case 'repin':
      return `Pin ${job.workspace} again`;
  }
}

// By the time that is to be typed; the id stands in the effects.
function whenOf({ id, at }: RollbackPlan['snapshot'], now: number): string {
  return at === 0 ? id : timeOfDay(at, now);
}

function confirmationLines(form: PlanForm, now: number, width: number, { glyphs }: Theme): readonly Line[] {
  const { found, typed, running, problem } = form;
  const why = whyNotYet(form);
  const lines: Line[] = [...checkpointFirstLines(form, now)];
  if (found === null || found.plan.refusals.length > 0) {
    return [...lines, [], [span(problem ?? why ?? '', 'warning'), span('  Esc goes back', 'dim')]];
  }
  const { confirmation: expected } = found.plan;
  const isRight = typed.trim() === expected;
  // The typed text must stay visible; the title shows the whole confirmation, too.
  const asked = clipStart(expected, Math.floor(width / 2), glyphs.ellipsis);
  const rest = Math.max(1, width - `Type ${asked}: _`.length);
  lines.push([
    span('Type ', 'dim'),
    span(asked, 'strong'),
    span(': ', 'dim'),
    span(`${clipStart(typed, rest, glyphs.ellipsis)}_`, isRight ? 'good' : 'accent'),
  ]);
  if (running) return [...lines, [span(`${glyphs.pending} the operation is running`, 'accent')]];
  if (problem !== null) return [...lines, [span(`${glyphs.failed} ${problem}`, 'critical')]];
  return [...lines, [span(why ?? `${glyphs.ok} Enter runs it`, why === null ? 'good' : 'dim')]];
}

function checkpointFirstLines({ found, checkpointFirst }: PlanForm, now: number): readonly Line[] {
  if (found?.type !== 'rollback') return [[], []];
  const { newest, checkpointFirst: advice } = found.plan;
  return [
    [
      span(`[${checkpointFirst ? 'x' : ' '}] checkpoint first`, checkpointFirst ? 'good' : 'warning'),
      span(` (Tab toggles it); the newest snapshot is ${age(newest.at, now, '?')} old`, 'dim'),
    ],
    [span(`    ${wordAdvice(advice)}`, 'dim')],
  ];
}

/** Returns why Enter does nothing yet; null if it runs the job. */
export function whyNotYet({ found, running, typed, problem }: PlanForm): string | null {
  if (running) return 'the operation is running';
  if (found === null) return problem ?? 'the plan is not ready yet';
  const { refusals, confirmation } = found.plan;
  const [refusal] = refusals;
  if (refusal !== undefined) return `refused: ${wordRefusal(refusal)}`;
  return typed.trim() === confirmation ? null : `type ${confirmation} first`;
}

/** Describes a plan, and what its keys do now. */
export function describePlan(form: PlanForm): readonly string[] {
  const { found, problem, checkpointFirst, running } = form;
  if (running) return ['the operation is running'];
  if (found === null) return [problem ?? 'preparing the plan'];
  const first = found.type === 'rollback' ? `; tab: checkpoint first is ${checkpointFirst ? 'on' : 'off'}` : '';
  const next = whyNotYet(form) ?? 'enter runs it';
  return [...planText(form), ...(problem === null ? [] : [problem]), `${next}, escape cancels${first}`];
}
