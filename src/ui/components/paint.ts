import chalk from 'chalk';
import { asciiOf } from '../format/ascii.ts';
import type { Line } from '../format/line.ts';
import type { Style, Theme } from '../theme.ts';

/** The line with its tones, as the terminal gets it. */
export function paint(line: Line, { styles, ascii }: Theme): string {
  return line.map(({ text, tone }) => dressed(ascii ? asciiOf(text) : text, styles[tone])).join('');
}

function dressed(text: string, { color, bold = false, dimColor = false, inverse = false }: Style): string {
  let result = text;
  if (dimColor) result = chalk.dim(result);
  if (color !== undefined) result = chalk[color](result);
  if (bold) result = chalk.bold(result);
  return inverse ? chalk.inverse(result) : result;
}
