import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { tooSmallLine } from '../lines/edges/edges.ts';
import type { TooSmallProps } from './props.ts';

/** Everything in one line, where there is no room for panes. */
export function TooSmall(props: TooSmallProps): ReactNode {
  return <Lines lines={[tooSmallLine(props)]} width={props.width} theme={props.theme} />;
}
