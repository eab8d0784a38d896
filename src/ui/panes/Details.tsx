import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { detailsLines } from '../lines/details.ts';
import type { DetailsProps } from './props.ts';

/** All about the selected row. */
export function Details(props: DetailsProps): ReactNode {
  return <Lines lines={detailsLines(props)} width={props.width} theme={props.theme} />;
}
