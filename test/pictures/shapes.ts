/**
 * Lines and blocks of a terminal as drawing: a font would leave gaps between rows and columns, and every viewer has
 * another font.
 */

/** A box on the picture, px. */
export type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

type Side = 'up' | 'right' | 'down' | 'left';

const ARMS: Readonly<Record<string, readonly Side[]>> = {
  '─': ['left', 'right'],
  '│': ['up', 'down'],
  '┌': ['right', 'down'],
  '┐': ['down', 'left'],
  '└': ['up', 'right'],
  '┘': ['up', 'left'],
  '├': ['up', 'right', 'down'],
  '┤': ['up', 'down', 'left'],
  '┬': ['right', 'down', 'left'],
  '┴': ['up', 'right', 'left'],
  '┼': ['up', 'right', 'down', 'left'],
};

const ARCS: Readonly<Record<string, readonly [Side, Side]>> = {
  '╭': ['down', 'right'],
  '╮': ['down', 'left'],
  '╰': ['up', 'right'],
  '╯': ['up', 'left'],
};

const SHADES: Readonly<Record<string, number>> = { '█': 1, '▓': 0.75, '▒': 0.5, '░': 0.25 };
const LEFT_EIGHTHS = '▏▎▍▌▋▊▉';
const LOWER_EIGHTHS = '▁▂▃▄▅▆▇';
const LINE_WIDTH = 1;

/** True for a character that is drawn here and not set in type. */
export function isShape(text: string): boolean {
  return text !== '' && shapeOf(text, { x: 0, y: 0, width: 1, height: 1 }, '') !== null;
}

/** One drawn character, filling its area, as an SVG element; null where the character is none. */
export function shapeOf(text: string, area: Area, colour: string): string | null {
  const shade = SHADES[text];
  if (shade !== undefined) return box(area, colour, shade);
  if (text === '▕') return box({ ...area, x: area.x + (area.width * 7) / 8, width: area.width / 8 }, colour);
  const left = eighth(LEFT_EIGHTHS, text);
  if (left > 0) return box({ ...area, width: area.width * left }, colour);
  const lower = eighth(LOWER_EIGHTHS, text);
  if (lower > 0) return box({ ...area, y: area.y + area.height * (1 - lower), height: area.height * lower }, colour);
  const arc = ARCS[text];
  if (arc !== undefined) return stroke(arcPath(arc, area), colour);
  const arms = ARMS[text];
  return arms === undefined
    ? null
    : stroke(arms.map((side) => `M${middle(area)}L${edge(side, area)}`).join(''), colour);
}

/** True where several in a row may be drawn as one: they look the same at every place of their row. */
export function isSeamless(text: string): boolean {
  return text === '─' || text in SHADES || LOWER_EIGHTHS.includes(text);
}

function eighth(signs: string, text: string): number {
  return (signs.indexOf(text) + 1) / 8;
}

function box({ x, y, width, height }: Area, colour: string, opacity = 1): string {
  const faint = opacity === 1 ? '' : ` opacity="${opacity}"`;
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="${colour}"${faint}/>`;
}

function stroke(path: string, colour: string): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${LINE_WIDTH}"/>`;
}

function arcPath([from, to]: readonly [Side, Side], area: Area): string {
  return `M${edge(from, area)}Q${middle(area)} ${edge(to, area)}`;
}

function middle({ x, y, width, height }: Area): string {
  return `${px(x + width / 2)} ${px(y + height / 2)}`;
}

function edge(side: Side, { x, y, width, height }: Area): string {
  switch (side) {
    case 'up':
      return `${px(x + width / 2)} ${px(y)}`;
    case 'right':
      return `${px(x + width)} ${px(y + height / 2)}`;
    case 'down':
      return `${px(x + width / 2)} ${px(y + height)}`;
    case 'left':
      return `${px(x)} ${px(y + height / 2)}`;
  }
}

/** A length with no more digits than can be seen. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}
