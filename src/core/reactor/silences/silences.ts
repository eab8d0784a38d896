import type { Matcher, Silence } from '../../acting.ts';
import type { Ms, Signal } from '../../events.ts';
import { MAX_SILENCES } from '../../limits.ts';
import { cancel, type Draft, schedule } from '../draft.ts';

const TIMER = 'silences';

/** The first active silence that matches, null for none. All given fields of a matcher must be equal. */
export function silenceFor(silences: readonly Silence[], signal: Signal, at: Ms): Silence | null {
  return silences.find((silence) => at < silence.endsAt && matches(silence.matcher, signal)) ?? null;
}

/** A silence over everything that a workspace's signals could be: its state reads `suppressed`. */
export function workspaceSilence(silences: readonly Silence[], workspace: string, at: Ms): Silence | null {
  const covers = ({ conversation, agent, signal, workspace: only }: Matcher): boolean =>
    conversation === undefined &&
    agent === undefined &&
    signal === undefined &&
    (only === undefined || only === workspace);
  return silences.find((silence) => at < silence.endsAt && covers(silence.matcher)) ?? null;
}

/** Counts a suppressed signal on its silence. */
export function countHeldBack(draft: Draft, id: string): void {
  const silences = draft.state.silences.map((silence) =>
    silence.id === id ? { ...silence, heldBack: silence.heldBack + 1 } : silence,
  );
  draft.state = { ...draft.state, silences };
}

/** Puts a silence in the place of one with the same id, or adds it; the one that ends first makes room. */
export function putSilence(draft: Draft, silence: Silence): void {
  const others = draft.state.silences.filter(({ id }) => id !== silence.id);
  const kept = others.length < MAX_SILENCES ? others : others.toSorted((a, b) => a.endsAt - b.endsAt).slice(1);
  draft.state = { ...draft.state, silences: [...kept, silence] };
  expireSilences(draft);
}

/** Forgets what has ended and waits for the next end. */
export function expireSilences(draft: Draft): void {
  const silences = draft.state.silences.filter(({ endsAt }) => draft.at < endsAt);
  if (silences.length !== draft.state.silences.length) draft.state = { ...draft.state, silences };
  if (silences.length === 0) return cancel(draft, TIMER);
  schedule(draft, TIMER, Math.min(...silences.map(({ endsAt }) => endsAt)));
}

/** Ends one early and returns it; null when there is none of that id. */
export function dropSilence(draft: Draft, id: string): Silence | null {
  const dropped = draft.state.silences.find((silence) => silence.id === id);
  if (!dropped) return null;
  draft.state = { ...draft.state, silences: draft.state.silences.filter((silence) => silence !== dropped) };
  expireSilences(draft);
  return dropped;
}

function matches(matcher: Matcher, signal: Signal): boolean {
  return (
    (matcher.conversation === undefined || matcher.conversation === signal.conversationId) &&
    (matcher.agent === undefined || matcher.agent === signal.agent) &&
    (matcher.signal === undefined || matcher.signal === signal.signal) &&
    (matcher.workspace === undefined || matcher.workspace === signal.workspace)
  );
}
