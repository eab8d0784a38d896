import { Box, Transform } from 'ink';
import { type ReactNode, memo } from 'react';
import { type Line, sameLine } from './line.ts';
import type { Signs, Style, Theme } from './theme.ts';
import { asciiOf, unambiguous } from './width.ts';
import chalk from 'chalk';

type LinesProps = { readonly lines: readonly Line[]; readonly width: number; readonly theme: Theme };

/** Renders lines one below the other in a box of exactly their size. */
export function Lines({ lines, width, theme }: LinesProps): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0} width={width} height={lines.length}>
      {lines.map((line, position) => (
        // A line of the screen has no identity but its index.
        // oxlint-disable-next-line react/no-array-index-key
        <Row key={position} line={line} theme={theme} />
      ))}
    </Box>
  );
}

type RowProps = { readonly line: Line; readonly theme: Theme };

/** Renders one line as one text node; redrawn only when it changes. */
export const Row = memo(DrawnRow, (a, b) => a.theme === b.theme && sameLine(a.line, b.line));

/**
 * Lays out one blank; the box around it has a fixed size, and the line its width. Ink measures and splits every text in
 * every frame, grapheme by grapheme as soon as one of them is not ASCII: a blank costs it nothing.
 */
function DrawnRow({ line, theme }: RowProps): ReactNode {
  const painted = paint(line, theme);
  return <Transform transform={() => painted}> </Transform>;
}

/** Returns the line with the escape sequences of its tones. */
export function paint(line: Line, { styles, text: signs }: Theme): string {
  return line.map(({ text, tone }) => dressed(drawable(text, signs), styles[tone])).join('');
}

function drawable(text: string, signs: Signs): string {
  switch (signs) {
    case 'all':
      return text;
    case 'steady':
      return unambiguous(text);
    case 'ascii':
      return asciiOf(text);
  }
}

function dressed(text: string, { color, background, bold = false, dimColor = false, inverse = false }: Style): string {
  let result = text;
  if (dimColor) result = chalk.dim(result);
  if (color !== undefined) result = chalk[color](result);
  if (background !== undefined) result = chalk[background](result);
  if (bold) result = chalk.bold(result);
  return inverse ? chalk.inverse(result) : result;
}
