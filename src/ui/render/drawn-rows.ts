import Output from '../../../node_modules/ink/build/output.js';

/** What Ink collects for a frame; its declarations keep that private. */
type Frame = { readonly width: number; readonly height: number; readonly operations: readonly Operation[] };
type Operation = (Write & { readonly type: 'write' }) | { readonly type: 'clip'; readonly clip: Clip } | Unclip;
type Unclip = { readonly type: 'unclip' };
type Write = {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly transformers: readonly ((line: string, index: number) => string)[];
};
/** Half-open bounds; an absent one is open. */
type Clip = Readonly<Record<'x1' | 'x2' | 'y1' | 'y2', number | undefined>>;

/** A text of a row, as it is written, with the column that it begins in. */
type Piece = { readonly x: number; readonly line: string };

/** Rows that are remembered at least, as they are drawn; at most twice as many. */
const MAX_ROWS = 256;
/** One cell a character, and no style: what is cut to the screen as it stands. */
const PLAIN = /^[ -~]+$/;

type Drawn = { readonly output: string; readonly height: number };

const draw: (this: Output) => Drawn = Reflect.get(Output.prototype, 'get');
let young = new Map<string, string>();
let old: ReadonlyMap<string, string> = young;

/**
 * Has Ink remember the rows that it has drawn. It takes every row of every frame apart, cell by cell, and puts it together
 * again: half of the time of a frame, and most of what is collected behind it, though few rows change. A row depends on
 * what is written into it alone.
 */
export function rememberRows(): void {
  Output.prototype.get = function get(this: Output) {
    return drawRemembered(this);
  };
}

/** Draws a frame as Ink does, each row that is known as it was drawn before. */
export function drawRemembered(output: Output): Drawn {
  const { width, height, operations } = output as unknown as Frame;
  const rows = Number.isInteger(height) ? rowsOf(operations, height) : null;
  if (rows === null) return draw.call(output);
  return { output: rows.map((pieces) => drawnRow(pieces, width)).join('\n'), height };
}

/** Sorts what is written by the row; null for anything but plain pieces of one row each, within one clip at most: Ink draws it. */
function rowsOf(operations: readonly Operation[], height: number): readonly (readonly Piece[])[] | null {
  const rows = Array.from({ length: height }, (): Piece[] => []);
  let clip: Clip | null = null;
  for (const operation of operations) {
    if (operation.type === 'write') {
      const { x, y, text, transformers } = operation;
      if (!PLAIN.test(text) || !Number.isInteger(y) || !isWhole(x, text, clip)) return null;
      const row = y >= (clip?.y1 ?? 0) && y < (clip?.y2 ?? height) ? rows[y] : undefined;
      row?.push({ x, line: transformers.reduce((line, transformer) => transformer(line, 0), text) });
    } else {
      if (operation.type === 'clip' && (clip !== null || isHalf(operation.clip))) return null;
      clip = operation.type === 'clip' ? operation.clip : null;
    }
  }
  return rows;
}

// Ink itself cuts nothing by a bound that has no other one.
function isHalf({ x1, x2, y1, y2 }: Clip): boolean {
  return (x1 === undefined) !== (x2 === undefined) || (y1 === undefined) !== (y2 === undefined);
}

function isWhole(x: number, text: string, clip: Clip | null): boolean {
  return x >= (clip?.x1 ?? x) && x + text.length <= (clip?.x2 ?? Number.POSITIVE_INFINITY);
}

function drawnRow(pieces: readonly Piece[], width: number): string {
  if (pieces.length === 0) return '';
  const key = pieces.reduce((text, { x, line }) => `${text} ${x} ${line.length} ${line}`, `${width}`);
  const drawn = young.get(key) ?? old.get(key) ?? drawRow(pieces, width);
  if (young.size >= MAX_ROWS) {
    old = young;
    young = new Map();
  }
  young.set(key, drawn);
  return drawn;
}

function drawRow(pieces: readonly Piece[], width: number): string {
  const row = new Output({ width, height: 1 });
  for (const { x, line } of pieces) row.write(x, 0, ' ', { transformers: [() => line] });
  return draw.call(row).output;
}
