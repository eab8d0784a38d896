import type { StoreApi } from 'zustand';
import type { Ms } from '../../../core/units.ts';
import { isRecordMedium } from '../../../core/sources.ts';
import type { EngineView, Queries } from '../../../engine/types.ts';
import { olderOf } from '../../app/keys/older.ts';
import type { ViewAction, ViewState } from '../../app/state.ts';
import { contentText, type FoundIn, withHit } from './found.ts';

/** The texts that are searched at least: those of the last days. */
export const SEARCHED_MS = 7 * 86_400_000;
/** Interval between two reports of the hits so far, ms. */
const REPORT_MS = 200;

export type TextSearchDeps = {
  readonly store: StoreApi<ViewState>;
  readonly queries: Pick<Queries, 'search'>;
  readonly now: () => Ms;
  /** The engine's view of the moment: older texts are searched as far as their records are read. */
  readonly view: () => EngineView;
  readonly dispatch: (action: ViewAction) => void;
};

/** Searches the texts that the filter of the conversations asks for; another filter, or none, cancels it. */
export function createTextSearch({ store, queries, now, view, dispatch }: TextSearchDeps): void {
  let running: { readonly text: string; readonly abort: AbortController } | null = null;
  const run = async (text: string, abort: AbortController): Promise<void> => {
    const hits = new Map<string, FoundIn>();
    const since = searchedSince(view(), now());
    let share = 0;
    let reportedAt = now();
    const report = (end: Awaited<ReturnType<Queries['search']>> | null): void => {
      if (abort.signal.aborted) return;
      reportedAt = now();
      dispatch({ type: 'found', found: { text, hits: new Map(hits), since, share, end } });
    };
    const search = {
      text,
      since,
      hit: (hit: Parameters<typeof withHit>[1]) => withHit(hits, hit),
      progress: (done: number) => {
        share = done;
        if (now() - reportedAt >= REPORT_MS) report(null);
      },
    };
    report(await queries.search(search, abort.signal).catch(() => ({ why: 'cancelled', unread: [] }) as const));
  };
  store.subscribe((state) => {
    const text = contentText(state, 'conversations');
    if (text === (running?.text ?? null)) return;
    // While it is typed anew, what was found stands.
    if (text === null && state.editing === 'conversations') return;
    running?.abort.abort();
    running = text === null ? null : { text, abort: new AbortController() };
    if (running !== null) void run(running.text, running.abort);
    else if (state.found !== null) dispatch({ type: 'found', found: null });
  });
}

// What is listed can be searched: back to where records were read, or to the oldest conversation where all were.
function searchedSince(view: EngineView, now: Ms): Ms {
  const week = now - SEARCHED_MS;
  const older = olderOf(view);
  if (older !== null) return Math.min(week, older.from);
  if (!view.sources.some(({ health }) => isRecordMedium(health.medium))) return week;
  return view.model.conversations.reduce((since, { lastCallAt }) => Math.min(since, lastCallAt ?? since), week);
}
