import type { CallContent } from '../../../core/content.ts';
import type { Call } from '../../../core/calls.ts';
import type { SourceUri } from '../../../core/sources.ts';
import { type Reading, type ReadingChange, changeReading } from '../../widgets/reader/state.ts';
import { NOTHING_TYPED } from '../../widgets/text-input.ts';

/** What was said in a call: asked for, here, or not to be had and why. */
export type DetailContent =
  | { readonly type: 'loading' }
  | { readonly type: 'ready'; readonly content: CallContent }
  | { readonly type: 'failed'; readonly reason: string };

/** One call with everything that was said in it. */
export type Detail = Reading & {
  readonly call: Call;
  /** The sources that tell of it; empty where there is only one source. */
  readonly sources: readonly SourceUri[];
  readonly content: DetailContent;
};

export type DetailChange =
  | { readonly type: 'open'; readonly call: Call; readonly sources: readonly SourceUri[] }
  | { readonly type: 'content'; readonly call: Call; readonly content: DetailContent }
  | { readonly type: 'close' }
  | ReadingChange;

/** The detail after a change; an answer for a call that is not shown any more changes nothing. */
export function changeDetail(detail: Detail | null, change: DetailChange): Detail | null {
  if (change.type === 'open') return opened(change, detail);
  if (detail === null || change.type === 'close') return null;
  if (change.type !== 'content') return changeReading(detail, change);
  return change.call.callId === detail.call.callId ? { ...detail, content: change.content } : detail;
}

// What is searched for stays while one goes from call to call.
function opened({ call, sources }: Pick<Detail, 'call' | 'sources'>, before: Detail | null): Detail {
  const search = before?.search ?? NOTHING_TYPED;
  return { call, sources, content: { type: 'loading' }, offset: 0, search };
}
