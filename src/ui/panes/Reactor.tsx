import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { reactorLines } from '../lines/reactor.ts';
import type { ReactorProps } from './props.ts';

/** What the reactor is about to do, and why it does not. */
export function Reactor(props: ReactorProps): ReactNode {
  return <Lines lines={reactorLines(props)} width={props.width} theme={props.theme} />;
}
