/** The result so far of a search in the texts of all conversations: `?TEXT` in the filter of the conversations. */
import type { SearchEnd, TextHit } from '../../../core/story.ts';
import type { Ms } from '../../../core/units.ts';

/** The hits of one conversation: how many, and the text around the first. */
export type FoundIn = { readonly count: number; readonly excerpt: string };

export type Found = {
  readonly text: string;
  readonly hits: ReadonlyMap<string, FoundIn>;
  /** The time from which on texts are searched; null before it begins. */
  readonly since: Ms | null;
  /** The part of the texts that was searched, 0…1. */
  readonly share: number;
  /** Null while it goes on. */
  readonly end: SearchEnd | null;
};

/** Fewer characters would be found everywhere. */
const LEAST_TEXT = 2;
const SIGN = '?';

type State = {
  readonly filters: Readonly<Record<string, string>>;
  readonly editing: string | null;
  readonly found: Found | null;
};

/** Returns the text that is searched in content; null where the filter of the list asks for none, or is being typed. */
export function contentText({ filters, editing }: Omit<State, 'found'>, list: string): string | null {
  const text = filters[list] ?? '';
  if (!text.startsWith(SIGN) || editing === list) return null;
  const wanted = text.slice(SIGN.length).trim();
  return wanted.length < LEAST_TEXT ? null : wanted;
}

/** Returns what was found of the text that the list asks for; null where it asks for none. */
export function foundFor(state: State, list: string): Found | null {
  const text = contentText(state, list);
  if (text === null) return null;
  return state.found?.text === text ? state.found : { text, hits: new Map(), since: null, share: 0, end: null };
}

/** Adds a hit to those of its conversation. */
export function withHit(hits: Map<string, FoundIn>, { conversationId, excerpt }: TextHit): void {
  const known = hits.get(conversationId);
  hits.set(conversationId, { count: (known?.count ?? 0) + 1, excerpt: known?.excerpt ?? excerpt });
}
