import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { tabsLine } from '../lines/edges/tabs.ts';
import type { TabsProps } from './props.ts';

/** The panes by number, where one is shown at a time. */
export function Tabs(props: TabsProps): ReactNode {
  return <Lines lines={[tabsLine(props)]} width={props.width} theme={props.theme} />;
}
