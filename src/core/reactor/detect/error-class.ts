/**
 * The class of a failed call, for derived storms: from the error text where there is one (agentsight's keyword table,
 * in its order of evaluation), else from the HTTP status, which is all that real feeds often carry.
 */

type Row = { readonly errorClass: string; readonly keywords: readonly string[] };

const KEYWORDS: readonly Row[] = [
  { errorClass: 'auth_error', keywords: ['invalid_api_key', 'authentication', 'unauthorized', 'invalid x-api-key'] },
  { errorClass: 'rate_limit', keywords: ['rate_limit', 'rate limit', 'too many requests'] },
  { errorClass: 'network_timeout', keywords: ['timeout', 'timed out', 'deadline exceeded'] },
  { errorClass: 'service_unavailable', keywords: ['overloaded', 'service_unavailable', 'service unavailable'] },
  {
    errorClass: 'context_overflow',
    keywords: [
      'context_length_exceeded',
      'maximum context length',
      'context window',
      'context_length',
      'reduce the length',
      'prompt is too long',
      'input is too long',
      'tokens_limit_reached',
      'context limit',
      'exceeds the model',
    ],
  },
  {
    errorClass: 'resource_exhaustion',
    keywords: [
      'quota',
      'billing',
      'insufficient',
      'usage_limit',
      'spending limit',
      'daily limit',
      'monthly limit',
      'credit',
      'exhausted',
      'allowance',
    ],
  },
  { errorClass: 'safety_filter', keywords: ['content_filter'] },
  {
    errorClass: 'state_machine_error',
    keywords: [
      'invalid state',
      'protocol error',
      'malformed',
      'unexpected response',
      'invalid transition',
      'parse error',
      'deserialization',
    ],
  },
];

const STATUS_CLASSES: ReadonlyMap<number, string> = new Map([
  [401, 'auth_error'],
  [403, 'auth_error'],
  [429, 'rate_limit'],
  [408, 'network_timeout'],
  [504, 'network_timeout'],
  [502, 'service_unavailable'],
  [503, 'service_unavailable'],
  [529, 'service_unavailable'],
  [402, 'resource_exhaustion'],
  [413, 'context_overflow'],
]);

/** The error class of a failed call; `llm_error` where nothing more specific is known. */
export function errorClass(error: string | null, statusCode: number | null): string {
  const text = error?.toLowerCase() ?? '';
  const row = text === '' ? undefined : KEYWORDS.find(({ keywords }) => keywords.some((word) => text.includes(word)));
  return row?.errorClass ?? (statusCode === null ? undefined : STATUS_CLASSES.get(statusCode)) ?? 'llm_error';
}
