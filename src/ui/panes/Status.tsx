import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { statusLine } from '../lines/edges/edges.ts';
import type { StatusProps } from './props.ts';

/** The line above the footer. */
export function Status(props: StatusProps): ReactNode {
  return <Lines lines={[statusLine(props)]} width={props.width} theme={props.theme} />;
}
