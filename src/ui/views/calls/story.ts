/** The story of the conversation whose calls are shown: read from its records on demand, and dropped with the next one. */
import type { StoreApi } from 'zustand';
import type { ConversationView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineStore, Queries } from '../../../engine/types.ts';
import { TWO_COLUMNS } from '../../app/layout.ts';
import type { Size } from '../../render/frame.ts';
import type { ViewAction, ViewState } from '../../app/state.ts';

/** A conversation that goes on is read again after so long at the soonest, ms. */
const AGAIN_MS = 1_000;

export type StoryReaderDeps = {
  readonly engine: EngineStore;
  readonly store: StoreApi<ViewState>;
  readonly queries: Pick<Queries, 'story'>;
  readonly size: () => Size;
  readonly now: () => Ms;
  readonly dispatch: (action: ViewAction) => void;
};

/**
 * Reads the story of the selected conversation while its calls are on the screen, one at a time. Called after every change,
 * so it checks first whether anything is to be done.
 */
export function createStoryReader(deps: StoryReaderDeps): () => void {
  const { engine, store, queries, now, dispatch } = deps;
  let reading: { readonly conversationId: string; readonly abort: AbortController } | null = null;
  const read = async (conversation: ConversationView, stamp: string): Promise<void> => {
    const { conversationId } = conversation;
    const abort = new AbortController();
    reading = { conversationId, abort };
    const answer = await queries.story(conversationId, abort.signal).catch(() => null);
    reading = null;
    if (abort.signal.aborted) return poll();
    const value = answer?.ok === true ? answer.value : null;
    dispatch({ type: 'story', story: { conversationId, stamp, readAt: now(), value } });
  };
  const poll = (): void => {
    const state = store.getState();
    const wanted = wantedIn(state, engine.getState().model.conversations, deps.size());
    if (reading !== null) {
      if (reading.conversationId !== wanted?.conversationId) reading.abort.abort();
      return;
    }
    if (wanted === null) return;
    const { story } = state;
    const stamp = stampOf(wanted);
    const isKnown = story?.conversationId === wanted.conversationId;
    const isFresh = isKnown && (story.stamp === stamp || state.frozen !== null || now() - story.readAt < AGAIN_MS);
    if (!isFresh) void read(wanted, stamp);
  };
  store.subscribe(poll);
  engine.subscribe(poll);
  return poll;
}

function wantedIn(
  { lists, focus }: ViewState,
  conversations: readonly ConversationView[],
  { columns }: Size,
): ConversationView | null {
  // On a narrow screen the calls stand alone.
  if (columns < TWO_COLUMNS && focus !== 'calls') return null;
  const id = lists['conversations']?.selectedId ?? null;
  const found = conversations.find(({ conversationId }) => conversationId === id);
  return found === undefined || found.session === null ? null : found;
}

function stampOf({ lastCallAt, totals, session }: ConversationView): string {
  return [lastCallAt, totals.calls, session?.lastAt, session?.open?.since, session?.open?.name].join(' ');
}
