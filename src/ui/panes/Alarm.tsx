import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { alarmLine } from '../lines/edges/edges.ts';
import type { AlarmProps } from './props.ts';

/** What is wrong, above a single pane. */
export function Alarm(props: AlarmProps): ReactNode {
  return <Lines lines={[alarmLine(props)]} width={props.width} theme={props.theme} />;
}
