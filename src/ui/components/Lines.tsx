import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Line } from '../format/line.ts';
import type { Theme } from '../theme.ts';
import { Row } from './Row.tsx';

type LinesProps = { readonly lines: readonly Line[]; readonly width: number; readonly theme: Theme };

/** Lines one below the other, in a box of exactly their size. */
export function Lines({ lines, width, theme }: LinesProps): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0} width={width} height={lines.length}>
      {lines.map((line, place) => (
        // A line of the screen has no identity but its place.
        // oxlint-disable-next-line react/no-array-index-key
        <Row key={place} line={line} theme={theme} />
      ))}
    </Box>
  );
}
