import type { Ns } from '../../../core/units.ts';
import { MAX_SUMMARY_QUERY } from '../../limits.ts';
import { cleanLine } from '../../../core/text.ts';
import { nameOf, nsOf, textOf } from '../../wire/fields.ts';
import { jsonItem, rawId } from './json-item.ts';

/** One session as `/api/sessions` sums it up, within the window that was asked for. */
export type SessionSummary = {
  readonly id: string;
  /** The latest start of a call. */
  readonly lastSeenNs: Ns;
  readonly agent: string | null;
  /** Differs as soon as a call has been added, has ended or was moved. */
  readonly fingerprint: string;
};

/** One conversation as a session's list sums it up. */
export type ConversationSummary = {
  readonly id: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly model: string | null;
  readonly userQuery: string | null;
  readonly startNs: Ns;
  /** The latest end of a call, null while none has ended. */
  readonly endNs: Ns | null;
  readonly fingerprint: string;
};

type WireSession = {
  readonly session_id?: unknown;
  readonly conversation_count?: unknown;
  readonly last_seen_ns?: unknown;
  readonly total_input_tokens?: unknown;
  readonly total_output_tokens?: unknown;
  readonly agent_name?: unknown;
};
type WireConversation = {
  readonly conversation_id?: unknown;
  readonly call_count?: unknown;
  readonly total_input_tokens?: unknown;
  readonly total_output_tokens?: unknown;
  readonly start_ns?: unknown;
  readonly end_ns?: unknown;
  readonly model?: unknown;
  readonly user_query?: unknown;
};

/** Reads one item of `/api/sessions`; null for what is none. */
export function sessionSummary(text: string): SessionSummary | null {
  const wire: WireSession = jsonItem(text) ?? {};
  const id = rawId(wire.session_id);
  const lastSeenNs = nsOf(wire.last_seen_ns);
  if (id === null || lastSeenNs === null) return null;
  const { conversation_count: conversations, total_input_tokens: input, total_output_tokens: output } = wire;
  const agent = nameOf(wire.agent_name);
  return { id, lastSeenNs, agent, fingerprint: fingerprintOf([lastSeenNs, conversations, input, output]) };
}

/** Reads one item of `/api/sessions/{id}/traces`; null for what is none. */
export function conversationSummary(text: string): ConversationSummary | null {
  const wire: WireConversation = jsonItem(text) ?? {};
  const id = rawId(wire.conversation_id);
  const startNs = nsOf(wire.start_ns);
  if (id === null || startNs === null) return null;
  const endNs = nsOf(wire.end_ns);
  const { call_count: calls, total_input_tokens: input, total_output_tokens: output } = wire;
  const fingerprint = fingerprintOf([calls, input, output, startNs, endNs]);
  return {
    id,
    calls: sumOf(calls),
    inputTokens: sumOf(input),
    outputTokens: sumOf(output),
    model: nameOf(wire.model),
    userQuery: queryOf(wire.user_query),
    startNs,
    endNs,
    fingerprint,
  };
}

// A sum may exceed what one count may be.
function sumOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function queryOf(value: unknown): string | null {
  const text = textOf(value);
  return text === null ? null : cleanLine(text, MAX_SUMMARY_QUERY);
}

function fingerprintOf(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'number' || typeof value === 'bigint' ? value : '-')).join('|');
}
