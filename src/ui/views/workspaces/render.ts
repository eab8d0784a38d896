import { wordChoice } from '../../../wording/refusals.ts';
import { covers } from '../../../core/reactor/silences/view.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Silence } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import { MAX_WAITING } from '../../../core/limits.ts';
import { darknesses } from '../../app/alerts.ts';
import { type Stack, selectedIndex, stack } from '../../widgets/list.ts';
import { type WorkspaceWords, waitingTypes, wordsOf } from './rows.ts';
import { bar } from '../../render/charts.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, lineWidth, ofRow, say } from '../../render/line.ts';
import { age, clock, left, percent } from '../../render/values.ts';
import { clip, clipStart, widthOf } from '../../render/width.ts';
import type { WorkspacesProps } from '../../app/pane-props.ts';
import type { Theme } from '../../render/theme.ts';
import { countOf, nothingMatches, orderNote, outside, said } from '../../widgets/list-notes.ts';
import { wordFate } from '../../../wording/fates.ts';

/** Lines kept for silences below the workspaces. */
const SILENCE_ROWS = 3;
const LEAST_BAR = 8;
const MOST_BAR = 26;

/** The reactor's pane: each workspace in words with its countdown, what waits, what was done last, and the silences. */
export function workspaceLines(props: WorkspacesProps): readonly Line[] {
  const { view, now, theme, width, height, focused } = props;
  const inner = width - FRAME_COLUMNS;
  const blind = blindLines(view, inner, theme);
  const silences = silenceLines(view, now, theme);
  const kept = silences.slice(0, silences.length > SILENCE_ROWS ? SILENCE_ROWS - 1 : SILENCE_ROWS);
  const more: readonly Line[] =
    silences.length > kept.length ? [[say(`  and ${silences.length - kept.length} more silences`, 'dim')]] : [];
  const room = Math.max(0, height - FRAME_ROWS - blind.length - kept.length - more.length);
  const shown = workspaceStack(props, inner, room);
  return frame({
    width,
    height,
    focused,
    theme,
    hotkey: props.hotkey,
    title: view.workspaces.length > 1 ? `Reactor ${countOf(props.rows.length, view.workspaces.length)}` : 'Reactor',
    right: orderNote(props),
    foot: outside(shown.above, shown.below, theme),
    lines: [...blind, ...shown.lines, ...kept, ...more],
    selected: shown.selected === -1 ? -1 : blind.length + shown.selected,
  });
}

function workspaceStack({ view, now, theme, rows, list, filter }: WorkspacesProps, width: number, room: number): Stack {
  if (rows.length === 0) {
    const [first = '', ...others] = nothingMatches(filter) ?? [
      'no workspace: nothing can be checkpointed',
      'give --workspace DIR, or AGENTSIGHT_WORKSPACE, or a map in the config',
    ];
    const lines = [...said(first, width, theme, 'warning'), ...others.flatMap((text) => said(text, width, theme))];
    return { lines: lines.slice(0, room), above: 0, below: 0, selected: -1 };
  }
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ path }) => path, fallback: 'first' });
  return stack({ count: rows.length, index, offset: list.offset, room, least: 2 }, (place) => {
    const workspace = rows[place];
    if (workspace === undefined) return [];
    const lines = block(view, workspace, now, { theme, width, isSelected: place === index });
    return ofRow(workspace.path, lines);
  });
}

type BlockStyle = {
  readonly theme: Theme;
  readonly width: number;
  readonly isSelected: boolean;
};

function block(view: EngineView, workspace: WorkspaceView, now: Ms, style: BlockStyle): readonly Line[] {
  const { theme, width, isSelected } = style;
  const words = wordsOf(view, workspace, now);
  const head = [headOf(workspace, width, theme), ...stateLines(words, isSelected, width, theme)];
  const details = [
    ...said(words.remedy, width - 2, theme).map(indented),
    ...said(lastFailure(view, workspace), width - 2, theme, 'critical', 3).map(indented),
    ...waitingLines(view, workspace, now, theme),
    ...lastLines(workspace, now, theme),
    ...said(checkpointerWords(workspace, theme), width - 2, theme, 'dim', 2).map(indented),
  ];
  return isSelected ? [...head, ...details] : head;
}

// Both ends count: the end of the path, and who acts there.
function headOf({ path: workspace, agents }: WorkspaceView, width: number, theme: Theme): Line {
  const { glyphs } = theme;
  const who = agents.length === 0 ? '' : ` ${agents.slice(0, 3).join(', ')}${agents.length > 3 ? glyphs.ellipsis : ''}`;
  const room = Math.max(8, width - 2);
  const path = clipStart(workspace, Math.max(Math.ceil(room / 2), room - widthOf(who)), glyphs.ellipsis);
  return [
    { text: '  ', tone: 'accent' },
    { text: path, tone: 'strong' },
    say(clip(who, room - widthOf(path), glyphs.ellipsis), 'dim'),
  ];
}

// The selected one has its bar whatever its words take, if need be on a line of its own.
function stateLines(
  { words, tone, ratio }: WorkspaceWords,
  isSelected: boolean,
  width: number,
  theme: Theme,
): readonly Line[] {
  const { glyphs } = theme;
  const line: Line = [say('  '), say(words, tone)];
  const room = width - lineWidth(line) - 1;
  if (ratio === null) return isSelected ? said(words, width - 2, theme, tone, 2).map(indented) : [line];
  if (room >= LEAST_BAR) return [[...line, say(' '), { text: bar(ratio, Math.min(MOST_BAR, room), glyphs), tone }]];
  return isSelected ? [line, [say('  '), { text: bar(ratio, Math.min(MOST_BAR, width - 2), glyphs), tone }]] : [line];
}

function waitingLines(view: EngineView, workspace: WorkspaceView, now: Ms, { glyphs }: Theme): readonly Line[] {
  const { waiting, queuedManual, windowEndsAt, status } = workspace;
  const named = waitingTypes(view, workspace, glyphs.times);
  const window = windowEndsAt !== null && windowEndsAt > now && status.state !== 'debouncing';
  return [
    ...(waiting.length === 0 ? [] : [[say(`  queued ${waiting.length}/${MAX_WAITING}: ${named}`, 'accent')]]),
    ...(queuedManual ? [[say('  queued: a manual checkpoint, next', 'accent')]] : []),
    ...(window ? [[say(`  window still ${left(windowEndsAt, now)}`, 'dim')]] : []),
  ];
}

/** Words the makers of a snapshot that is no signal's. */
const MADE_BY: Readonly<Partial<Record<string, string>>> = {
  operator: ', by you',
  other_run: ', by another run of sightline',
  foreign: ', by another tool',
};

function lastLines({ lastSnapshot }: WorkspaceView, now: Ms, { glyphs }: Theme): readonly Line[] {
  if (lastSnapshot === null) return [[say('  last none yet', 'dim')]];
  const { id, at, trigger } = lastSnapshot;
  const by = MADE_BY[trigger] ?? '';
  return [
    [say('  last ', 'dim'), say(`${glyphs.ok} ${id}`, 'good')],
    [say(`    ${clock(at)}, ${age(at, now, '')} ago${by}`, 'dim')],
  ];
}

function checkpointerWords({ availability, why }: WorkspaceView, { glyphs }: Theme): string {
  const { name, version, usedRatio } = availability;
  const used = usedRatio === null ? '' : `, store ${percent(usedRatio, '')} full`;
  return `${name}${version === null ? '' : ` ${version}`}${used} ${glyphs.dot} ${wordChoice(why)}`;
}

// Why automatic checkpoints are failing: what the last one said.
function lastFailure({ signals }: EngineView, { path: workspace, failures }: WorkspaceView): string {
  if (failures === 0) return '';
  const failed = signals.find(
    ({ signal, fate }) => signal.workspace === workspace && (fate?.kind === 'failed' || fate?.kind === 'timed_out'),
  );
  return failed?.fate ? `last try: ${wordFate(failed.fate.reason)}` : '';
}

function blindLines(view: EngineView, width: number, theme: Theme): readonly Line[] {
  return darknesses(view, 2).flatMap((text) => said(text, width, theme, 'critical', 3));
}

function silenceLines({ silences }: EngineView, now: Ms, { glyphs }: Theme): readonly Line[] {
  const active = silences.filter(({ endsAt }) => endsAt > now).toSorted((a, b) => a.endsAt - b.endsAt);
  return active.map(({ matcher, endsAt, heldBack, reason, createdBy }: Silence) => [
    say(`silence ${left(endsAt, now)}`, 'warning'),
    say(` ${covers(matcher)}`),
    say(`, held back ${heldBack}`, heldBack === 0 ? 'dim' : 'warning'),
    say(`, by ${createdBy}${reason === null ? '' : ` ${glyphs.dot} ${reason}`}`, 'dim'),
  ]);
}

function indented(line: Line): Line {
  return [say('  '), ...line];
}
