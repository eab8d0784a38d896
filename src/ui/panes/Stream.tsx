import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { streamLines } from '../lines/stream.ts';
import type { StreamProps } from './props.ts';

/** The calls of one conversation. */
export function Stream(props: StreamProps): ReactNode {
  return <Lines lines={streamLines(props)} width={props.width} theme={props.theme} />;
}
