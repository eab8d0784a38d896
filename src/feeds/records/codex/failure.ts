import type { Failure } from '../provider.ts';
import { fieldsOf } from '../values.ts';
import { httpStatusOf, nameOf, objectOf } from '../../wire/fields.ts';

/** Errors that end a turn without a call having failed. */
const NO_CALL_FAILED = new Set(['thread_rollback_failed', 'active_turn_not_steerable']);

/** Codex' codes that name a class of the rule book by themselves; of the others the status and the text decide. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['context_window_exceeded', 'context_overflow'],
  ['session_budget_exceeded', 'resource_exhaustion'],
  ['usage_limit_exceeded', 'quota_reached'],
  ['server_overloaded', 'service_unavailable'],
  ['cyber_policy', 'safety_filter'],
  ['unauthorized', 'auth_error'],
  ['http_connection_failed', 'network_timeout'],
  ['response_stream_connection_failed', 'network_timeout'],
  ['response_stream_disconnected', 'network_timeout'],
]);

/**
 * Reads the error at the end of a turn, whose last call failed then. `info` is `codex_error_info`: a code, or an object
 * whose only key is the code and whose value may hold an HTTP status. `isLimitReached`: the plan's
 * limit was recorded as reached. Returns null where no call failed.
 */
export function failureOf(info: unknown, text: string | null, isLimitReached: boolean): Failure | null {
  const [code, facts] = objectOf(info) === null ? [info, null] : (Object.entries(fieldsOf(info))[0] ?? []);
  const name = nameOf(code);
  if (name !== null && NO_CALL_FAILED.has(name)) return null;
  const status = httpStatusOf(fieldsOf(facts)['http_status_code']);
  const byCode = status === null && name !== null ? (CLASSES.get(name) ?? null) : null;
  const errorClass = byCode ?? (status === null && isLimitReached ? 'quota_reached' : null);
  return { status, text: text ?? name, errorClass };
}
