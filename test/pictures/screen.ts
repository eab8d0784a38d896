import type { IBufferCell, Terminal } from '@xterm/headless';

/** A cell's colour as the terminal was told it: its own, one of 256, or red, green and blue in one number. */
export type CellColour =
  | { readonly type: 'own' }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'rgb'; readonly rgb: number };

export type CellStyle = {
  readonly colour: CellColour;
  readonly background: CellColour;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
};

/** One cell, or the two that a wide character takes. */
export type Cell = {
  readonly column: number;
  readonly width: number;
  /** '' where nothing was written. */
  readonly text: string;
  readonly style: CellStyle;
};

/** What stands on a terminal at one moment. */
export type Screen = {
  readonly columns: number;
  readonly rows: number;
  readonly lines: readonly (readonly Cell[])[];
};

/** Reads what the terminal shows now. */
export function readScreen(terminal: Terminal): Screen {
  const { cols: columns, rows, buffer } = terminal;
  const lines = Array.from({ length: rows }, (_, row) => {
    const line = buffer.active.getLine(buffer.active.baseY + row);
    const cells: Cell[] = [];
    for (let column = 0; column < columns; column += 1) {
      const cell = line?.getCell(column);
      // The second half of a wide character has no width of its own.
      if (cell === undefined || cell.getWidth() === 0) continue;
      cells.push({ column, width: cell.getWidth(), text: cell.getChars(), style: styleOf(cell) });
    }
    return cells;
  });
  return { columns, rows, lines };
}

/** The screen's text, a line each, without blanks at their ends. */
export function textOf({ lines }: Screen): string {
  return lines
    .map((cells) =>
      cells
        .map(({ text }) => text || ' ')
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

function styleOf(cell: IBufferCell): CellStyle {
  return {
    colour: colourOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colourOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

function colourOf(own: boolean, rgb: boolean, value: number): CellColour {
  if (own) return { type: 'own' };
  return rgb ? { type: 'rgb', rgb: value } : { type: 'index', index: value };
}
