import { describe, expect, test } from 'vitest';
import { readQuery, unknownValue } from '../../../src/ui/widgets/query.ts';

const ROW = {
  text: 'conv-1 Hermes claude-opus "make it pass" retry_storm',
  fields: { agent: 'Hermes', model: 'claude-opus', state: 'critical active', severity: 'critical' },
};

function keeps(text: string): boolean {
  return readQuery(text).matches(ROW);
}

describe('a filter', () => {
  test.for([
    ['', true],
    ['hermes', true],
    ['hermes cosh', false],
    ['hermes opus', true],
    ['"make it"', true],
    ['"it make"', false],
    ['!cosh', true],
    ['!hermes', false],
    ['/her.*opus/', true],
    ['/^hermes/', false],
    ['!/^hermes/', true],
    ['agent:herm', true],
    ['AGENT:HERM', true],
    ['agent:opus', false],
    ['!agent:opus', true],
    ['model:/opus$/', true],
    ['agent:"Hermes" severity:critical', true],
    ['severity:low', false],
    ['type:anything', false],
    // What is still being typed narrows nothing.
    ['!', true],
    ['agent:', true],
    ['!agent:', true],
    ['/', true],
  ] as const)('%s keeps the row: %s', ([text, kept]) => {
    expect(readQuery(text).problem).toBeNull();
    expect(keeps(text)).toBe(kept);
  });

  test('that cannot be asked says so, and hides nothing', () => {
    expect(readQuery('/(/')).toMatchObject({ problem: 'invalid regex: /(/' });
    expect(readQuery('/(')).toMatchObject({ problem: 'incomplete regex: /(' });
    expect(readQuery('agnet:x').problem).toContain('unknown field agnet');
    expect(keeps('/(/ nowhere')).toBe(true);
  });
});

describe('a value that a field can not have', () => {
  const rows = [ROW, { text: '', fields: { agent: 'Cosh', model: 'gpt-5.2, qwen3-max', fate: 'flagged' } }];
  const values = { severity: ['critical', 'high'], fate: ['waiting', 'timed_out'] };
  const problem = (text: string) => unknownValue(readQuery(text), rows, values)?.problem ?? null;

  test('is named with those that it can have, whether a row has one now or not', () => {
    expect(problem('severity:worst')).toBe('unknown severity worst (critical, high)');
    expect(problem('hermes !fate:lost')).toBe('unknown fate lost (waiting, timed_out)');
  });

  test('is named with those of the rows where the set is open', () => {
    expect(problem('agent:codex')).toBe('unknown agent codex (Cosh, Hermes)');
    expect(problem('model:"claude sonnet"')).toBe('unknown model claude sonnet (claude-opus, gpt-5.2, qwen3-max)');
  });

  test('is none that is a part of one, a row has, is a regex or an id, or of a field that no row here has', () => {
    const known = [
      'severity:crit',
      'fate:"timed out"',
      'fate:flag',
      'fate:/x/',
      '!severity:',
      'agent:HERM',
      'agent:',
      'type:x',
    ];
    for (const text of [...known, 'id:nowhere']) expect(problem(text)).toBeNull();
  });

  test('lists no more than a line has room for', () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ text: '', fields: { agent: `worker-${100 + n}` } }));
    expect(unknownValue(readQuery('agent:x'), many, {})?.problem).toMatch(
      /^unknown agent x \(worker-100, .*worker-123, \+76\)$/u,
    );
  });
});
