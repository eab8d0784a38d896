import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { headerLine } from '../lines/edges/header.ts';
import type { HeaderProps } from './props.ts';

/** The first line. */
export function Header(props: HeaderProps): ReactNode {
  return <Lines lines={[headerLine(props)]} width={props.width} theme={props.theme} />;
}
