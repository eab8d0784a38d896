import type { StoreApi } from 'zustand';
import type { Ms } from '../../../core/units.ts';
import type { Queries } from '../../../engine/types.ts';
import type { ViewAction, ViewState } from '../../app/state.ts';
import { contentText, type FoundIn, withHit } from './found.ts';

/** The texts that are searched: those of the last days. */
const SEARCHED_MS = 7 * 86_400_000;
/** Interval between two reports of the hits so far, ms. */
const REPORT_MS = 200;

export type TextSearchDeps = {
  readonly store: StoreApi<ViewState>;
  readonly queries: Pick<Queries, 'search'>;
  readonly now: () => Ms;
  readonly dispatch: (action: ViewAction) => void;
};

/** Searches the texts that the filter of the conversations asks for; another filter, or none, cancels it. */
export function createTextSearch({ store, queries, now, dispatch }: TextSearchDeps): void {
  let running: { readonly text: string; readonly abort: AbortController } | null = null;
  const run = async (text: string, abort: AbortController): Promise<void> => {
    const hits = new Map<string, FoundIn>();
    let share = 0;
    let reportedAt = now();
    const report = (end: Awaited<ReturnType<Queries['search']>> | null): void => {
      if (abort.signal.aborted) return;
      reportedAt = now();
      dispatch({ type: 'found', found: { text, hits: new Map(hits), share, end } });
    };
    const search = {
      text,
      since: now() - SEARCHED_MS,
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
