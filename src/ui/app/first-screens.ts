import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { EngineView, SourceView } from '../../engine/types.ts';
import { wordLocate, wordSource } from '../../wording/sources.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../render/frame.ts';
import { type Line, cell, span } from '../render/line.ts';
import { age, clock, counted, duration } from '../render/values.ts';
import { clip, clipStart } from '../render/width.ts';
import { noteLines } from './list-notes.ts';
import { illSources, sourcesInOrder } from '../views/sources/rows.ts';
import type { Area } from './bindings.ts';
import type { ViewState } from './state.ts';

/** The command that installs and starts agentsight on a host that has none. */
const AGENTSIGHT = 'sudo yum install agentsight && sudo agentsight trace';
/** Cells of what was looked for, its name and its place. */
const NAME_WIDTH = 13;
const PLACE_WIDTH = 44;
/** Lines that one reason takes at most. */
const MAX_REASON = 4;

/** Draws the sources as a pane: a row for each, the worst first, with what to do about the worst. */
export function sourcesPane(view: EngineView, now: Ms, { width, height, theme }: Area): readonly Line[] {
  const inner = width - FRAME_COLUMNS;
  const ill = illSources(view);
  const lost = ill.filter(isDark).length;
  const notes = ill.length - lost;
  const parts = [lost > 0 ? `${lost} lost` : '', notes > 0 ? counted(notes, 'note') : ''].filter(Boolean);
  const lines: Line[] = sourcesInOrder(view).flatMap((source) =>
    sourceLines(source, now, { width: inner, theme, isFull: ill.includes(source) }),
  );
  return frame({
    width,
    height,
    theme,
    focused: false,
    hotkey: '7',
    title: `Sources ${view.sources.length}`,
    note: parts.length === 0 ? null : span(parts.join(` ${theme.glyphs.dot} `), lost > 0 ? 'critical' : 'warning'),
    right: '7 details',
    lines: lines.slice(0, Math.max(1, height - FRAME_ROWS)),
  });
}

type SourceStyle = { readonly width: number; readonly theme: Area['theme']; readonly isFull: boolean };

function sourceLines(source: SourceView, now: Ms, { width, theme, isFull }: SourceStyle): readonly Line[] {
  const { glyphs } = theme;
  const { uri, medium, status, since, detail, lagMs } = source.health;
  // Records where the agent keeps them by itself have no address but their name.
  const address = uri.startsWith(`${medium}:`) && uri !== `${medium}:` ? uri.slice(medium.length + 1) : uri;
  const sign = isDark(source)
    ? span(glyphs.unknown, 'critical')
    : span(status === 'ok' ? glyphs.active : glyphs.advisory, status === 'ok' ? 'plain' : 'warning');
  const state = isDark(source) ? `${status} ${age(since, now, '')}` : duration(lagMs, glyphs.none);
  const room = width - 3 - state.length - 1;
  const head: Line = [
    sign,
    span(' '),
    cell(clipStart(address, room, glyphs.ellipsis), Math.max(0, room), { glyphs }),
    span(` ${state}`),
  ];
  return isFull
    ? [
        head,
        ...noteLines(wordSource(detail), width - 4, theme, 'plain', MAX_REASON).map((line): Line => [
          span('    '),
          ...line,
        ]),
      ]
    : [head];
}

/** Draws what has happened since a source was lost, and what comes when it is back. */
export function lostLines(
  view: EngineView,
  { log }: Pick<ViewState, 'log'>,
  { width, height, theme }: Area,
): readonly Line[] {
  const inner = width - FRAME_COLUMNS;
  const since = Math.min(...view.sources.filter(isDark).map(({ health }) => health.since));
  const later = [
    ...noteLines(
      'When it is back, what was missed is read. Signals of the last 10 min may still cause a checkpoint; older ones are shown only.',
      inner,
      theme,
      'plain',
      5,
    ),
  ];
  const room = Math.max(0, height - FRAME_ROWS - later.length - 1);
  const events = log.filter(({ at }) => at >= since - 1_000).slice(-room);
  return frame({
    width,
    height,
    theme,
    focused: false,
    title: 'Since it was lost',
    lines: [
      ...events.map(({ at, text }): Line => [
        span(`${clock(at)}  `, 'dim'),
        span(clip(text, inner - 10, theme.glyphs.ellipsis)),
      ]),
      ...(events.length === 0 ? [] : [[]]),
      ...later,
    ],
  });
}

/** Draws what a person does first: protect a folder, see every agent, or see it act without touching anything. */
export function stepLines(view: EngineView, { width, height, theme }: Area): readonly Line[] {
  const indent = span('      ');
  const line = (text: string): Line => [span(' '), span(text)];
  const command = (text: string): Line => [indent, span(text, 'strong')];
  const agents = view.model.agents.map(({ name }) => name).slice(0, 3);
  const who = agents.length === 0 ? 'an agent' : agents.join(', ');
  const lines: readonly Line[] = [
    [],
    line(`Protect a folder: a checkpoint of it is taken when ${who} gets into trouble there.`),
    line('It starts by watching only; m then raises it to HOLD, which announces each checkpoint for 10 s.'),
    command('sightline --workspace DIR'),
    [],
    line('See every agent on this host, also those without records. Linux 5.8 or newer, as root:'),
    command(AGENTSIGHT),
    line('See it act without touching anything of yours:'),
    command('sightline demo'),
  ];
  return frame({ width, height, theme, focused: false, title: 'First steps', footLeft: 'Esc hide', lines });
}

/** Draws that there is no agent: every path that was tried, then what to do, which never gives way to the paths. */
export function nothingLines(view: EngineView, now: Ms, { width, height, theme }: Area): readonly Line[] {
  const { glyphs } = theme;
  const room = Math.max(0, height - FRAME_ROWS);
  const inner = width - FRAME_COLUMNS;
  const todo: readonly Line[] = [
    [],
    [span('Do one of these; it appears here by itself', 'title')],
    [span('  name where an agent or agentsight writes:')],
    [span('             sightline --source URI', 'strong')],
    [span('  every agent of this host (Linux 5.8 or newer, root):')],
    [span(`             ${AGENTSIGHT}`, 'strong')],
    [span('  see it work without agents:')],
    [span('             sightline demo', 'strong')],
    [],
    [span(`searched again every few seconds, last at ${clock(now)}`, 'dim')],
  ];
  const tried = triedPaths(view);
  const head: readonly Line[] = [
    [],
    [span('No agent found on this host', 'strong')],
    [],
    [span(`  ${'LOOKED FOR'.padEnd(NAME_WIDTH + PLACE_WIDTH)}FOUND`, 'dim')],
  ];
  const most = Math.max(1, room - todo.length - head.length);
  const lines = tried.slice(0, tried.length > most ? most - 1 : most).map(({ path, why }): Line => {
    const cells = Math.max(10, Math.min(PLACE_WIDTH + NAME_WIDTH, Math.floor(inner * 0.6)));
    return [
      span('  '),
      cell(clipStart(path, cells - 1, glyphs.ellipsis), cells, { glyphs }),
      span(clip(why, inner - cells - 2, glyphs.ellipsis)),
    ];
  });
  const more: readonly Line[] =
    tried.length > lines.length
      ? [[span(`  and ${tried.length - lines.length} more: 7 each place and why`, 'dim')]]
      : [];
  return frame({ width, height, theme, focused: false, title: 'Start', lines: [...head, ...lines, ...more, ...todo] });
}

function triedPaths(view: EngineView): readonly { readonly path: string; readonly why: string }[] {
  const { tried, sources, started } = view;
  const looked = tried.map(({ path, why }) => ({ path, why: wordLocate(why) }));
  const absent = sources.map(({ health }) => ({ path: health.uri, why: wordSource(health.detail) || health.status }));
  const all = [...looked, ...absent.filter(({ path }) => !looked.some((one) => one.path === path))];
  if (all.length > 0) return all;
  return [{ path: started ? 'no source is watched' : 'opening the sources', why: '' }];
}
