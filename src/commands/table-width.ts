import { outputTerminal } from '../effects/terminal/output.ts';

/** Cells of a line where standard output is no terminal. */
const USUAL_WIDTH = 120;
/** Fewer cells than this hold no row; a smaller COLUMNS is ignored. */
const MIN_WIDTH = 20;

/** Returns the width of the terminal, else COLUMNS, as `ls` and `git` do. */
export function tableWidth(): number {
  const given = Number(process.env['COLUMNS']);
  return outputTerminal()?.columns ?? (Number.isInteger(given) && given >= MIN_WIDTH ? given : USUAL_WIDTH);
}
