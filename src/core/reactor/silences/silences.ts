import type { Matcher, Signal, Silence } from '../../signals.ts';
import type { Ms, Now } from '../../units.ts';
import { MAX_SILENCES } from '../../limits.ts';
import { cancel, type Draft, schedule } from '../draft.ts';
import type { ActiveSilence } from '../types.ts';

const TIMER = 'silences';

/** The two clocks drift apart by less than this unless the wall clock is set, ms; an end must not flicker with it. */
const CLOCK_SET_MS = 1_000;

/** The first active silence that matches, null for none. All given fields of a matcher must be equal. */
export function silenceFor(silences: readonly ActiveSilence[], signal: Signal, now: Now): ActiveSilence | null {
  return silences.find((silence) => silenceLeft(now, silence) > 0 && matches(silence.matcher, signal)) ?? null;
}

/** Returns what is left of a silence, ms: it ends by the wall clock or by the monotonic one, whichever comes first. */
export function silenceLeft(now: Now, { endsAt, endsMono }: ActiveSilence): Ms {
  return Math.min(endsAt - now.at, endsMono - now.mono);
}

/** The end of a silence as it is shown: now + what is left, and the stamp that it was given unless the clock was set. */
export function shownSilenceEnd(now: Now, silence: ActiveSilence): Ms {
  const endsAt = now.at + silenceLeft(now, silence);
  return silence.endsAt - endsAt < CLOCK_SET_MS ? silence.endsAt : endsAt;
}

/** A silence as an operator reads it. */
export function shownSilence(now: Now, silence: ActiveSilence): Silence {
  const { endsMono: _, ...shown } = silence;
  return { ...shown, endsAt: shownSilenceEnd(now, silence) };
}

/** A silence over everything that a workspace's signals could be: its state reads `suppressed`. */
export function workspaceSilence(
  silences: readonly ActiveSilence[],
  workspace: string,
  now: Now,
): ActiveSilence | null {
  return silences.find((silence) => silenceLeft(now, silence) > 0 && coversWorkspace(silence, workspace)) ?? null;
}

/** Returns true if a silence covers every signal of a workspace. */
export function coversWorkspace({ matcher }: Silence, workspace: string): boolean {
  const { conversation, agent, signal, workspace: only } = matcher;
  const isWide = conversation === undefined && agent === undefined && signal === undefined;
  return isWide && (only === undefined || only === workspace);
}

/** Counts a suppressed signal on its silence. */
export function countHeldBack(draft: Draft, id: string): void {
  const silences = draft.state.silences.map((silence) =>
    silence.id === id ? { ...silence, heldBack: silence.heldBack + 1 } : silence,
  );
  draft.state = { ...draft.state, silences };
}

/** Puts a silence instead of one with the same id, or adds it; the one that ends first makes room. */
export function putSilence(draft: Draft, silence: ActiveSilence): void {
  const others = draft.state.silences.filter(({ id }) => id !== silence.id);
  const kept =
    others.length < MAX_SILENCES
      ? others
      : others.toSorted((a, b) => silenceLeft(draft, a) - silenceLeft(draft, b)).slice(1);
  draft.state = { ...draft.state, silences: [...kept, silence] };
  expireSilences(draft);
}

/** Before each input: what has ended stays so, wherever the wall clock is set to later. */
export function endSilences(draft: Draft): void {
  if (draft.state.silences.some((silence) => silenceLeft(draft, silence) <= 0)) expireSilences(draft);
}

/** Forgets what has ended and waits for the next end. */
export function expireSilences(draft: Draft): void {
  const silences = draft.state.silences.filter((silence) => silenceLeft(draft, silence) > 0);
  if (silences.length !== draft.state.silences.length) draft.state = { ...draft.state, silences };
  if (silences.length === 0) return cancel(draft, TIMER);
  schedule(draft, TIMER, draft.mono + Math.min(...silences.map((silence) => silenceLeft(draft, silence))));
}

/** Ends one early and returns it; null when there is none of that id. */
export function dropSilence(draft: Draft, id: string): ActiveSilence | null {
  const dropped = draft.state.silences.find((silence) => silence.id === id);
  if (!dropped) return null;
  draft.state = { ...draft.state, silences: draft.state.silences.filter((silence) => silence !== dropped) };
  expireSilences(draft);
  return dropped;
}

/** Returns whether a silence with this matcher would hold a signal back. */
export function matches(matcher: Matcher, signal: Signal): boolean {
  return (
    (matcher.conversation === undefined || matcher.conversation === signal.conversationId) &&
    (matcher.agent === undefined || matcher.agent === signal.agent) &&
    (matcher.signal === undefined || matcher.signal === signal.type) &&
    (matcher.workspace === undefined || matcher.workspace === signal.workspace)
  );
}
