import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { signalLines } from '../lines/signals.ts';
import type { SignalsProps } from './props.ts';

/** Signals with their fates. */
export function Signals(props: SignalsProps): ReactNode {
  return <Lines lines={signalLines(props)} width={props.width} theme={props.theme} />;
}
