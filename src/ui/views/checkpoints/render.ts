import { type SnapshotView, causeOf } from '../../../core/snapshots.ts';
import { touchedFolder } from '../workspaces/rows.ts';
import { SNAPSHOTS, allSnapshots, changesWhileFrozen } from './rows.ts';
import { windowStart } from '../../widgets/list.ts';
import { type Column, type Placed, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS } from '../../render/frame.ts';
import { type Line, type Segment, ofRow, ruleLine, say } from '../../render/line.ts';
import { age, clock } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import { type Sheet, bodyRows, bodySheet, pageOfSheet } from '../../widgets/dialog.ts';
import type { Theme } from '../../render/theme.ts';
import type { CheckpointsState } from './state.ts';
import type { Size } from '../../app/layout.ts';
import { filterOf, listState, orderName } from '../../app/list.ts';
import { countOf, filterNote, nothingMatches, outside, said } from '../../widgets/list-notes.ts';

export type CheckpointsProps = Pick<Context, 'live' | 'view' | 'shown' | 'selected'> & {
  readonly size: Size;
  readonly theme: Theme;
};

/** Returns the snapshots of a workspace by any tool, the selected one in full. */
export function checkpointsSheet(state: CheckpointsState, appearance: CheckpointsProps): Sheet {
  const { live, view, size, theme, selected, shown } = appearance;
  const { workspace, rows } = state;
  const all = SNAPSHOTS.rows(shown);
  const position = live.workspaces.findIndex((one) => one.path === workspace);
  const one = live.workspaces[position];
  const whole = one === undefined ? workspace : touchedFolder(one);
  const many = live.workspaces.length > 1 ? ` (${position + 1} of ${live.workspaces.length}: w)` : '';
  const framed = {
    theme,
    title: `Checkpoints${rows === null ? '' : ` ${countOf(all.length, allSnapshots(state).length)}`} ${whole}${many}`,
    note: noteOf(state, appearance),
    right: rightOf(state, appearance),
  };
  const inner = size.columns - FRAME_COLUMNS;
  if (all.length === 0) return bodySheet(size, { ...framed, lines: emptyLines(state, appearance, inner) });
  const index = selected.snapshot === null ? -1 : all.indexOf(selected.snapshot);
  const page = pageOfSheet(size);
  const start = windowStart(index, { count: all.length, offset: listState(view, SNAPSHOTS.name).offset, height: page });
  const columns = fitColumns(columnsOf(appearance), inner);
  const visible = all
    .slice(start, start + page)
    .flatMap((row) => ofRow(row.id, [withMark(row, state, columns, theme)]));
  const details = selected.snapshot === null ? [] : detailsOf(selected.snapshot, appearance, inner);
  const blanks = bodyRows(size) - 1 - visible.length - details.length;
  return bodySheet(size, {
    ...framed,
    foot: [staleNote(state), outside(start, Math.max(0, all.length - start - page), theme)].filter(Boolean).join('  '),
    lines: [
      headLine(columns, theme.glyphs),
      ...visible,
      ...Array.from({ length: Math.max(0, blanks) }, (): Line => []),
      ...details,
    ],
    selected: 1 + index - start,
  });
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
function rightOf({ marked }: CheckpointsState, { view }: CheckpointsProps): string {
  const filter = filterNote(filterOf(view, SNAPSHOTS.name));
  const order = `by ${orderName(SNAPSHOTS, view)}`;
  return [filter, marked === null ? '' : `marked ${marked}`, order].filter(Boolean).join(' ');
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
      ...said(availability.reason, width, theme),
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
  const { none } = theme.glyphs;
  return [
    { title: '', rank: 1, min: 1, max: 1, cell: () => ({ text: '' }) },
    {
      title: 'AGE',
      rank: 1,
      min: 6,
      max: 6,
      align: 'start',
      cell: ({ at }) => ({ text: at === 0 ? none : age(at, now, none), tone: 'dim' }),
    },
    { title: 'ID', rank: 1, min: 16, good: 34, max: 48, cell: ({ id }) => ({ text: id, tone: 'strong' }) },
    { title: 'BY', rank: 1, min: 10, good: 30, max: 42, cell: ({ by }) => ({ text: by }) },
    { title: 'CAUSE', rank: 2, min: 8, good: 20, max: 36, cell: (row) => causeCell(row, none) },
    {
      title: 'MESSAGE',
      rank: 3,
      min: 10,
      good: 20,
      max: 200,
      cell: ({ message, pinned }) => ({ text: `${pinned ? '[pinned] ' : ''}${message ?? ''}`, tone: 'dim' }),
    },
  ];
}

function causeCell(row: SnapshotView, none: string): { readonly text: string; readonly tone: 'plain' | 'dim' } {
  const words = causeOf(row);
  return words === '' ? { text: none, tone: 'dim' } : { text: words, tone: 'plain' };
}

function withMark(
  row: SnapshotView,
  { marked }: CheckpointsState,
  columns: readonly Placed<SnapshotView>[],
  { glyphs }: Theme,
): Line {
  const line = rowLine(columns, row, glyphs);
  return [
    { text: row.id === marked ? glyphs.active : ' ', tone: 'accent' },
    { text: ' ', tone: 'plain' },
    ...line.slice(2),
  ];
}

// All known facts of the selected snapshot.
function detailsOf(row: SnapshotView, { theme }: CheckpointsProps, width: number): readonly Line[] {
  const { id, at, by, cause, message, pinned } = row;
  const when = at === 0 ? 'unknown time' : `${new Date(at).toDateString()} ${clock(at)}`;
  const causes = [
    cause?.signal,
    named('agent', cause?.agent),
    named('signal', cause?.signalId),
    named('call', cause?.callId),
  ].filter(Boolean);
  return [
    ruleLine(width, theme.glyphs),
    [say(id, 'strong'), say(`  ${when}${pinned ? '  pinned' : ''}`, 'dim')],
    [say('by ', 'dim'), say(by)],
    [say('cause: ', 'dim'), say(causes.length === 0 ? 'not recorded' : causes.join(', '))],
    ...said(message ?? '', width, theme, 'plain', 2),
  ];
}

function named(what: string, value: string | null | undefined): string {
  return value === null || value === undefined ? '' : `${what} ${value}`;
}
