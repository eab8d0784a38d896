import type { Interruption } from '../../../core/interruptions.ts';
import { idOf, nameOf, nsOf, pidOf } from '../../wire/fields.ts';
import { severityAndDetail } from '../../wire/interruption.ts';
import { jsonItem, rawId } from './json-item.ts';

/** One item of `/api/interruptions`. */
export type InterruptionRecord = {
  /** The row's id in the database. */
  readonly id: number;
  readonly interruption: Interruption;
  /** The conversation and the trace, as they are asked for. */
  readonly conversation: string | null;
  readonly trace: string | null;
  /** Differs when anything about it has changed. */
  readonly fingerprint: string;
};

type Wire = {
  readonly id?: unknown;
  readonly interruption_id?: unknown;
  readonly session_id?: unknown;
  readonly trace_id?: unknown;
  readonly conversation_id?: unknown;
  readonly call_id?: unknown;
  readonly pid?: unknown;
  readonly agent_name?: unknown;
  readonly interruption_type?: unknown;
  readonly severity?: unknown;
  readonly occurred_at_ns?: unknown;
  readonly detail?: unknown;
  readonly resolved?: unknown;
};

/** Reads one; null for what is none. */
export function interruptionRecord(text: string): InterruptionRecord | null {
  const wire: Wire = jsonItem(text) ?? {};
  const interruptionId = idOf(wire.interruption_id);
  const type = nameOf(wire.interruption_type);
  const occurredNs = nsOf(wire.occurred_at_ns);
  const { id } = wire;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return null;
  if (interruptionId === null || type === null || occurredNs === null) return null;
  const interruption: Interruption = {
    interruptionId,
    type,
    ...severityAndDetail(type, wire.severity, wire.detail),
    agent: nameOf(wire.agent_name) ?? 'unknown',
    pid: pidOf(wire.pid),
    conversationId: idOf(wire.conversation_id),
    sessionId: idOf(wire.session_id),
    callId: idOf(wire.call_id),
    occurredNs,
    resolved: wire.resolved === true || wire.resolved === 1,
  };
  const fingerprint = `${interruption.resolved ? 'resolved' : 'open'}|${interruption.sessionId ?? '-'}`;
  return { id, interruption, conversation: rawId(wire.conversation_id), trace: rawId(wire.trace_id), fingerprint };
}
