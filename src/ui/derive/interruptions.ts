import type { EngineView } from '../../engine/types.ts';
import type { Interruption, Severity } from '../../core/interruptions.ts';
import { nsToMs } from '../../core/units.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import type { Tone } from '../theme.ts';
import { severityTone } from './signals.ts';

/** What stands where nobody has said whose a signal or an interruption is. */
export const UNATTRIBUTED = 'unattributed';

/** The interruption behind a signal, a derived storm included; null where there is none, or where it is not held any more. */
export function interruptionOf(view: EngineView, { signal }: SignalRecord): Interruption | null {
  if (signal.interruptionId !== null) return byId(view.model.interruptions).get(signal.interruptionId) ?? null;
  if (signal.origin !== 'derived') return null;
  return view.derived.find((storm) => isStormOf(storm, signal)) ?? null;
}

/** Whether the cause of a signal is over, as far as the feed tells: null where it tells nothing of that. */
export function isResolved(view: EngineView, record: SignalRecord): boolean | null {
  return interruptionOf(view, record)?.resolved ?? null;
}

/** The same as a word for the screen; what is not over is as bad as its severity. */
export function stateOf(view: EngineView, record: SignalRecord): { readonly text: string; readonly tone: Tone } | null {
  const resolved = isResolved(view, record);
  if (resolved === null) return null;
  return resolved
    ? { text: 'resolved', tone: 'good' }
    : { text: 'unresolved', tone: severityTone(record.signal.severity) };
}

/** The unresolved interruptions of a conversation that have an id, the worst and then the newest first. */
export function openOf(view: EngineView, conversationId: string): readonly Interruption[] {
  return openByConversation(view.model.interruptions).get(conversationId) ?? [];
}

/** Whose a signal is, in a word: its conversation, else the session of its interruption, else nobody's. */
export function ownerOf(view: EngineView, record: SignalRecord): string {
  const { conversationId } = record.signal;
  if (conversationId !== null) return conversationId;
  const session = interruptionOf(view, record)?.sessionId ?? null;
  return session === null ? UNATTRIBUTED : `session ${session}`;
}

/** Unresolved interruptions that name neither a conversation nor a session. */
export function unattributed({ model }: EngineView): readonly Interruption[] {
  return nobodys(model.interruptions);
}

const nobodys = perList((interruptions) =>
  interruptions.filter(
    ({ resolved, conversationId, sessionId }) => !resolved && conversationId === null && sessionId === null,
  ),
);

const byId = perList((interruptions) => new Map(interruptions.map((one) => [one.interruptionId, one])));

const openByConversation = perList((interruptions) => {
  const open = interruptions.filter(({ resolved, interruptionId }) => !resolved && interruptionId !== null);
  const worstFirst = open.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
  return Map.groupBy(worstFirst, ({ conversationId }) => conversationId);
});

// The list is another only when an interruption has come or changed, a moment is another with every call.
function perList<T>(derive: (interruptions: readonly Interruption[]) => T): (list: readonly Interruption[]) => T {
  const made = new WeakMap<readonly Interruption[], { readonly value: T }>();
  return (list) => {
    const known = made.get(list) ?? { value: derive(list) };
    made.set(list, known);
    return known.value;
  };
}

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

function isStormOf(storm: Interruption, { signal, conversationId, at }: SignalRecord['signal']): boolean {
  return storm.type === signal && storm.conversationId === conversationId && nsToMs(storm.occurredNs) === at;
}
