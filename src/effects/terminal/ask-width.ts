/**
 * One sign of each kind that our frames use and that East Asian terminals may draw two cells wide: a bullet, a border, a
 * bar, a triangle, the ellipsis, a dash.
 */
const AMBIGUOUS = '●─━▲…–';
/** Fewer columns than this, and the signs might wrap. */
const MIN_COLUMNS = 20;

/** The question how wide the terminal draws ambiguous characters. */
export type WidthQuestion = {
  /** Takes the column of the cursor from a reply; only the first one counts. */
  readonly answer: (column: number) => void;
  /** Writes the question; the reply comes whenever it comes, or never. */
  readonly ask: (output: { readonly columns: number; readonly write: (text: string) => unknown }) => void;
};

/**
 * Creates the question whether ambiguous characters take one cell each: they are drawn at the start of the line, the
 * terminal is asked where its cursor is, and the line is cleared again. `onAnswer` is called with false if they take more, or
 * where the terminal shows each of their bytes. A terminal that does not answer is taken for one that draws one cell.
 * The keyboard must be in raw mode, so that nothing echoes the reply.
 */
export function widthQuestion(onAnswer: (isSteady: boolean) => void): WidthQuestion {
  let isOpen = false;
  return {
    answer: (column) => {
      if (!isOpen) return;
      isOpen = false;
      onAnswer(column === AMBIGUOUS.length + 1);
    },
    ask: (output) => {
      if (output.columns < MIN_COLUMNS) return;
      isOpen = true;
      output.write(`\r${AMBIGUOUS}\u001b[6n\r\u001b[K`);
    },
  };
}
