import type { CallContent } from '../../core/content.ts';
import type { Call } from '../../core/events.ts';
import { cleanLine } from '../../core/text.ts';
import { withoutLast } from './silence-form.ts';

/** Longest text that is searched for, characters. */
const MAX_SEARCH = 120;

/** What was said in a call: asked for, here, or not to be had and why. */
export type DetailContent =
  | { readonly type: 'loading' }
  | { readonly type: 'ready'; readonly content: CallContent }
  | { readonly type: 'failed'; readonly reason: string };

/** One call with everything that was said in it. */
export type Detail = {
  readonly call: Call;
  readonly content: DetailContent;
  /** First line that is shown; a wish, clamped when drawn. */
  readonly offset: number;
  readonly search: { readonly text: string; readonly editing: boolean };
};

export type DetailChange =
  | { readonly type: 'open'; readonly call: Call }
  | { readonly type: 'content'; readonly call: Call; readonly content: DetailContent }
  | { readonly type: 'scroll'; readonly offset: number }
  | { readonly type: 'search' | 'text'; readonly text: string }
  | { readonly type: 'erase' | 'keep' | 'drop' | 'close' };

/** The detail after a change; an answer for a call that is not shown any more changes nothing. */
export function changeDetail(detail: Detail | null, change: DetailChange): Detail | null {
  if (change.type === 'open') return opened(change.call, detail);
  if (detail === null || change.type === 'close') return null;
  const { search } = detail;
  switch (change.type) {
    case 'content':
      return change.call.callId === detail.call.callId ? { ...detail, content: change.content } : detail;
    case 'scroll':
      return { ...detail, offset: Math.max(0, change.offset) };
    case 'search':
      return { ...detail, search: { text: change.text, editing: true } };
    case 'text':
      return { ...detail, search: { ...search, text: longer(search.text, change.text) } };
    case 'erase':
      return { ...detail, search: { ...search, text: withoutLast(search.text) } };
    case 'keep':
      return { ...detail, search: { ...search, editing: false } };
    case 'drop':
      return { ...detail, search: { text: '', editing: false } };
  }
}

// What is searched for stays while one goes from call to call.
function opened(call: Call, before: Detail | null): Detail {
  const search = before === null ? { text: '', editing: false } : before.search;
  return { call, content: { type: 'loading' }, offset: 0, search };
}

function longer(text: string, more: string): string {
  return (text + (more === ' ' ? more : cleanLine(more, MAX_SEARCH))).slice(0, MAX_SEARCH);
}
