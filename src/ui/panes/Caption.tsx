import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { captionLine } from '../lines/edges/edges.ts';
import type { CaptionProps } from './props.ts';

/** The line in which the demo's guide speaks. */
export function Caption(props: CaptionProps): ReactNode {
  return <Lines lines={[captionLine(props)]} width={props.width} theme={props.theme} />;
}
