import type { PolicyAction } from '../../../core/rules.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import { MAX_AUTOMATION } from '../../app/layout.ts';
import type { WorkspacesProps } from '../../app/pane-props.ts';
import { workspaceMoney } from '../../../core/model/meters/money.ts';
import { moneyShort } from '../../../wording/money.ts';
import { bar } from '../../render/charts.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, cell, fitLine, joined, lineWidth, ofRow, span } from '../../render/line.ts';
import type { Theme } from '../../render/theme.ts';
import { counted } from '../../render/values.ts';
import { clip, widthOf } from '../../render/width.ts';
import { selectedIndex, windowStart, outside } from '../../widgets/list.ts';
import { nothingMatches, orderNote, noteLines } from '../../app/list-notes.ts';
import { sightOf } from '../sources/rows.ts';
import { placeName } from './names.ts';
import { workspacesInOrder } from './rows.ts';
import { type WorkspaceParts, silenceText, workspaceParts } from './state.ts';

/** Cells of a name, of a state with its chip, of a bar, of an age and of a cause. */
const MAX_NAME = 20;
const STATE_WIDTH = 22;
const BAR_WIDTH = 8;
const AGE_WIDTH = 10;
const CAUSE_WIDTH = 18;
/** The least cells in which a person can read the cause of what is about to happen. */
const LEAST_WHAT = 22;
const SILENCE_WIDTH = 22;
/** Cells from which on path and checkpointer have room. */
const WIDE = 170;

/** The pane of automation: a row a workspace, what is about to act first; alone on the screen also silences and policy. */
export function workspaceLines(props: WorkspacesProps): readonly Line[] {
  const { view, now, theme, width, height, focused, rows, list, filter, whole = false } = props;
  const inner = width - FRAME_COLUMNS;
  const framed = { width, height, focused, theme, hotkey: props.hotkey, title: 'Automation' };
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? unprotected(view);
    const [first = '', ...others] = texts;
    const lines = [
      ...noteLines(first, inner, theme, 'strong'),
      ...others.flatMap((text) => noteLines(text, inner, theme, 'plain')),
    ];
    return frame({ ...framed, title: 'Automation  off', lines });
  }
  const room = Math.max(1, height - FRAME_ROWS);
  const below = whole ? belowLines(view, now, inner, theme) : [];
  const most = whole ? Math.max(1, room - below.length) : Math.min(room, MAX_AUTOMATION);
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ path }) => path, fallback: 'first' });
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: most });
  const shown = rows.slice(start, start + most);
  const names = Math.min(MAX_NAME, Math.max(...rows.map((row) => widthOf(placeName(row.path, view)))));
  const ends = inner >= WIDE ? rowEnds(shown, now, theme) : null;
  return frame({
    ...framed,
    note: noteOf(view, rows, now, theme),
    right: orderNote(props) || 'last checkpoint',
    foot: outside(start, rows.length - start - shown.length, theme),
    lines: [
      ...shown.flatMap((row) =>
        ofRow(row.path, [rowLine(view, row, now, { names, width: inner, theme, end: ends?.get(row.path) ?? [] })]),
      ),
      ...below,
    ],
    selected: index === -1 ? -1 : index - start,
  });
}

// `1 held · 2 ready`: how many are in each state.
function noteOf(
  view: EngineView,
  rows: readonly WorkspaceView[],
  now: Ms,
  theme: Theme,
): { text: string; tone: 'plain' } {
  if (sightOf(view).dark.some(({ health }) => health.status === 'lost')) {
    const isAll = sightOf(view).blindSince !== null;
    return { text: isAll ? 'blind: no source can be read' : 'acts only on what the other sources show', tone: 'plain' };
  }
  const counts = Map.groupBy(rows, (row) => workspaceParts(view, row, now, theme).name);
  return { text: [...counts].map(([name, of]) => `${of.length} ${name}`).join(` ${theme.glyphs.dot} `), tone: 'plain' };
}

type RowStyle = { readonly names: number; readonly width: number; readonly theme: Theme; readonly end: Line };

// Name, state and countdown never give way; the bar does, then the cause of the last checkpoint, then silences.
function rowLine(view: EngineView, workspace: WorkspaceView, now: Ms, { names, width, theme, end }: RowStyle): Line {
  const { glyphs } = theme;
  const parts = workspaceParts(view, workspace, now, theme);
  const head: Line = [
    span(' '),
    cell(clip(placeName(workspace.path, view), names, glyphs.ellipsis), names, { glyphs, tone: 'strong' }),
    span('  '),
    ...fitLine(parts.state, STATE_WIDTH, glyphs),
    span(' '),
  ];
  const full = parts.last === null ? [span('no checkpoint yet', 'dim')] : lastLine(parts.last, true, theme);
  const rest = width - lineWidth(head) - lineWidth(end);
  const isShort = rest < LEAST_WHAT + 1 + AGE_WIDTH + 3 + CAUSE_WIDTH;
  const last = parts.last === null ? full : lastLine(parts.last, !isShort, theme);
  const hasBar = rest - lineWidth(last) >= LEAST_WHAT + BAR_WIDTH + 2;
  const counting: Line = !hasBar
    ? []
    : parts.ratio === null
      ? [span(' '.repeat(BAR_WIDTH + 1))]
      : [
          { text: bar(parts.ratio, BAR_WIDTH, glyphs), tone: parts.tone === 'plain' ? 'accent' : parts.tone },
          span(' '),
        ];
  const middle = rest - lineWidth(counting) - lineWidth(last) - 2;
  const silences =
    parts.silences !== '' && middle >= LEAST_WHAT + SILENCE_WIDTH + 1 ? [span(` ${parts.silences}`, 'dim')] : [];
  const what = cell(parts.what, Math.max(0, middle - lineWidth(silences)), { glyphs });
  return fitLine([...head, ...counting, what, ...silences, span('  '), ...last, ...end], width, glyphs);
}

function lastLine({ age, ok, cause }: NonNullable<WorkspaceParts['last']>, isFull: boolean, { glyphs }: Theme): Line {
  const sign = ok ? span(glyphs.ok, 'good') : span(glyphs.failed, 'critical');
  const when = cell(age, AGE_WIDTH, { glyphs, align: 'start' });
  return isFull ? [when, span(' '), sign, span(' '), cell(cause, CAUSE_WIDTH, { glyphs })] : [when, span(' '), sign];
}

/** Returns the ends of wide rows by their paths, all in the same columns; money only where one of them has some. */
function rowEnds(rows: readonly WorkspaceView[], now: Ms, { glyphs }: Theme): ReadonlyMap<string, Line> {
  const parts = rows.map(({ path, snapshots, spent, availability: { name, version } }) => {
    const { today } = workspaceMoney(spent, now);
    const money = today === null || today.basis === 'unknown' ? '' : `  ${moneyShort(today)} today`;
    const tool = version === null ? name : `${name} ${version}`;
    return { path, checkpoints: `  ${counted(snapshots.length, 'checkpoint')}`, tool: `  ${tool}`, money };
  });
  const widest = (texts: readonly string[]): number => Math.max(...texts.map(widthOf));
  const [money, paths] = [widest(parts.map((one) => one.money)), widest(parts.map(({ path }) => path))];
  return new Map(
    parts.map((one) => [
      one.path,
      [
        cell(one.checkpoints, 18, { glyphs }),
        cell(one.tool, 17, { glyphs }),
        cell(one.money, money, { glyphs, align: 'start' }),
        span('  '),
        cell(one.path, paths, { glyphs, tone: 'dim' }),
      ],
    ]),
  );
}

/** The text of an overview without a workspace. */
function unprotected({ model, readOnly }: EngineView): readonly string[] {
  const agents = model.fleet.agents;
  const who =
    agents === 0 ? '' : `: ${counted(agents, 'agent')} ${agents === 1 ? 'works' : 'work'} in no configured folder`;
  const how = readOnly
    ? 'read-only: nothing here can act'
    : 'protect a folder: sightline --workspace DIR, or a map in the configuration';
  return [`nothing is protected${who}`, how];
}

// Below the workspaces of the whole view: what holds back checkpoints, and which types cause one.
function belowLines(view: EngineView, now: Ms, width: number, theme: Theme): readonly Line[] {
  const silences = view.silences.filter(({ endsAt }) => endsAt > now).toSorted((a, b) => a.endsAt - b.endsAt);
  const actions: readonly PolicyAction[] = ['checkpoint', 'flag', 'ignore'];
  const policy = actions.map((action): string => {
    const names = view.policy.filter((row) => row.scope === 'type' && row.action === action).map(({ name }) => name);
    return names.length === 0 ? '' : `${action}: ${names.join(', ')}`;
  });
  return [
    [],
    [span(` Silences ${silences.length}`, 'title'), span('   S ends or extends them', 'dim')],
    ...silences.map((one): Line => [span(` ${silenceText(one, now)}`)]),
    ...(silences.length === 0 ? [[span(' none: every signal acts by the policy', 'dim')]] : []),
    [],
    [span(' Policy', 'title'), span('   P changes it', 'dim')],
    ...policy
      .filter(Boolean)
      .flatMap((text) => noteLines(text, width - 1, theme, 'plain', 3).map((line): Line => [span(' '), ...line])),
  ];
}

/** Workspaces that have a line of their own above the tabs, at most. */
const MAX_LINES = 3;

/**
 * The lines about automation for a narrow screen: one for each workspace that is about to act or cannot, and, in the
 * overview, one for all others together.
 */
export function automationLines(
  view: EngineView,
  now: Ms,
  { width, theme, withOthers }: { readonly width: number; readonly theme: Theme; readonly withOthers: boolean },
): readonly Line[] {
  const { glyphs } = theme;
  const rows = workspacesInOrder(view).map((workspace) => ({
    name: placeName(workspace.path, view),
    parts: workspaceParts(view, workspace, now, theme),
  }));
  const busy = rows.filter(({ parts }) => parts.isBusy);
  const own = busy.slice(0, MAX_LINES).map(({ name, parts }) => {
    const counting: Line =
      parts.ratio === null ? [] : [span(' '), { text: bar(parts.ratio, 5, glyphs), tone: parts.tone }];
    const isChip = parts.state.length > 1;
    const state: Line = isChip
      ? [...parts.state.slice(0, -1), span(` ${name}`), ...parts.state.slice(-1)]
      : [span(`${name} `), ...parts.state];
    return fitLine([span(' '), ...state, ...counting, span(parts.what === '' ? '' : `  ${parts.what}`)], width, glyphs);
  });
  if (!withOthers) return own;
  const others = rows.filter((row) => !busy.slice(0, MAX_LINES).includes(row));
  if (rows.length === 0) return [fitLine([span(` ${unprotected(view).join('; ')}`, 'dim')], width, glyphs)];
  if (others.length === 0) return own;
  const texts = others.map(({ name, parts }): Line => {
    const last =
      parts.last === null ? '' : `, ${parts.last.ok ? glyphs.ok : glyphs.failed} ${parts.last.cause} ${parts.last.age}`;
    const silences = parts.silences === '' ? '' : `, ${parts.silences.split(',')[0] ?? ''}`;
    return [span(`${name} `), ...parts.state, span(`${last}${silences}`)];
  });
  const all = joined(texts, span(` ${glyphs.dot} `), width - 6);
  const shown = texts.filter(
    (_, at) => lineWidth(joined(texts.slice(0, at + 1), span(` ${glyphs.dot} `), Infinity)) <= width - 6,
  ).length;
  const more = shown < texts.length ? [span(` +${texts.length - shown}`)] : [];
  return [...own, fitLine([span(' '), ...all, ...more], width, glyphs)];
}
