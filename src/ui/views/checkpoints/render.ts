import { wordAvailability } from '../../../wording/checkpointers.ts';
import { type SnapshotView, causeOf } from '../../../core/snapshots.ts';
import { shortName } from '../workspaces/names.ts';
import { touchedFolder } from '../workspaces/rows.ts';
import { SNAPSHOTS, allSnapshots, changesWhileFrozen } from './rows.ts';
import { windowStart } from '../../widgets/list.ts';
import { type Column, type Placed, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, frame } from '../../render/frame.ts';
import { type Line, type Segment, ofRow, rowOf, say, wrapped } from '../../render/line.ts';
import { age, count, counted, timeOfDay } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import { type Sheet, bodySheet, pageOfSheet } from '../../widgets/dialog.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import type { Ms } from '../../../core/units.ts';
import { wordLeftOutReason, wordMaker } from '../../../wording/snapshots.ts';
import type { CheckpointsState } from './state.ts';
import type { Size } from '../../app/layout.ts';
import { filterOf, isDefaultOrder, listState, orderName } from '../../app/list.ts';
import { countOf, filterNote, nothingMatches, outside, said } from '../../widgets/list-notes.ts';

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

/** Returns the snapshots of a workspace by any tool; with room, all about the selected one beside them. */
export function checkpointsSheet(state: CheckpointsState, appearance: CheckpointsProps): Sheet {
  const { live, view, size, theme, selected, shown } = appearance;
  const { workspace, rows } = state;
  const all = SNAPSHOTS.rows(shown);
  const position = live.workspaces.findIndex((one) => one.path === workspace);
  const many = live.workspaces.length > 1 ? ` (${position + 1} of ${live.workspaces.length}: w)` : '';
  const beside = size.columns < PANEL_FROM ? 0 : Math.floor(size.columns * PANEL_SHARE);
  const own: Size = { ...size, columns: size.columns - beside };
  const framed = {
    theme,
    title: `Checkpoints${rows === null ? '' : ` ${countOf(all.length, allSnapshots(state).length)}`} ${shortName(workspace, live)}${many}`,
    note: noteOf(state, appearance),
    right: rightOf(state, appearance),
  };
  const inner = own.columns - FRAME_COLUMNS;
  if (all.length === 0)
    return bodySheet(size, { ...framed, lines: emptyLines(state, appearance, size.columns - FRAME_COLUMNS) });
  const index = selected.snapshot === null ? -1 : all.indexOf(selected.snapshot);
  const page = pageOfSheet(size);
  const start = windowStart(index, { count: all.length, offset: listState(view, SNAPSHOTS.name).offset, height: page });
  const columns = fitColumns(columnsOf(appearance), inner - MARGIN);
  const visible = all
    .slice(start, start + page)
    .flatMap((row) => ofRow(row.id, [withMark(row, state, columns, theme)]));
  const list = bodySheet(own, {
    ...framed,
    // Where there is no panel, the id that a person would copy.
    footLeft: beside === 0 ? (selected.snapshot?.id ?? '') : '',
    foot: [staleNote(state), outside(start, Math.max(0, all.length - start - page), theme)].filter(Boolean).join('  '),
    lines: [[say(' '.repeat(MARGIN)), ...headLine(columns, theme.glyphs)], ...visible],
    selected: index === -1 ? -1 : 1 + index - start,
  });
  return beside === 0 ? list : withPanel(list, panelLines(appearance, beside, list.lines.length), size);
}

function panelLines(
  { selected, view, shown, live, theme }: CheckpointsProps,
  width: number,
  height: number,
): readonly Line[] {
  const { snapshot } = selected;
  const rows = SNAPSHOTS.rows(shown);
  const all = rows.toSorted((a, b) => b.at - a.at);
  const before = snapshot === null ? undefined : all[all.indexOf(snapshot) + 1];
  const workspace = view.checkpoints?.workspace ?? '';
  const one = live.workspaces.find(({ path }) => path === workspace);
  const folder = one === undefined ? workspace : touchedFolder(one);
  const lines =
    snapshot === null
      ? []
      : detailsOf(snapshot, { before, workspace, folder, now: view.now, theme, width: width - FRAME_COLUMNS });
  return frame({ width, height, focused: false, theme, title: 'Checkpoint', footLeft: 'Enter diff to now', lines });
}

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
    title: 'Checkpoints',
    lines: [
      ...said('no workspace configured: nothing to checkpoint or to roll back', width, theme, 'warning'),
      ...said(
        'start sightline with --workspace DIR, or name a workspace for each agent in the configuration file',
        width,
        theme,
        'plain',
      ),
    ],
  });
}

// The filter comes first: it must be seen in any width.
function rightOf(state: CheckpointsState, { view }: CheckpointsProps): string {
  const { marked } = state;
  const filter = filterNote(filterOf(view, SNAPSHOTS.name));
  const order = isDefaultOrder(SNAPSHOTS, view) ? 'newest first' : `by ${orderName(SNAPSHOTS, view)}`;
  return [filter, marked === null ? '' : `marked ${markedTime(marked, state, view.now)}`, order]
    .filter(Boolean)
    .join(' ');
}

function markedTime(id: string, { rows }: CheckpointsState, now: Ms): string {
  const at = rows?.find((row) => row.id === id)?.at ?? 0;
  return at === 0 ? id : timeOfDay(at, now);
}

function noteOf(state: CheckpointsState, { live, theme }: CheckpointsProps): Segment | null {
  const { problem, busy, rows, workspace, frozen } = state;
  if (busy !== null) return { text: `${theme.glyphs.pending} ${busy}`, tone: 'accent' };
  const run = live.workspaces.find((one) => one.path === workspace)?.run ?? null;
  if (run !== null) return { text: `${theme.glyphs.pending} ${run.kind} is running`, tone: 'accent' };
  if (frozen !== null) return { text: `FROZEN, ${changesWhileFrozen(state)}`, tone: 'warning' };
  // The previous list is still shown.
  return problem !== null && rows !== null ? { text: 'not up to date', tone: 'warning' } : null;
}

// Explains why the previous list is shown.
function staleNote({ problem }: CheckpointsState): string {
  return problem === null ? '' : `not up to date: ${problem}; r lists them again`;
}

function emptyLines(state: CheckpointsState, appearance: CheckpointsProps, width: number): readonly Line[] {
  const { live, view, theme } = appearance;
  const isEmpty = allSnapshots(state).length === 0;
  const availability = live.workspaces.find(({ path: workspace }) => workspace === state.workspace)?.availability;
  if (availability?.state === 'unmanaged' && isEmpty) {
    return [
      ...said('not managed by ws-ckpt yet: no snapshots', width, theme, 'warning'),
      ...said(wordAvailability(availability), width, theme),
      ...said('i shows what ws-ckpt init would do, then asks for confirmation', width, theme, 'plain'),
    ];
  }
  if (state.problem !== null && isEmpty) {
    return [
      ...said(`cannot list the snapshots: ${state.problem}`, width, theme, 'warning'),
      ...said('r lists them again', width, theme),
    ];
  }
  if (state.rows === null) return said('listing the snapshots…', width, theme);
  const filtered = isEmpty ? null : nothingMatches(filterOf(view, SNAPSHOTS.name));
  if (filtered !== null) return filtered.flatMap((text) => said(text, width, theme));
  return said('no snapshot yet: c takes one', width, theme);
}

function columnsOf({ view: { now }, theme }: CheckpointsProps): readonly Column<SnapshotView>[] {
  const { none, advisory } = theme.glyphs;
  return [
    {
      title: 'TIME',
      rank: 1,
      min: 10,
      max: 10,
      cell: ({ at }) => ({ text: at === 0 ? none : timeOfDay(at, now) }),
    },
    { title: 'CAUSE', rank: 1, min: 14, good: 17, max: 24, cell: (row) => ({ text: causeWord(row) }) },
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

/** Says what gave rise to a snapshot: its signal, or what kind of snapshot it is. */
function causeWord({ cause, kind }: SnapshotView): string {
  if (cause !== null && cause.signal !== null) return cause.signal;
  return kind === 'base' ? 'baseline' : kind.replaceAll('_', ' ');
}

/** Says for whom a snapshot was made: its agent, else a person or the tool. */
function makerText(snapshot: SnapshotView): string {
  const { cause, maker, kind } = snapshot;
  if (cause !== null && cause.agent !== null) return cause.agent;
  return maker === 'sightline' && (kind === 'manual' || kind === 'before_rollback') ? 'operator' : wordMaker(snapshot);
}

function withMark(
  row: SnapshotView,
  { marked }: CheckpointsState,
  columns: readonly Placed<SnapshotView>[],
  { glyphs }: Theme,
): Line {
  return [{ text: row.id === marked ? glyphs.checkpoint : ' ', tone: 'accent' }, ...rowLine(columns, row, glyphs)];
}

type Panel = {
  /** The one before it in the workspace. */
  readonly before: SnapshotView | undefined;
  readonly workspace: string;
  /** The folder that is really touched. */
  readonly folder: string;
  readonly now: Ms;
  readonly theme: Theme;
  readonly width: number;
};

// All known facts of the selected snapshot: when and why, what it holds, what it lacks, where it is.
function detailsOf(row: SnapshotView, { before, workspace, folder, now, theme, width }: Panel): readonly Line[] {
  const { id, at, cause, message, pinned, changed, leftOut } = row;
  const { glyphs } = theme;
  const when = at === 0 ? 'at an unknown time' : `at ${timeOfDay(at, now)}, ${age(at, now, '')} ago`;
  const fact = (name: string, value: string | null | undefined, tone: Tone = 'plain'): readonly Line[] =>
    value === null || value === undefined || value === ''
      ? []
      : wrapped(value, width - FACT_WIDTH, MAX_FACT_ROWS, glyphs).map((line, place): Line => {
          return [say((place === 0 ? name : '').padEnd(FACT_WIDTH), 'dim'), say(line, tone)];
        });
  const since = before === undefined || before.at === 0 ? '' : ` since ${timeOfDay(before.at, now)}`;
  const lines =
    changed === undefined ? '' : `  +${count(changed.addedLines)}  ${glyphs.minus}${count(changed.removedLines)}`;
  return [
    [say(`${workspace.split('/').at(-1) ?? ''} ${when}${pinned ? ', pinned' : ''}`, 'strong')],
    [say(cause?.signal ? `for ${causeOf(row)}` : wordMaker(row))],
    [],
    ...fact(
      'files',
      changed === undefined ? 'not counted' : `${counted(changed.files, 'file')} changed${since}${lines}`,
    ),
    ...fact(
      'left out',
      leftOut === undefined || leftOut.count === 0
        ? changed === undefined
          ? ''
          : 'nothing'
        : leftOut.reasons.map(wordLeftOutReason).join('; '),
      leftOut === undefined || leftOut.count === 0 ? 'plain' : 'warning',
    ),
    ...fact('folder', folder),
    ...fact('maker', wordMaker(row)),
    ...fact('signal', cause?.signalId),
    ...fact('call', cause?.callId),
    ...fact('message', message),
    ...fact('id', id),
  ];
}

/** Lines that one fact takes at most. */
const MAX_FACT_ROWS = 4;
