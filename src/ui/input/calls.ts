import type { Questions } from '../../app/engine/types.ts';
import type { Call, Signal } from '../../core/events.ts';
import { selectCall } from '../keys/detail.ts';
import type { Deed } from '../keys/types.ts';
import type { ViewAction } from '../view/reducer.ts';
import type { ViewState } from '../view/types.ts';

/** What it takes to show calls. */
export type CallHands = {
  readonly ask: Pick<Questions, 'content' | 'callOf'>;
  readonly dispatch: (action: ViewAction) => void;
  readonly view: () => ViewState;
};

/** Shows a call, and what was said in it as soon as its source has told. */
export async function showCall(call: Call, { ask, dispatch }: CallHands): Promise<void> {
  dispatch({ type: 'detail', change: { type: 'open', call } });
  const answer = await ask.content(call).catch((error: unknown) => ({ ok: false, reason: String(error) }) as const);
  const content = answer.ok
    ? ({ type: 'ready', content: answer.value } as const)
    : ({ type: 'failed', reason: answer.reason } as const);
  dispatch({ type: 'detail', change: { type: 'content', call, content } });
}

/** Goes to the call that a signal is about: among the calls of its conversation, else to the call alone. */
export function showCause(signal: Signal, hands: CallHands): void {
  const { ask, dispatch, view } = hands;
  const call = ask.callOf(signal);
  if (call === null) {
    const text = `the call that caused ${signal.signal} is not known here, or not held any more`;
    return dispatch({ type: 'toast', text, kind: 'refused' });
  }
  if (call.conversationId === null) return void showCall(call, hands);
  const { focus, zoomed, filter } = view();
  // A filter might hide what one wants to see.
  if (filter.pane === 'conversations' || filter.pane === 'stream') {
    dispatch({ type: 'filter', change: { type: 'clear' } });
  }
  dispatch({ type: 'list', pane: 'conversations', list: { selectedId: call.conversationId, offset: 0 } });
  for (const deed of selectCall(call.callId)) lookOnly(deed, dispatch);
  dispatch({ type: 'into', pane: 'stream', back: { focus, zoomed } });
}

function lookOnly(deed: Deed, dispatch: CallHands['dispatch']): void {
  if (deed.type === 'view') dispatch(deed.action);
}
