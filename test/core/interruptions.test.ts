import { describe, expect, test } from 'vitest';
import { INTERRUPTION_TYPES, interruptionType } from '../../src/core/interruptions.ts';
import { policyTable } from '../../src/core/reactor/policy/table.ts';
import { interruptionDetail } from '../../src/feeds/wire/interruption.ts';

const NO_RULES = { types: {}, severities: {} };

describe('one row says all of a type of interruption', () => {
  test.each(Object.entries(INTERRUPTION_TYPES))('%s: the policy goes by it', (name, { action, severity }) => {
    const table = policyTable({ config: NO_RULES, session: NO_RULES });
    expect(table.find((row) => row.name === name)).toMatchObject({ action, severity, rule: 'default' });
  });

  test('its own words come first, then those of all types', () => {
    const detail = JSON.stringify({ model: 'm', status_code: 200, output_tokens: 8, max_tokens: 8 });
    expect(interruptionDetail('token_limit', detail).text).toBe('answered 8 of at most 8 tokens, HTTP 200, model m');
  });

  test('a phrase of several keys stands before those of fewer among them', () => {
    for (const { detail } of Object.values(INTERRUPTION_TYPES))
      for (const [place, { keys }] of detail.entries())
        for (const earlier of detail.slice(0, place))
          expect(earlier.keys.length < keys.length && earlier.keys.every((key) => keys.includes(key))).toBe(false);
  });

  test('a type named like a property of Object is none', () => {
    expect(interruptionType('constructor')).toBeNull();
    expect(interruptionType('__proto__')).toBeNull();
  });
});
