import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { captionLines } from '../lines/edges/edges.ts';
import type { CaptionProps } from './props.ts';

/** The line in which the demo's guide speaks. */
export function Caption(props: CaptionProps): ReactNode {
  return <Lines lines={captionLines(props)} width={props.width} theme={props.theme} />;
}
