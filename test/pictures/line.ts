import { indexedColour, mixColours, rgbColour, type Colour, type Palette } from './palette.ts';
import type { Cell, CellColour, CellStyle } from './screen.ts';
import { isSeamless, isShape, px, shapeOf } from './shapes.ts';

/** Size of a cell, px, and of the type in it: DejaVu Sans Mono is 0.602 of its size wide. */
export const CELL = { width: 9, height: 19, type: 15, baseline: 14 } as const;

const DIM_SHARE = 0.62;

/** How cells look when they are drawn: colours are resolved, nothing is inverse or dim any more. */
type Look = {
  readonly ink: Colour;
  readonly paper: Colour | null;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
};

type Run = { readonly look: Look; readonly cells: readonly Cell[] };

/** One line of the screen as SVG, its top at 0; '' for an empty one. */
export function drawLine(cells: readonly Cell[], palette: Palette): string {
  const looks = cells.map((cell) => ({ cell, look: lookOf(cell.style, palette) }));
  const papers = runs(looks, (a, b) => a.look.paper === b.look.paper);
  const words = runs(looks, (a, b) => sameInk(a.look, b.look));
  return papers.map(drawPaper).join('') + words.map((run) => drawShapes(run) + drawWords(run)).join('');
}

function drawPaper({ look, cells }: Run): string {
  const [first, last] = [cells[0], cells.at(-1)];
  if (look.paper === null || first === undefined || last === undefined) return '';
  const width = (last.column + last.width - first.column) * CELL.width;
  return `<rect x="${first.column * CELL.width}" width="${width}" height="${CELL.height}" fill="${look.paper}"/>`;
}

function drawShapes({ look, cells }: Run): string {
  const shapes = cells.filter(({ text }) => isShape(text));
  const joined: Cell[] = [];
  for (const cell of shapes) {
    const last = joined.at(-1);
    if (last?.text === cell.text && isSeamless(cell.text) && last.column + last.width === cell.column) {
      joined[joined.length - 1] = { ...last, width: last.width + cell.width };
    } else joined.push(cell);
  }
  return joined
    .map(({ text, column, width }) => {
      const area = { x: column * CELL.width, y: 0, width: width * CELL.width, height: CELL.height };
      return shapeOf(text, area, look.ink);
    })
    .join('');
}

function drawWords({ look, cells }: Run): string {
  return phrases(cells)
    .map((phrase) => {
      const places = phrase.map(({ column }) => column * CELL.width).join(' ');
      const text = phrase.map((cell) => escapeXml(cell.text || ' ')).join('');
      return `<text x="${places}" y="${CELL.baseline}" fill="${look.ink}"${typeOf(look)}>${text}</text>`;
    })
    .join('');
}

/**
 * What is set as one text, each sign at its own column: words with one blank between them. A sign of more than one UTF-16
 * unit stands alone, for SVG counts places by units.
 */
function phrases(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const found: Cell[][] = [];
  let open: Cell[] = [];
  const close = (): void => {
    while (isBlank(open.at(-1))) open.pop();
    if (open.length > 0) found.push(open);
    open = [];
  };
  for (const cell of cells) {
    const breaks = isShape(cell.text) || (isBlank(cell) && (open.length === 0 || isBlank(open.at(-1))));
    if (breaks || cell.text.length > 1) close();
    if (breaks) continue;
    open.push(cell);
    if (cell.text.length > 1) close();
  }
  close();
  return found;
}

function isBlank(cell: Cell | undefined): boolean {
  return cell !== undefined && cell.text.trim() === '';
}

function typeOf({ bold, italic, underline }: Look): string {
  return [
    bold ? ' font-weight="bold"' : '',
    italic ? ' font-style="italic"' : '',
    underline ? ' text-decoration="underline"' : '',
  ].join('');
}

function lookOf(style: CellStyle, palette: Palette): Look {
  const { bold, italic, underline } = style;
  const front = resolve(style.colour, palette, palette.foreground);
  const back = resolve(style.background, palette, palette.background);
  const [ink, paper] = style.inverse ? [back, front] : [front, back];
  return {
    ink: style.dim ? mixColours(ink, paper, DIM_SHARE) : ink,
    paper: paper === palette.background ? null : paper,
    bold,
    italic,
    underline,
  };
}

function resolve(colour: CellColour, palette: Palette, own: Colour): Colour {
  switch (colour.type) {
    case 'own':
      return own;
    case 'index':
      return indexedColour(palette, colour.index);
    case 'rgb':
      return rgbColour([colour.rgb >> 16, (colour.rgb >> 8) & 255, colour.rgb & 255]);
  }
}

type Looked = { readonly cell: Cell; readonly look: Look };

/** Neighbours that are alike. */
function runs(looked: readonly Looked[], alike: (a: Looked, b: Looked) => boolean): readonly Run[] {
  const found: { look: Look; cells: Cell[]; last: Looked }[] = [];
  for (const each of looked) {
    const run = found.at(-1);
    if (run !== undefined && alike(run.last, each)) {
      run.cells.push(each.cell);
      run.last = each;
    } else found.push({ look: each.look, cells: [each.cell], last: each });
  }
  return found;
}

function sameInk(a: Look, b: Look): boolean {
  return a.ink === b.ink && a.bold === b.bold && a.italic === b.italic && a.underline === b.underline;
}

/** A text as XML writes it. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Where a row's top is within the terminal, px. */
export function rowTop(row: number): string {
  return px(row * CELL.height);
}
