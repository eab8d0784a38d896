import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { conversationLines } from '../lines/conversations.ts';
import type { ConversationsProps } from './props.ts';

/** All conversations, those that need attention above the rest. */
export function Conversations(props: ConversationsProps): ReactNode {
  return <Lines lines={conversationLines(props)} width={props.width} theme={props.theme} />;
}
