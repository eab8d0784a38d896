import { describe, expect, test } from 'vitest';
import { callSummary } from '../../../src/ui/views/calls/rows.ts';
import { failedCall, makeCall } from '../../helpers/feed-events.ts';

describe('how a call went, in words', () => {
  test('a failed one says its status, the class of its error and what the server said', () => {
    const { sign, text: words } = callSummary(failedCall({ statusCode: 401, error: 'invalid key' }));
    expect(sign).toBe('failed');
    expect(words).toBe('401 auth_error: invalid key');
  });

  test('one that counts as no failure but carries an error says so, and is no plain success', () => {
    const { sign, tone, text: words } = callSummary(makeCall({ statusCode: 200, error: 'killed by signal 9' }));
    expect(sign).toBe('ok');
    expect(tone).toBe('warning');
    expect(words).toBe('ended with an error: killed by signal 9');
  });

  test('one without an error says its tools, each with how often', () => {
    expect(callSummary(makeCall({ tools: ['Bash', 'Edit', 'Bash'] })).text).toBe('Bash ×2, Edit');
  });
});
