import type { RollbackPlan } from '../../../engine/types.ts';
import { FRAME_COLUMNS } from '../../render/frame.ts';
import { type Line, say, wrapped } from '../../render/line.ts';
import { age } from '../../render/values.ts';
import { clip, clipStart } from '../../render/width.ts';
import { type Sheet, bodyRows, bodySheet } from '../../widgets/dialog.ts';
import { type Theme, type Tone, themeOf } from '../../render/theme.ts';
import type { PlanForm } from '../checkpoints/state.ts';
import type { Size } from '../../app/layout.ts';

/** Lines of the preview that are shown here; the whole of it is in the diff. */
const MAX_PREVIEW = 400;
/** Processes that are named. */
const MAX_NAMED = 20;
/** Lines that one text takes at most. */
const MAX_ROWS = 8;
/** What is asked: whether to checkpoint first and why, the word, and what Enter would do. */
const QUESTION_ROWS = 4;

/** What a job would do, and the word that it asks for. */
export function planSheet(form: PlanForm, now: number, size: Size, theme: Theme): Sheet {
  const width = size.columns - FRAME_COLUMNS;
  const body = explained(form, width, theme);
  const { page, last } = planPages(form, size);
  const offset = Math.min(form.offset, last);
  const shown = body.slice(offset, offset + page);
  const below = Math.max(0, body.length - offset - page);
  const filled = [...shown, ...Array.from({ length: page - shown.length }, (): Line => [])];
  return bodySheet(size, {
    theme,
    title: titleOf(form),
    foot: below + offset === 0 ? '' : `${offset} ${theme.glyphs.up} ${below} ${theme.glyphs.down}`,
    lines: [...filled, ...question(form, now, width, theme)],
  });
}

/** How many lines of the explanation are visible, and where its last page begins. */
export function planPages(form: PlanForm, size: Size): { readonly page: number; readonly last: number } {
  const page = Math.max(1, bodyRows(size) - QUESTION_ROWS);
  const lines = explained(form, size.columns - FRAME_COLUMNS, PLAIN).length;
  return { page, last: Math.max(0, lines - page) };
}

/** What is explained, as lines of text; for those who hear it. */
export function planWords(form: PlanForm): readonly string[] {
  return paragraphs(form).flatMap(({ text }) => (text === '' ? [] : [text]));
}

/** Signs take one cell in every theme: lines break at the same places. */
const PLAIN = themeOf({ ascii: true, colour: false });

/** A line of a diff keeps its shape and is cut; a point of a list is broken into lines of its own. */
type Paragraph = { readonly text: string; readonly tone: Tone; readonly shape: 'heading' | 'point' | 'cut' };

function explained(form: PlanForm, width: number, { glyphs }: Theme): readonly Line[] {
  return paragraphs(form).flatMap(({ text, tone, shape }): readonly Line[] => {
    if (shape !== 'point') return [[say(clip(text, width, glyphs.ellipsis), tone)]];
    return wrapped(text, width - 4, MAX_ROWS, glyphs).map((line, at) => [
      say(at === 0 ? '  - ' : '    ', 'dim'),
      say(line, tone),
    ]);
  });
}

function paragraphs({ found, problem }: PlanForm): readonly Paragraph[] {
  if (found === null) {
    const text = problem ?? 'Looking at what it would do…';
    return [{ text, tone: problem === null ? 'dim' : 'critical', shape: 'point' }];
  }
  const { effects, warnings, refusals } = found.plan;
  return [
    ...section('Refused', refusals, 'critical'),
    ...section('What it does', effects, 'plain'),
    ...(found.type === 'init' ? section('The command', [found.plan.command], 'plain') : []),
    ...(found.type === 'repin' ? [] : section('Who works there', workers(found.plan.processes), 'warning')),
    ...section('Think of', warnings, 'warning'),
    ...(found.type === 'rollback' ? preview(found.plan) : []),
  ];
}

function section(title: string, texts: readonly string[], tone: Tone): readonly Paragraph[] {
  if (texts.length === 0) return [];
  const points = texts.map((text): Paragraph => ({ text, tone, shape: 'point' }));
  return [{ text: title, tone: 'title', shape: 'heading' }, ...points, BLANK];
}

const BLANK: Paragraph = { text: '', tone: 'plain', shape: 'heading' };

function workers({ occupants }: RollbackPlan['processes']): readonly string[] {
  if (occupants.length === 0) return ['no visible process'];
  const named = occupants.slice(0, MAX_NAMED).map(({ pid, name, cwd, fileCount, isOurs }) => {
    const where = cwd === null ? '' : `, works in ${cwd}`;
    const files = fileCount === 0 ? '' : `, ${fileCount} file(s) open`;
    return `pid ${pid} ${name}${isOurs ? ' (sightline itself)' : ''}${where}${files}`;
  });
  const more = occupants.length - named.length;
  return more === 0 ? named : [...named, `and ${more} more`];
}

function preview({ preview: text, previewUpTo, changes }: RollbackPlan): readonly Paragraph[] {
  if (!text.ok) return [];
  const lines = text.value.trimEnd().split('\n');
  const count = changes === null ? '' : ` (${changes} changed path(s))`;
  const upTo = previewUpTo === null ? '' : ` up to ${previewUpTo}`;
  const more = lines.length - MAX_PREVIEW;
  return [
    { text: `What will be undone: the changes since the snapshot${upTo}${count}`, tone: 'title', shape: 'heading' },
    ...lines.slice(0, MAX_PREVIEW).map((line): Paragraph => ({ text: line, tone: toneOf(line), shape: 'cut' })),
    ...(more > 0 ? [{ ...BLANK, text: `and ${more} more lines; Esc, then d shows all of them` }] : []),
  ];
}

function toneOf(line: string): Tone {
  if (line.startsWith('+')) return 'good';
  return line.startsWith('-') ? 'critical' : 'plain';
}

function titleOf({ job }: PlanForm): string {
  switch (job.type) {
    case 'rollback':
      return `Roll ${job.workspace} back to ${job.snapshot}`;
    case 'init':
      return `Put ${job.workspace} under ws-ckpt`;
    case 'repin':
      return `Pin ${job.workspace} again`;
  }
}

function question(form: PlanForm, now: number, width: number, { glyphs }: Theme): readonly Line[] {
  const { found, typed, running, problem } = form;
  const why = whyNotYet(form);
  const lines: Line[] = [...first(form, now)];
  if (found === null || found.plan.refusals.length > 0) {
    return [...lines, [], [say(problem ?? why ?? '', 'warning'), say('  Esc goes back', 'dim')]];
  }
  const { confirmation } = found.plan;
  const isRight = typed.trim() === confirmation;
  // What one types must be seen; the whole word stands in the title, too.
  const asked = clipStart(confirmation, Math.floor(width / 2), glyphs.ellipsis);
  const rest = Math.max(1, width - `Type ${asked}: _`.length);
  lines.push([
    say('Type ', 'dim'),
    say(asked, 'strong'),
    say(': ', 'dim'),
    say(`${clipStart(typed, rest, glyphs.ellipsis)}_`, isRight ? 'good' : 'accent'),
  ]);
  if (running) return [...lines, [say(`${glyphs.pending} it is being done`, 'accent')]];
  if (problem !== null) return [...lines, [say(`${glyphs.failed} ${problem}`, 'critical')]];
  return [...lines, [say(why ?? `${glyphs.ok} Enter does it`, why === null ? 'good' : 'dim')]];
}

function first({ found, checkpointFirst }: PlanForm, now: number): readonly Line[] {
  if (found?.type !== 'rollback') return [[], []];
  const { newest, checkpointFirst: advice } = found.plan;
  return [
    [
      say(`[${checkpointFirst ? 'x' : ' '}] checkpoint first`, checkpointFirst ? 'good' : 'warning'),
      say(` (Tab changes it); the newest snapshot is ${age(newest.at, now, '?')} old`, 'dim'),
    ],
    [say(`    ${advice.reason}`, 'dim')],
  ];
}

/** Why Enter does nothing yet; null when it does it. */
export function whyNotYet({ found, running, typed, problem }: PlanForm): string | null {
  if (running) return 'it is being done';
  if (found === null) return problem ?? 'still looking at what it would do';
  const { refusals, confirmation } = found.plan;
  if (refusals.length > 0) return `refused: ${refusals[0] ?? ''}`;
  return typed.trim() === confirmation ? null : `type ${confirmation} first`;
}
