import { describe, expect, test } from 'vitest';
import { errorClass } from '../../../../src/core/reactor/detect/error-text.ts';

describe('the error text gives the class, in the order of the feed contract', () => {
  test.each([
    ['auth_error', ['invalid_api_key', 'Authentication failed', 'Unauthorized', 'invalid x-api-key']],
    ['rate_limit', ['rate_limit_error', 'Rate limit reached', 'Too Many Requests']],
    ['network_timeout', ['connect timeout', 'request timed out', 'context deadline exceeded']],
    ['service_unavailable', ['Overloaded', 'service_unavailable']],
    [
      'context_overflow',
      [
        'context_length_exceeded',
        'maximum context length is 8192',
        'the context window',
        'context_length',
        'reduce the length',
        'prompt is too long',
        'input is too long',
        'tokens_limit_reached',
        'context limit',
        'exceeds the model',
      ],
    ],
    [
      'resource_exhaustion',
      [
        'quota',
        'billing hard limit',
        'insufficient funds',
        'usage_limit',
        'spending limit',
        'daily limit',
        'monthly limit',
        'credit balance',
        'resource exhausted',
        'allowance',
      ],
    ],
    ['safety_filter', ['content_filter']],
    [
      'state_machine_error',
      [
        'invalid state',
        'protocol error',
        'malformed',
        'unexpected response',
        'invalid transition',
        'parse error',
        'deserialization',
      ],
    ],
  ] as const)('%s', (expected, texts) => {
    for (const text of texts) expect(errorClass(text, 500), text).toBe(expected);
  });

  test('the first row that matches wins', () => {
    expect(errorClass('rate limit: quota exhausted after a timeout', 500)).toBe('rate_limit');
  });

  test('a text that says nothing leaves it to the status', () => {
    expect(errorClass('<html>no</html>', 429)).toBe('rate_limit');
  });
});

describe('without a text the status gives the class', () => {
  test.each([
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
    [400, 'llm_error'],
    [404, 'llm_error'],
    [500, 'llm_error'],
    [599, 'llm_error'],
  ])('%i is %s', (status, expected) => {
    expect(errorClass(null, status)).toBe(expected);
    expect(errorClass('', status)).toBe(expected);
  });

  test('nothing known at all is an llm_error', () => {
    expect(errorClass(null, null)).toBe('llm_error');
  });
});
