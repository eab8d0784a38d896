import type { Interruption } from '../../interruptions.ts';
import type { ModelState } from '../state.ts';

/** Forgets what was made of interruptions that have changed. */
export function changed(state: ModelState, interruptions: readonly (Interruption | null)[]): void {
  state.flags = null;
  state.listed = null;
  for (const one of interruptions) {
    const conversation = state.conversations.get(one?.conversationId ?? null);
    if (conversation !== undefined) conversation.view = null;
  }
}
