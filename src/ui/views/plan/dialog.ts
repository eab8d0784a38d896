import type { PlanWarning } from '../../../core/plans.ts';
import type { EngineView, RollbackPlan } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { wordCheckpointer } from '../../../wording/checkpointers.ts';
import { wordAtWork, wordWarning } from '../../../wording/plans.ts';
import { wordRefusal } from '../../../wording/refusals.ts';
import { wordMaker } from '../../../wording/snapshots.ts';
import { causeOf } from '../../../core/snapshots.ts';
import { type Line, chip, span, wrapped } from '../../render/line.ts';
import { age, count, counted, timeOfDay } from '../../render/values.ts';
import { clip, clipStart } from '../../render/width.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import type { Size } from '../../render/frame.ts';
import { DIALOG_INNER, type Sheet, dialog } from '../../widgets/dialog.ts';
import { shortName } from '../workspaces/names.ts';
import { whyNotYet } from './render.ts';
import type { PlanForm } from './state.ts';

/** Cells of the name of a row. */
const NAME_WIDTH = 13;
/** Rows of warnings and of what came of it, so that the dialog fits into 20; `Ctrl-P` shows all warnings. */
const MAX_WARNING_ROWS = 6;
/** Rows of the counts of what it will do, at most. */
const WILL_ROWS = 3;
/** Rows of what it will do, where its counts need one. */
const CHANGE_ROWS = 4;
/** Rows of one warning. */
const WARNING_ROWS = 2;
/** Files that are named of each kind. */
const MAX_NAMED = 4;
/** Rows of a refusal or of what failed. */
const PROBLEM_ROWS = 6;

/** Shows what a rollback does before it is confirmed: the folder, the counts, the names, who works there, what stays. */
export function rollbackDialog(form: PlanForm, view: EngineView, now: Ms, size: Size, theme: Theme): Sheet {
  const { job, found } = form;
  const plan = found?.type === 'rollback' ? found.plan : null;
  const name = shortName(job.workspace, view);
  const target = plan === null ? '' : ` to ${whenOf(plan, now)}`;
  const isReady = whyNotYet(form) === null;
  return dialog({
    title: `Roll back ${name}${target}`,
    footLeft: footOf(form, isReady, theme),
    foot: 'Esc cancel',
    lines: plan === null ? waiting(form, theme) : [[], ...planRows(form, plan, now, { view, theme })],
    size,
    theme,
  });
}

function footOf({ found, problem }: PlanForm, isReady: boolean, { glyphs }: Theme): string {
  if (found === null && problem === null) return 'nothing is changed yet';
  if (found?.type !== 'rollback' || found.plan.refusals.length > 0) return 'refused: nothing is changed';
  const { confirmation, restore } = found.plan;
  const enter = isReady ? 'Enter roll back' : `Enter roll back, after ${clipStart(confirmation, 12, glyphs.ellipsis)}`;
  const files = restore === null ? null : restore.counts.restored + restore.counts.deleted;
  return `${enter} ${glyphs.dot} Ctrl-P ${files === null ? 'the whole plan' : `all ${counted(files, 'file')}`}`;
}

function waiting({ problem }: PlanForm, { glyphs }: Theme): readonly Line[] {
  if (problem === null) return [[], [span(` ${glyphs.pending} comparing the folder with the checkpoint`, 'dim')], []];
  return [[], ...texts(` ${glyphs.failed} `, problem, 'critical', PROBLEM_ROWS, glyphs), []];
}

function planRows(form: PlanForm, plan: RollbackPlan, now: Ms, { view, theme }: Around): readonly Line[] {
  const { glyphs } = theme;
  const { snapshot, folder, workspace, refusals } = plan;
  const row = (name: string, value: string, tone: Tone = 'plain'): Line => [
    span(` ${name.padEnd(NAME_WIDTH)}`, 'dim'),
    span(clip(value, DIALOG_INNER - NAME_WIDTH - 2, glyphs.ellipsis), tone),
  ];
  const path = clipStart(folder?.path ?? workspace, DIALOG_INNER - NAME_WIDTH - 19, glyphs.ellipsis);
  const made = causeOf(snapshot) || wordMaker(snapshot);
  const head = [
    row('folder', `${path}  (the real path)`, 'strong'),
    row('back to', `${whenOf(plan, now)}, ${made}${snapshot.at === 0 ? '' : `, ${age(snapshot.at, now, '')} ago`}`),
  ];
  if (refusals.length > 0) {
    const why = refusals.map(wordRefusal).join('; ');
    return [...head, [], ...texts(` ${glyphs.failed} `, why, 'critical', PROBLEM_ROWS, glyphs)];
  }
  const changes = changeRows(plan, row, glyphs);
  const typing = typingRows(form, plan, theme);
  return [
    ...head,
    beforeLine(form, theme),
    ...(changes.length > CHANGE_ROWS ? [] : [[]]),
    ...changes,
    [],
    ...warningRows(
      form,
      plan,
      { view, theme },
      MAX_WARNING_ROWS - (typing.length - 1) - Math.max(0, changes.length - CHANGE_ROWS - 1),
    ),
    [],
    ...typing,
  ];
}

function beforeLine({ checkpointFirst }: PlanForm, theme: Theme): Line {
  const [yes, no] = ['take a checkpoint of now', 'do not'];
  const choice = checkpointFirst
    ? [...chip(yes, theme), span(`  ${no}  `)]
    : [span(` ${yes}  `), ...chip(no, theme), span(' ')];
  return [span(` ${'before that'.padEnd(NAME_WIDTH)}`, 'dim'), ...choice, span('      Tab changes it', 'dim')];
}

type Row = (name: string, value: string, tone?: Tone) => Line;

// The same counts as the result will tell.
function changeRows(plan: RollbackPlan, row: Row, glyphs: Theme['glyphs']): readonly Line[] {
  const { restore, checkpointer, changes, preview } = plan;
  if (restore === null) {
    const what = changes === null ? '' : ` (${counted(changes, 'change')})`;
    const unknown = preview.ok ? [] : [row('undone', `not known: ${wordCheckpointer(preview.reason.why)}`, 'warning')];
    const whole =
      checkpointer === 'git' ? 'restore the files of the checkpoint' : 'replace the whole tree by the checkpoint';
    return [
      row('it will', `${whole}${what}`),
      ...unknown,
      row(
        'keep',
        checkpointer === 'git' ? 'what snapshots leave out' : 'nothing: .git, databases, logs and untracked files too',
      ),
    ];
  }
  const { restored, deleted, unchanged, folders, attributes } = restore.counts;
  const more = [
    folders === 0 ? '' : `, make or remove ${counted(folders, 'folder')}`,
    attributes === 0 ? '' : `, set times or modes of ${count(attributes)}`,
  ].join('');
  const will = `restore ${counted(restored, 'file')}, delete ${counted(deleted, 'file')}, leave ${count(unchanged)} as they are${more}`;
  const kept = restore.kept.filter((path) => path !== '.git' && !path.endsWith('/.git'));
  const excluded = kept.length === 0 ? '' : `; left out: ${kept.slice(0, MAX_NAMED).join(', ')}`;
  return [
    ...wrapped(will, DIALOG_INNER - NAME_WIDTH - 2, WILL_ROWS, glyphs).map((line, at) =>
      row(at === 0 ? 'it will' : '', line),
    ),
    row('restore', named(restore.files.restored, restored, glyphs)),
    row('delete', named(restore.files.deleted, deleted, glyphs), deleted === 0 ? 'plain' : 'warning'),
    row('keep', `.git as it is${excluded}`),
  ];
}

// By their names; Ctrl-P has the folders.
function named(paths: readonly string[], total: number, { none }: Theme['glyphs']): string {
  if (total === 0) return none;
  const names = paths.slice(0, MAX_NAMED).map((path) => path.slice(path.lastIndexOf('/') + 1));
  const more = total - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

/** Returns the agents that work in the folder of a plan, and whether each is paused by now. */
export function agentsAtWork({ warnings }: RollbackPlan, { pausing }: EngineView) {
  return warnings.flatMap((warning) => {
    if (warning.code !== 'agent_at_work') return [];
    const { agent, canPause = false } = warning;
    return [{ agent, canPause, warning, isPaused: pausing?.paused.some((one) => one.agent === agent) === true }];
  });
}

// What p does about it stands beside it.
function atWorkTexts(plan: RollbackPlan, view: EngineView): ReadonlyMap<PlanWarning, string> {
  const text = ({ agent, canPause, isPaused, warning }: ReturnType<typeof agentsAtWork>[number]): string => {
    const what = isPaused ? `${agent} is paused` : wordAtWork(warning);
    const key = isPaused ? ' p resumes it.' : canPause ? ' p pauses it first.' : '';
    return `${what}.${key} Its context will not match the restored files.`;
  };
  return new Map(agentsAtWork(plan, view).map((one) => [one.warning, text(one)]));
}

type Around = { readonly view: EngineView; readonly theme: Theme };

function warningRows(form: PlanForm, plan: RollbackPlan, { view, theme }: Around, most: number): readonly Line[] {
  const { glyphs } = theme;
  const { unsaved, newest, warnings } = plan;
  const atWork = atWorkTexts(plan, view);
  const lost = unsaved === null ? 'what changed' : counted(unsaved, 'changed file');
  const isLost = !form.checkpointFirst && unsaved !== 0;
  const all = [
    ...(isLost ? [`${lost} since ${newest.id} ${unsaved === 1 ? 'is' : 'are'} in no checkpoint and will be lost`] : []),
    ...warnings.map((warning) => atWork.get(warning) ?? wordWarning(warning)),
    'Restart servers, editors and watchers that run in this folder.',
  ];
  const rows: Line[] = [];
  for (const [at, text] of all.entries()) {
    const next = texts(` ${glyphs.advisory} `, text, 'warning', WARNING_ROWS, glyphs);
    const left = all.length - at;
    // The last row is kept for how many more there are.
    if (rows.length + next.length > most - (left > 1 ? 1 : 0)) {
      return [...rows, [span(` ${glyphs.advisory} `, 'warning'), span(`${left} more: Ctrl-P shows them`)]];
    }
    rows.push(...next);
  }
  return rows;
}

function typingRows(form: PlanForm, { snapshot, confirmation }: RollbackPlan, theme: Theme): readonly Line[] {
  const { typed, running, problem } = form;
  const { glyphs } = theme;
  if (running) return [[span(` ${glyphs.pending} the operation is running`, 'accent')]];
  const what = snapshot.at === 0 ? 'the end of its id' : 'the time of the checkpoint';
  const shown = clipStart(confirmation, 14, glyphs.ellipsis);
  const missing = Math.max(0, confirmation.length - typed.length);
  const field = `${clipStart(typed, 14, glyphs.ellipsis)}${'_'.repeat(Math.min(missing, 14))}`;
  const line: Line = [span(` Type ${what}, `), span(shown, 'strong'), span(', then Enter:  '), ...chip(field, theme)];
  return problem === null
    ? [line]
    : [line, ...texts(` ${glyphs.failed} `, problem, 'critical', MAX_WARNING_ROWS - 1, glyphs)];
}

function texts(sign: string, text: string, tone: Tone, rows: number, glyphs: Theme['glyphs']): readonly Line[] {
  return wrapped(text, DIALOG_INNER - sign.length - 1, rows, glyphs).map((line, at): Line => [
    span(at === 0 ? sign : ' '.repeat(sign.length), tone),
    span(line),
  ]);
}

function whenOf({ snapshot: { id, at } }: RollbackPlan, now: Ms): string {
  return at === 0 ? id : timeOfDay(at, now);
}
