import { describe, expect, test } from 'vitest';
import { readQuery } from '../../../src/ui/widgets/query.ts';

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
    expect(readQuery('severity:worst').problem).toBe('unknown severity worst (critical, high, medium, low)');
    expect(readQuery('fate:lost').problem).toMatch(/^unknown fate lost \(waiting, checkpointed, /u);
    for (const known of ['severity:crit', 'fate:"timed out"', 'fate:flag', 'fate:/x/', '!severity:', 'type:anything'])
      expect(readQuery(known).problem).toBeNull();
  });
});
