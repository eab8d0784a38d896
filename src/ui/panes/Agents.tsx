import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { agentLines } from '../lines/agents.ts';
import type { AgentsProps } from './props.ts';

/** What each agent spends. */
export function Agents(props: AgentsProps): ReactNode {
  return <Lines lines={agentLines(props)} width={props.width} theme={props.theme} />;
}
