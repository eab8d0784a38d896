import { Text } from 'ink';
import { memo, type ReactNode } from 'react';
import { asciiOf } from '../format/ascii.ts';
import { type Line, sameLine } from '../format/line.ts';
import type { Theme } from '../theme.ts';

type RowProps = { readonly line: Line; readonly theme: Theme };

/** One line of the screen as one text node; drawn again only when it looks different. */
export const Row = memo(DrawnRow, (a, b) => a.theme === b.theme && sameLine(a.line, b.line));

function DrawnRow({ line, theme }: RowProps): ReactNode {
  const [first, ...others] = line;
  if (first === undefined) return <Text> </Text>;
  if (others.length === 0) {
    return (
      <Text wrap="truncate" {...theme.styles[first.tone]}>
        {drawn(first.text, theme)}
      </Text>
    );
  }
  return (
    <Text wrap="truncate">
      {line.map(({ text, tone }, place) => (
        // Stretches of a line have no identity but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Text key={place} {...theme.styles[tone]}>
          {drawn(text, theme)}
        </Text>
      ))}
    </Text>
  );
}

function drawn(text: string, { ascii }: Theme): string {
  return ascii ? asciiOf(text) : text;
}
