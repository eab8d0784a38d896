/** Frames: all rows changed and one row changed, beside a bare Ink app; few conversations and very many. */
import { renderToString } from 'ink';
import { Panes } from '../../../src/ui/app/App.tsx';
import { openScreen } from '../../../src/ui/app/open-screen.tsx';
import { screenStream } from '../../../src/effects/terminal/output.ts';
import { contextOf } from '../../../src/ui/app/context.ts';
import { themeOf } from '../../../src/ui/render/theme.ts';
import { newViewState } from '../../../src/ui/app/reducer.ts';
import type { ScreenWorld } from '../../helpers/view.ts';
import { median, pause, report } from '../measure.ts';
import { openBare } from './bare.tsx';
import { type Moments, nameOf, playEngine, takeMoments } from './moments.ts';
import { playTerminal } from './streams.ts';

const FRAMES = 80;
const COLUMNS = 200;
const ROWS = 60;
/** More than Ink's least time between two frames (1/120 s). */
const BETWEEN_MS = 12;
/** Until the first frame is drawn. */
const SETTLED_MS = 200;

/** Of a frame: until it is written, CPU time, and bytes; and the bytes of the screen as it is first drawn. */
type Cost = { readonly ms: number; readonly cpuMs: number; readonly bytes: number; readonly wholeBytes: number };

async function measure(terminal: ReturnType<typeof playTerminal>, show: (frame: number) => void): Promise<Cost> {
  const took: number[] = [];
  const bytes: number[] = [];
  await pause(SETTLED_MS);
  const wholeBytes = terminal.written();
  const begun = process.cpuUsage();
  for (let frame = 1; frame < FRAMES; frame += 1) {
    await pause(BETWEEN_MS);
    const before = terminal.written();
    const written = terminal.nextWrite();
    const start = performance.now();
    show(frame);
    const patience = setTimeout(() => {
      throw new Error(`frame ${frame} looks like the one before`);
    }, 5_000);
    took.push((await written) - start);
    clearTimeout(patience);
    await pause(1);
    bytes.push(terminal.written() - before);
  }
  const { user, system } = process.cpuUsage(begun);
  const cpuMs = (user + system) / 1_000 / took.length;
  // The first frames warm up.
  return { ms: median(took.slice(10)), cpuMs, bytes: median(bytes.slice(10)), wholeBytes };
}

async function ofScreen(moments: Moments): Promise<Cost> {
  const terminal = playTerminal(COLUMNS, ROWS);
  const engine = playEngine(moments);
  let now = moments.views[0]?.at ?? 0;
  const idle = {
    copy: () => true,
    suspend: () => undefined,
    quit: () => undefined,
    redraw: () => undefined,
    pager: async () => false,
    lend: async () => ({ ok: true, value: { code: 0, signal: null } }) as const,
  };
  const output = screenStream(terminal.output);
  const screen = openScreen({
    ...terminal,
    output,
    engine,
    terminal: idle,
    now: () => now,
    ascii: false,
    colour: true,
  });
  const cost = await measure(terminal, (frame) => {
    now = moments.views[frame % moments.views.length]?.at ?? now;
    engine.show(frame);
  });
  screen.close();
  await screen.closed;
  return cost;
}

async function ofBare(change: (frame: number) => readonly string[]): Promise<Cost> {
  const terminal = playTerminal(COLUMNS, ROWS);
  const bare = openBare(terminal, change(-1));
  const cost = await measure(terminal, (frame) => bare.show(change(frame)));
  bare.close();
  return cost;
}

function everything(world: ScreenWorld, moment: number): void {
  for (let at = 0; at < 60; at += 1) {
    const failed = (at + moment) % 3 === 0;
    const facts = failed
      ? { statusCode: 500, error: `upstream failed ${moment}`, usage: null }
      : { tools: [`Tool${moment}`] };
    world.call({
      conversationId: nameOf(at),
      agent: `agent${at % 20}`,
      took: 1_000 + moment * 10,
      ago: 60 - at,
      ...facts,
    });
    if (at < 20)
      world.interruption({
        conversationId: nameOf(at),
        agent: `agent${at}`,
        type: `type${moment}`,
        severity: 'medium',
      });
  }
}

// Within the last hour, because the figures of an agent are of that; always at the same time, so that no row moves, and
// in another conversation than the first, whose calls are shown.
function oneRow(world: ScreenWorld, moment: number): void {
  if (moment === 0) world.call({ conversationId: nameOf(0), agent: 'agent0', ago: 1_000 });
  world.call({ conversationId: nameOf(5), agent: 'agent5', ago: 3_000 });
}

/** The same pictures as ready-made text: what a bare app prints that shows as much as we do. */
function pictures({ views, calls }: Moments): readonly (readonly string[])[] {
  const size = { columns: COLUMNS, rows: ROWS };
  const theme = themeOf({ ascii: false, colour: true });
  return views.map((live, moment) => {
    const context = contextOf({ live, view: newViewState(live.at) }, () => calls[moment] ?? [], size);
    const text = renderToString(<Panes context={context} size={size} theme={theme} />, { columns: COLUMNS });
    return text.split('\n');
  });
}

const row = (frame: number, at: number): string =>
  `${frame} ${at} `.padEnd(COLUMNS, `${(frame * 7 + at) % 10}abc `).slice(0, COLUMNS);
const plainRows = (frame: number): readonly string[] => Array.from({ length: ROWS }, (_, at) => row(frame, at));
const plainOneRow = (frame: number): readonly string[] => plainRows(0).with(7, row(frame, 7));

const busy = await takeMoments(60, FRAMES, everything);
const ready = pictures(busy);
const readyRows = (frame: number): readonly string[] => ready[(frame + FRAMES) % FRAMES] ?? [];
const bareFull = await ofBare(readyRows);
const full = await ofScreen(busy);
const plainFull = await ofBare(plainRows);
report({
  name: `frame at ${COLUMNS}×${ROWS}, all rows changed`,
  value: full.ms,
  unit: 'ms',
  floor: bareFull.ms,
  target: '≤ 1.3 × bare Ink, same text',
  ok: full.ms <= 1.3 * bareFull.ms,
});
report({
  name: '… beside rows of plain ASCII',
  value: full.ms,
  unit: 'ms',
  floor: plainFull.ms,
  target: '–',
  ok: true,
});

const one = await ofScreen(await takeMoments(60, FRAMES, oneRow));
const plainOne = await ofBare(plainOneRow);
report({ name: '… one conversation changed', value: one.ms, unit: 'ms', floor: plainOne.ms, target: '–', ok: true });
report({
  name: '… bytes of it, of those of the whole screen',
  value: (one.bytes / one.wholeBytes) * 100,
  unit: '%',
  floor: (plainOne.bytes / plainOne.wholeBytes) * 100,
  target: `≤ 4 % (${one.bytes} of ${one.wholeBytes})`,
  ok: one.bytes <= 0.04 * one.wholeBytes,
});
report({
  name: '… of those of a frame with all rows changed',
  value: (one.bytes / full.bytes) * 100,
  unit: '%',
  floor: (plainOne.bytes / plainFull.bytes) * 100,
  target: `– (of ${full.bytes})`,
  ok: true,
});

const few = await takeMoments(10, FRAMES, oneRow);
const many = await takeMoments(100_000, FRAMES, oneRow);
// In turns, because a busy machine changes its pace from one second to the next.
const ofFew: number[] = [];
const ofMany: number[] = [];
for (let turn = 0; turn < 3; turn += 1) {
  ofFew.push((await ofScreen(few)).cpuMs);
  ofMany.push((await ofScreen(many)).cpuMs);
}
report({
  name: 'frame with 100 000 conversations',
  value: Math.min(...ofMany),
  unit: 'ms CPU',
  floor: Math.min(...ofFew),
  target: '≤ 1.5 × with 10',
  ok: Math.min(...ofMany) <= 1.5 * Math.min(...ofFew),
});
