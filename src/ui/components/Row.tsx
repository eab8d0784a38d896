import { Transform } from 'ink';
import { memo, type ReactNode } from 'react';
import { type Line, sameLine } from '../format/line.ts';
import type { Theme } from '../theme.ts';
import { paint } from './paint.ts';

type RowProps = { readonly line: Line; readonly theme: Theme };

/** One line of the screen as one text node; drawn again only when it looks different. */
export const Row = memo(DrawnRow, (a, b) => a.theme === b.theme && sameLine(a.line, b.line));

/**
 * What is laid out is one blank; the box around knows its size, and the line its width. Ink measures and takes apart every
 * text in every frame, sign by sign as soon as one of them is no ASCII: a blank costs it nothing.
 */
function DrawnRow({ line, theme }: RowProps): ReactNode {
  const painted = paint(line, theme);
  return <Transform transform={() => painted}> </Transform>;
}
