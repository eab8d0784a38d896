import { drawLine } from './line.ts';
import type { Palette } from './palette.ts';
import type { Screen } from './screen.ts';
import { drawPicture, placeLine } from './svg.ts';

/** What stood on the screen from `at` on, ms since the recording's start. */
export type Frame = { readonly at: number; readonly screen: Screen };

/** How long the last frame stands before it begins again, ms. */
const REST_MS = 4_000;

/**
 * A recording as one picture that plays by itself, again and again. A line is drawn once for each thing that it shows, and
 * shown while it is true. A viewer that plays nothing shows the last frame.
 */
export function drawAnimation(frames: readonly Frame[], palette: Palette, title: string): string {
  const last = frames.at(-1);
  if (last === undefined) throw new Error('nothing was recorded');
  const durationMs = last.at + REST_MS;
  const rows = last.screen.lines.map((_, row) => drawRow(versionsOf(frames, row, palette), row, durationMs));
  return drawPicture(last.screen, { palette, title, content: rows.flat().join('\n') });
}

/** Something that a line shows, and the times at which it begins and ends to be true, ms. */
type Version = { readonly line: string; readonly times: readonly (readonly [from: number, to: number])[] };

function versionsOf(frames: readonly Frame[], row: number, palette: Palette): readonly Version[] {
  const times = new Map<string, [number, number][]>();
  let shown: string | null = null;
  for (const [index, { at, screen }] of frames.entries()) {
    const line = drawLine(screen.lines[row] ?? [], palette);
    const until = frames[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const known = times.get(line) ?? [];
    const lastTime = known.at(-1);
    if (line === shown && lastTime !== undefined) lastTime[1] = until;
    else times.set(line, [...known, [at, until]]);
    shown = line;
  }
  return [...times].map(([line, spans]) => ({ line, times: spans }));
}

function drawRow(versions: readonly Version[], row: number, durationMs: number): readonly string[] {
  return versions
    .filter(({ line }) => line !== '')
    .map(({ line, times }) => {
      const isLast = times.some(([, to]) => to === Number.POSITIVE_INFINITY);
      if (isLast && times.length === 1 && times[0]?.[0] === 0) return placeLine(line, row);
      return placeLine(line + blink(times, durationMs), row, ` visibility="${isLast ? 'visible' : 'hidden'}"`);
    });
}

function blink(times: Version['times'], durationMs: number): string {
  const steps: [at: number, value: string][] = times.flatMap(([from, to]) => [
    [from, 'visible'],
    ...(to < durationMs ? ([[to, 'hidden']] as [number, string][]) : []),
  ]);
  if (steps[0]?.[0] !== 0) steps.unshift([0, 'hidden']);
  const values = steps.map(([, value]) => value).join(';');
  const keyTimes = steps.map(([at]) => share(at / durationMs)).join(';');
  const how = `dur="${durationMs / 1_000}s" calcMode="discrete" repeatCount="indefinite"`;
  return `<animate attributeName="visibility" values="${values}" keyTimes="${keyTimes}" ${how}/>`;
}

function share(value: number): string {
  return String(Math.round(value * 100_000) / 100_000);
}
