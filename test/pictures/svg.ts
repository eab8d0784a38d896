import { CELL, drawLine, escapeXml, rowTop } from './line.ts';
import type { Palette } from './palette.ts';
import type { Screen } from './screen.ts';

/** Between the edge of the picture and the terminal, px. */
const PADDING = 12;

/** One screen as a picture. `title` is what a viewer that cannot show it says instead. */
export function drawScreen(screen: Screen, palette: Palette, title: string): string {
  const lines = screen.lines.map((cells, row) => placeLine(drawLine(cells, palette), row));
  return drawPicture(screen, { palette, title, content: lines.join('\n') });
}

/** A line of the terminal at its row; '' for an empty one. */
export function placeLine(line: string, row: number, attributes = ''): string {
  return line === '' ? '' : `<g transform="translate(0 ${rowTop(row)})"${attributes}>${line}</g>`;
}

type Frame = { readonly palette: Palette; readonly title: string; readonly content: string };

/** The terminal's paper with `content` on it. */
export function drawPicture({ columns, rows }: Screen, { palette, title, content }: Frame): string {
  const width = columns * CELL.width + 2 * PADDING;
  const height = rows * CELL.height + 2 * PADDING;
  // Viewers have different fonts; each sign has its own place, so that columns stay straight in all of them.
  const family = `'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', 'Noto Sans Mono CJK SC', monospace`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    // Blocks side by side show no seam, whatever the zoom.
    '<style>g rect { shape-rendering: crispEdges }</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="${palette.background}" stroke="${palette.sixteen[8]}" stroke-opacity="0.5"/>`,
    `<g transform="translate(${PADDING} ${PADDING})" font-family="${family}" font-size="${CELL.type}">`,
    content,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
