import type { Ack, AckScope } from '../../acks.ts';
import { type Interruption, SEVERITIES, type Severity } from '../../interruptions.ts';
import { nsToMs } from '../../units.ts';
import { callSignalId, interruptionSignalId, isUniqueCallId } from '../signals.ts';
import { matches } from '../silences/silences.ts';
import type { SignalRecord } from '../types.ts';

/** Returns true if a scope means a signal. */
export function isMeant(scope: AckScope, { signal, reports }: Pick<SignalRecord, 'signal' | 'reports'>): boolean {
  const { ids, before } = scope;
  return (
    (ids === undefined || ids.includes(signal.signalId)) &&
    (before === undefined || reports.lastAt <= before) &&
    matches(scope, signal)
  );
}

/** Returns the acknowledgement that covers a signal, the latest of several; null for none. */
export function ackOf(acks: readonly Ack[], record: Pick<SignalRecord, 'signal' | 'reports'>): Ack | null {
  if (acks.length === 0) return null;
  const { signal } = record;
  const own = named(acks, signal.signalId, signal.severity);
  if (own !== undefined || !signal.historical) return own ?? null;
  return acks.findLast(({ older }) => older !== null && isMeant(older, record)) ?? null;
}

/**
 * Returns the acknowledgement of an interruption: that of the signal which stands for it. `signals` are those that are
 * known: several rows may be one signal.
 */
export function ackOfInterruption(
  acks: readonly Ack[],
  interruption: Interruption,
  signals: readonly SignalRecord[],
): Ack | null {
  if (acks.length === 0) return null;
  const { interruptionId, severity, callId, detail } = interruption;
  const calls = [...(callId === null ? [] : [callId]), ...detail.callIds].filter(isUniqueCallId);
  const ids = [
    ...(interruptionId === null ? [] : [interruptionSignalId(interruptionId)]),
    ...calls.map((id) => callSignalId({ callId: id, startNs: null })),
    ...signals.filter((record) => standsFor(record, interruption)).map(({ signal }) => signal.signalId),
  ];
  for (const id of ids) {
    const own = named(acks, id, severity);
    if (own !== undefined) return own;
  }
  return acks.findLast(({ older }) => older !== null && isOlder(older, interruption)) ?? null;
}

// The row itself, or a further one of its episode.
function standsFor(
  { signal, reports }: SignalRecord,
  { interruptionId, type, conversationId, occurredNs }: Interruption,
) {
  if (interruptionId !== null && signal.interruptionId === interruptionId) return true;
  if (signal.type !== type || conversationId === null || signal.conversationId !== conversationId) return false;
  const at = nsToMs(occurredNs);
  return at >= signal.at && at <= reports.lastAt;
}

function isOlder(
  { ids, before, signal, agent, conversation, workspace }: NonNullable<Ack['older']>,
  row: Interruption,
) {
  return (
    ids === undefined &&
    workspace === undefined &&
    nsToMs(row.occurredNs) <= before &&
    (signal === undefined || signal === row.type) &&
    (agent === undefined || agent === row.agent) &&
    (conversation === undefined || conversation === row.conversationId)
  );
}

// Undefined: it is not named; null: it was less severe.
function named(acks: readonly Ack[], signalId: string, severity: Severity): Ack | null | undefined {
  const ack = byId(acks).get(signalId);
  const before = ack?.signals[signalId];
  if (ack === undefined || before === undefined) return undefined;
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(before) ? null : ack;
}

const indexes = new WeakMap<readonly Ack[], ReadonlyMap<string, Ack>>();

// A list that is the same has the same index.
function byId(acks: readonly Ack[]): ReadonlyMap<string, Ack> {
  const known = indexes.get(acks);
  if (known !== undefined) return known;
  const index = new Map(acks.flatMap((ack) => Object.keys(ack.signals).map((id) => [id, ack] as const)));
  indexes.set(acks, index);
  return index;
}
