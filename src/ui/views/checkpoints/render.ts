import { wordAvailability } from '../../../wording/checkpointers.ts';
import {
  type Changed,
  type ChangedFile,
  type SnapshotContents,
  type SnapshotView,
  causeOf,
} from '../../../core/snapshots.ts';
import { shortName } from '../workspaces/names.ts';
import { touchedFolder } from '../workspaces/rows.ts';
import { FILES, SNAPSHOTS, allSnapshots, changesWhileFrozen } from './rows.ts';
import { windowStart, outside } from '../../widgets/list.ts';
import { type Column, type Sized, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, frame, type Size } from '../../render/frame.ts';
import { type Line, type Segment, cell, ofRow, rowOf, span, wrapped } from '../../render/line.ts';
import { age, count, counted, duration, timeOfDay } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import { type Sheet, bodyRows, bodySheet, pageOfSheet } from '../../widgets/dialog.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import type { Ms } from '../../../core/units.ts';
import { wordLeftOutReason, wordMaker } from '../../../wording/snapshots.ts';
import { type CheckpointsState, rowIdOf, type SnapshotRow } from './state.ts';
import { clip, clipStart, widthOf } from '../../render/width.ts';
import type { ViewState } from '../../app/state.ts';
import { isDefaultOrder, listState, orderName, selectedIn } from '../../app/list.ts';
import { countOf, filterNote, nothingMatches, noteLines } from '../../app/list-notes.ts';

export type CheckpointsProps = Pick<Context, 'live' | 'view' | 'shown' | 'selected'> & {
  readonly size: Size;
  readonly theme: Theme;
};

/** From this width on the selected snapshot stands in a panel beside the list. */
const PANEL_FROM = 100;
/** Part of the width that the panel takes. */
const PANEL_SHARE = 0.45;
/** Cells of the name of a fact in the panel. */
const FACT_WIDTH = 12;
/** The blank before the first column. */
const MARGIN = 1;

/** Returns the snapshots of all workspaces by any tool; with room, all about the selected one beside them. */
export function checkpointsSheet(state: CheckpointsState, appearance: CheckpointsProps): Sheet {
  return sheetOf(state, appearance, false);
}

/** Returns the same with the keys in the files of the selected snapshot; without room for both these alone. */
export function filesSheet(appearance: CheckpointsProps): Sheet {
  const { view, size, theme, selected } = appearance;
  const state = view.checkpoints;
  if (state === null) return noWorkspaceSheet(size, theme);
  if (size.columns >= PANEL_FROM || selected.snapshot === null) return sheetOf(state, appearance, true);
  const lines = detailsOf(selected.snapshot, appearance, size.columns - FRAME_COLUMNS, bodyRows(size), true);
  return bodySheet(size, { theme, title: 'Checkpoint', foot: 'Esc back', ...lines });
}

function sheetOf(state: CheckpointsState, appearance: CheckpointsProps, isInFiles: boolean): Sheet {
  const { view, size, theme, selected, shown } = appearance;
  const { rows } = state;
  const all = SNAPSHOTS.rows(shown);
  const beside = size.columns < PANEL_FROM ? 0 : Math.floor(size.columns * PANEL_SHARE);
  const own: Size = { ...size, columns: size.columns - beside };
  const framed = {
    theme,
    hotkey: view.keys['checkpoints'] ?? '5',
    title: `Checkpoints${rows === null ? '' : ` ${countOf(all.length, allSnapshots(state).length)}`}`,
    note: noteOf(state, appearance),
    right: rightOf(state, appearance),
  };
  const inner = own.columns - FRAME_COLUMNS;
  if (all.length === 0)
    return bodySheet(size, { ...framed, lines: emptyLines(state, appearance, size.columns - FRAME_COLUMNS) });
  const index = selected.snapshot === null ? -1 : all.indexOf(selected.snapshot);
  const page = pageOfSheet(size);
  const start = windowStart(index, { count: all.length, offset: listState(view, SNAPSHOTS.name).offset, height: page });
  const columns = fitColumns(columnsOf(state, appearance), inner - MARGIN);
  const visible = all
    .slice(start, start + page)
    .flatMap((row) => ofRow(rowIdOf(row), [withMark(row, state, columns, theme)]));
  const list = bodySheet(own, {
    ...framed,
    footLeft: workspacesNote(state, appearance) || (beside === 0 ? (selected.snapshot?.id ?? '') : ''),
    foot: [staleNote(state, appearance), outside(start, Math.max(0, all.length - start - page), theme)]
      .filter(Boolean)
      .join('  '),
    lines: [[span(' '.repeat(MARGIN)), ...headLine(columns, theme.glyphs)], ...visible],
    selected: index === -1 ? -1 : 1 + index - start,
  });
  if (beside === 0) return list;
  const height = list.lines.length;
  const details =
    selected.snapshot === null
      ? { lines: [], selected: -1 }
      : detailsOf(selected.snapshot, appearance, beside - FRAME_COLUMNS, height - 2, isInFiles);
  const panel = frame({
    width: beside,
    height,
    focused: isInFiles,
    theme,
    title: 'Checkpoint',
    right: isInFiles ? 'j k next file' : 'Tab to the files',
    footLeft: isInFiles ? 'Enter diff of the file' : '',
    foot: isInFiles ? 'Esc back' : '',
    ...details,
  });
  return withPanel(list, panel, size);
}

// What `w` does, and how many each workspace has.
function workspacesNote({ only, rows }: CheckpointsState, { live, theme }: CheckpointsProps): string {
  if (live.workspaces.length < 2 || rows === null) return '';
  if (only !== null) return `w next workspace, then all`;
  const counts = live.workspaces
    .slice(0, MAX_COUNTED)
    .map(({ path }) => `${shortName(path, live)} ${count(rows.filter(({ workspace }) => workspace === path).length)}`);
  return `w one workspace: ${counts.join(` ${theme.glyphs.dot} `)}`;
}

/** Workspaces whose snapshots are counted in the border. */
const MAX_COUNTED = 4;

function withPanel(list: Sheet, panel: readonly Line[], { columns: width }: Size): Sheet {
  const lines = list.lines.map((line, at): Line => {
    const both = [...line, ...(panel[at] ?? [])];
    const id = rowOf(line);
    if (id !== null) ofRow(id, [both]);
    return both;
  });
  return { ...list, width, lines };
}

/** Returns the view for the case that no workspace is configured. */
export function noWorkspaceSheet(size: Size, theme: Theme): Sheet {
  const width = size.columns - FRAME_COLUMNS;
  return bodySheet(size, {
    theme,
    hotkey: '5',
    title: 'Checkpoints',
    lines: [
      ...noteLines('no workspace configured: nothing to checkpoint or to roll back', width, theme, 'warning'),
      ...noteLines(
        'start sightline with --workspace DIR, or name a workspace for each agent in the configuration file',
        width,
        theme,
        'plain',
      ),
    ],
  });
}

// The filter comes first: it must be seen in any width.
function rightOf(state: CheckpointsState, { view, shown }: CheckpointsProps): string {
  const { marked } = state;
  const filter = filterNote(SNAPSHOTS.filter(shown));
  const order = isDefaultOrder(SNAPSHOTS, view) ? 'newest first' : `by ${orderName(SNAPSHOTS, view)}`;
  return [filter, marked === null ? '' : `marked ${markedTime(marked, state, view.now)}`, order]
    .filter(Boolean)
    .join(' ');
}

function markedTime(id: string, { rows }: CheckpointsState, now: Ms): string {
  const row = rows?.find((one) => rowIdOf(one) === id);
  return row === undefined || row.at === 0 ? (row?.id ?? '') : timeOfDay(row.at, now);
}

function noteOf(state: CheckpointsState, { live, theme }: CheckpointsProps): Segment | null {
  const { problems, busy, rows, only, frozen } = state;
  if (busy !== null) return { text: `${theme.glyphs.pending} ${busy}`, tone: 'accent' };
  const running = live.workspaces.find(({ path, run }) => run !== null && (only === null || only === path));
  if (running?.run) {
    const of = only === null && live.workspaces.length > 1 ? ` of ${shortName(running.path, live)}` : '';
    return { text: `${theme.glyphs.pending} ${running.run.kind}${of} is running`, tone: 'accent' };
  }
  if (frozen !== null) return { text: `FROZEN, ${changesWhileFrozen(state)}`, tone: 'warning' };
  // The previous list is still shown.
  return problems.size > 0 && rows !== null ? { text: 'not up to date', tone: 'warning' } : null;
}

// Explains why the previous list is shown.
function staleNote({ problems }: CheckpointsState, { live }: CheckpointsProps): string {
  const [first] = problems;
  if (first === undefined) return '';
  const of = live.workspaces.length > 1 ? `${shortName(first[0], live)} ` : '';
  return `${of}not up to date: ${first[1]}; r lists again`;
}

function emptyLines(state: CheckpointsState, appearance: CheckpointsProps, width: number): readonly Line[] {
  const { live, shown, theme } = appearance;
  const isEmpty = allSnapshots(state).length === 0;
  const { only, problems } = state;
  const first = live.workspaces.find(({ path }) => only === null || only === path);
  const availability = first?.availability;
  const [problem] = problems.values();
  if (availability?.state === 'unmanaged' && isEmpty) {
    return [
      ...noteLines('not managed by ws-ckpt yet: no snapshots', width, theme, 'warning'),
      ...noteLines(wordAvailability(availability), width, theme),
      ...noteLines('i shows what ws-ckpt init would do, then asks for confirmation', width, theme, 'plain'),
    ];
  }
  if (problem !== undefined && isEmpty) {
    return [
      ...noteLines(`cannot list the snapshots: ${problem}`, width, theme, 'warning'),
      ...noteLines('r lists them again', width, theme),
    ];
  }
  if (state.rows === null) return noteLines('listing the snapshots…', width, theme);
  const filtered = isEmpty ? null : nothingMatches(SNAPSHOTS.filter(shown));
  if (filtered !== null) return filtered.flatMap((text) => noteLines(text, width, theme));
  return noteLines('no snapshot yet: c takes one', width, theme);
}

function columnsOf(
  { only }: CheckpointsState,
  { view: { now }, live, theme }: CheckpointsProps,
): readonly Column<SnapshotRow>[] {
  const { none, advisory } = theme.glyphs;
  const hasNames = only === null && live.workspaces.length > 1;
  const name: Column<SnapshotRow> = {
    title: 'WORKSPACE',
    rank: 1,
    min: 9,
    good: 10,
    max: 20,
    cell: ({ workspace }) => ({ text: shortName(workspace, live) }),
  };
  return [
    {
      title: 'TIME',
      rank: 1,
      min: 10,
      max: 10,
      cell: ({ at }) => ({ text: at === 0 ? none : timeOfDay(at, now) }),
    },
    ...(hasNames ? [name] : []),
    { title: 'CAUSE', rank: 1, min: 14, good: 17, max: 24, cell: (row) => ({ text: causeText(row) }) },
    { title: 'BY', rank: 2, min: 8, good: 13, max: 30, cell: (row) => ({ text: makerText(row) }) },
    {
      title: 'FILES',
      rank: 1,
      min: 9,
      max: 9,
      align: 'start',
      cell: ({ changed, leftOut }) => {
        const lacks = leftOut === undefined || leftOut.count === 0 ? '' : ` ${advisory}${count(leftOut.count)}`;
        const text = changed === undefined ? none : count(changed.files);
        return { text: `${text}${lacks}`, ...(lacks === '' ? {} : { tone: 'warning' as const }) };
      },
    },
    {
      title: 'MESSAGE',
      rank: 3,
      min: 20,
      good: 30,
      max: 200,
      cell: ({ message, pinned }) => ({ text: `${pinned ? '[pinned] ' : ''}${message ?? ''}`, tone: 'dim' }),
    },
  ];
}

/** Returns what gave rise to a snapshot: its signal, or what kind of snapshot it is. */
function causeText({ cause, kind }: SnapshotView): string {
  if (cause !== null && cause.signal !== null) return cause.signal;
  return kind === 'base' ? 'baseline' : kind.replaceAll('_', ' ');
}

/** Returns for whom a snapshot was made: its agent, else a person or the tool. */
function makerText(snapshot: SnapshotView): string {
  const { cause, maker, kind } = snapshot;
  if (cause !== null && cause.agent !== null) return cause.agent;
  return maker === 'sightline' && (kind === 'manual' || kind === 'before_rollback') ? 'operator' : wordMaker(snapshot);
}

function withMark(
  row: SnapshotRow,
  { marked }: CheckpointsState,
  columns: readonly Sized<SnapshotRow>[],
  { glyphs }: Theme,
): Line {
  return [
    { text: rowIdOf(row) === marked ? glyphs.checkpoint : ' ', tone: 'accent' },
    ...rowLine(columns, row, glyphs),
  ];
}

type Details = { readonly lines: readonly Line[]; readonly selected: number };

// All known facts of a snapshot: when and why, its files, what it lacks, where it is.
function detailsOf(
  row: SnapshotRow,
  appearance: CheckpointsProps,
  width: number,
  height: number,
  isInFiles: boolean,
): Details {
  const above = headOf(row, appearance);
  const below = factLines(row, appearance, width);
  const head = filesHead(row, appearance, width);
  const room = Math.max(LEAST_FILES, height - above.length - head.length - below.length - 1);
  const files = fileLines(row, appearance, { width, room, isInFiles });
  const lines = [...above, ...head, ...files.lines, [], ...below];
  return { lines, selected: files.selected === -1 ? -1 : above.length + head.length + files.selected };
}

/** File lines that give way to no facts. */
const LEAST_FILES = 4;

function headOf(row: SnapshotRow, { view, live }: CheckpointsProps): readonly Line[] {
  const { workspace, at, id, cause, pinned } = row;
  const { now } = view;
  const when = at === 0 ? 'at an unknown time' : `at ${timeOfDay(at, now)}, ${age(at, now, '')} ago`;
  const record = live.signals.find(({ fate }) => fate?.snapshot === id && fate.durationMs !== null);
  const took = record?.fate?.durationMs ?? null;
  const conversation = live.model.conversations.find(
    ({ conversationId }) => conversationId === record?.signal.conversationId,
  );
  const asked = conversation?.userQuery ?? null;
  const why = cause?.signal ? `for ${causeOf({ cause })}${asked === null ? '' : `: ${asked}`}` : wordMaker(row);
  return [
    [
      span(
        `${shortName(workspace, live)} ${when}${took === null ? '' : `, took ${duration(took, '')}`}${pinned ? ', pinned' : ''}`,
        'strong',
      ),
    ],
    [span(why)],
    [],
  ];
}

/** Cells of the lines added, and of the lines removed. */
const LINES_WIDTH = 7;

function filesHead(row: SnapshotRow, { view, theme }: CheckpointsProps, width: number): readonly Line[] {
  const contents = view.checkpoints?.contents ?? null;
  const found = contents?.row === rowIdOf(row) ? contents.found : null;
  const listed = found?.ok === true && found.value.since !== null ? found.value : null;
  const changed = row.changed ?? (listed === null ? undefined : sumOf(listed));
  if (changed === undefined) {
    const isFirst = found?.ok === true;
    return [[span(isFirst ? 'the first one: its files are not counted' : 'its files are not counted', 'dim')]];
  }
  const text = `${counted(changed.files, 'file')}${sinceText(listed?.since ?? null, view)}`;
  return [
    [
      cell(text, width - 2 * LINES_WIDTH, { glyphs: theme.glyphs }),
      ...lineCounts(changed.addedLines, changed.removedLines, theme),
    ],
  ];
}

function sumOf({ files, total }: SnapshotContents): Changed {
  const sum = (of: (file: ChangedFile) => number | null): number =>
    files.reduce((all, file) => all + (of(file) ?? 0), 0);
  return { files: total, addedLines: sum(({ added }) => added), removedLines: sum(({ removed }) => removed) };
}

function sinceText(since: string | null, { checkpoints, now }: ViewState): string {
  const at = checkpoints?.rows?.find(({ id }) => id === since)?.at ?? 0;
  return at === 0 ? '' : ` since ${timeOfDay(at, now)}`;
}

function lineCounts(added: number, removed: number, { glyphs }: Theme): Line {
  const text = (amount: number, sign: string): string => (amount === 0 ? '' : `${sign}${count(amount)}`);
  return [
    cell(text(added, '+'), LINES_WIDTH, { glyphs, tone: 'good', align: 'start' }),
    cell(text(removed, glyphs.minus), LINES_WIDTH, { glyphs, tone: 'critical', align: 'start' }),
  ];
}

/** The letter of a change, and its tone. */
const CHANGES = {
  added: { letter: 'A', tone: 'good' },
  modified: { letter: 'M', tone: 'accent' },
  deleted: { letter: 'D', tone: 'critical' },
} as const;

type FilesBox = { readonly width: number; readonly room: number; readonly isInFiles: boolean };

function fileLines(row: SnapshotRow, { view, shown, theme }: CheckpointsProps, box: FilesBox): Details {
  const contents = view.checkpoints?.contents ?? null;
  const { width, room, isInFiles } = box;
  if (contents === null || contents.row !== rowIdOf(row) || contents.found === null)
    return {
      lines: row.changed === undefined ? [] : [[span(`${theme.glyphs.pending} reading its files`, 'dim')]],
      selected: -1,
    };
  if (!contents.found.ok) return { lines: [[span(`not listed: ${contents.found.reason}`, 'dim')]], selected: -1 };
  const files = FILES.rows(shown);
  const file = isInFiles ? selectedIn(FILES, shown) : null;
  const index = file === null ? -1 : files.indexOf(file);
  const more = contents.found.value.total - files.length;
  const page = Math.min(files.length, Math.max(1, room - (more > 0 || files.length > room ? 1 : 0)));
  const start = windowStart(index, { count: files.length, offset: listState(view, FILES.name).offset, height: page });
  const visible = files
    .slice(start, start + page)
    .flatMap((one) => ofRow(one.path, [fileLine(one, width, theme, one === file)]));
  const hidden = contents.found.value.total - page - start;
  const rest = hidden > 0 ? [[span(`  ${count(hidden)} more ${theme.glyphs.down}`, 'dim')] satisfies Line] : [];
  return { lines: [...visible, ...rest], selected: index === -1 ? -1 : index - start };
}

// The name stands before its folder; what is drawn in reverse has no colours of its own.
function fileLine(
  { path, change, added, removed }: ChangedFile,
  width: number,
  theme: Theme,
  isSelected: boolean,
): Line {
  const { glyphs } = theme;
  const at = path.lastIndexOf('/');
  const folder = at === -1 ? '.' : path.slice(0, at);
  const { letter, tone } = CHANGES[change];
  const room = width - 2 - 2 * LINES_WIDTH;
  const name = clip(path.slice(at + 1), Math.max(8, room - 4), glyphs.ellipsis);
  const rest = Math.max(0, room - widthOf(name) - 2);
  const line: Line = [
    span(`${letter} `, tone),
    span(name),
    cell(rest === 0 ? '' : `  ${clipStart(folder, rest, glyphs.ellipsis)}`, room - widthOf(name), {
      glyphs,
      tone: 'dim',
    }),
    ...lineCounts(added ?? 0, removed ?? 0, theme),
  ];
  return isSelected ? line.map(({ text }) => span(text)) : line;
}

function factLines(row: SnapshotRow, { view, live, theme }: CheckpointsProps, width: number): readonly Line[] {
  const { id, cause, message, leftOut, workspace, metadata, maker } = row;
  const one = live.workspaces.find(({ path }) => path === workspace);
  const isGit = one?.availability.name === 'git';
  const found = view.checkpoints?.contents?.found ?? null;
  const refs = found?.ok === true ? found.value.refs : null;
  const host = typeof metadata?.['host'] === 'string' ? ` on ${metadata['host']}` : '';
  const fact = (name: string, value: string | null | undefined, tone: Tone = 'plain'): readonly Line[] =>
    value === null || value === undefined || value === ''
      ? []
      : wrapped(value, width - FACT_WIDTH, MAX_FACT_ROWS, theme.glyphs).map((line, index): Line => {
          return [span((index === 0 ? name : '').padEnd(FACT_WIDTH), 'dim'), span(line, tone)];
        });
  const lacks = leftOut === undefined || leftOut.count === 0 ? null : leftOut.reasons.map(wordLeftOutReason).join('; ');
  return [
    ...fact('left out', lacks ?? (isGit ? 'nothing' : ''), lacks === null ? 'plain' : 'warning'),
    ...fact('.git', isGit ? `not included${refs === null ? '' : `; ${counted(refs, 'ref')} recorded`}` : ''),
    ...fact('folder', one === undefined ? workspace : touchedFolder(one)),
    ...fact('maker', maker === 'sightline' ? `${one?.availability.name ?? ''}, by sightline${host}` : wordMaker(row)),
    ...fact('call', cause?.callId),
    ...fact('message', message),
    ...fact('id', id),
  ];
}

/** Lines that one fact takes at most. */
const MAX_FACT_ROWS = 4;
