import type { CallContent } from '../../../core/content.ts';
import type { Call } from '../../../core/calls.ts';
import type { SourceUri } from '../../../core/sources.ts';
import { type Reading, type ReadingChange, changeReading } from '../../widgets/reader/state.ts';
import { EMPTY_INPUT } from '../../widgets/text-input.ts';

/** The content of a call: loading, ready, or failed with the reason. */
export type DetailContent =
  | { readonly type: 'loading' }
  | { readonly type: 'ready'; readonly content: CallContent }
  | { readonly type: 'failed'; readonly reason: string };

/** One call with its content. */
export type Detail = Reading & {
  readonly call: Call;
  /** The sources that reported it; empty if there is only one source. */
  readonly sources: readonly SourceUri[];
  readonly content: DetailContent;
};

export type DetailChange =
  | { readonly type: 'open'; readonly call: Call; readonly sources: readonly SourceUri[] }
  | { readonly type: 'content'; readonly call: Call; readonly content: DetailContent }
  | { readonly type: 'close' }
  | ReadingChange;

/** Returns the detail after a change; ignores the content of a call that is no longer shown. */
export function changeDetail(detail: Detail | null, change: DetailChange): Detail | null {
  if (change.type === 'open') return opened(change, detail);
  if (detail === null || change.type === 'close') return null;
  if (change.type !== 'content') return changeReading(detail, change);
  return change.call.callId === detail.call.callId ? { ...detail, content: change.content } : detail;
}

// The search stays when the next call is opened.
function opened({ call, sources }: Pick<Detail, 'call' | 'sources'>, before: Detail | null): Detail {
  const search = before?.search ?? EMPTY_INPUT;
  return { call, sources, content: { type: 'loading' }, offset: 0, search };
}
