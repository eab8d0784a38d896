import { describe, expect, test } from 'vitest';
import { downgradeRule, policyAction } from '../../../../src/core/reactor/policy/policy.ts';
import { makeDetail, makeRow } from '../../../helpers/feed-events.ts';
import { World } from '../../../helpers/reactor.ts';
import { wordDowngrade } from '../../../../src/wording/fates.ts';

const NONE = { types: {}, severities: {} };

describe('S3: the policy table', () => {
  test.each(['agent_crash', 'context_overflow', 'retry_storm', 'dead_loop'])('%s asks for a checkpoint', (type) => {
    expect(policyAction(NONE, type, 'critical')).toBe('checkpoint');
  });

  test.each([
    'rate_limit',
    'auth_error',
    'network_timeout',
    'service_unavailable',
    'safety_filter',
    'sse_truncated',
    'token_limit',
    'llm_error',
    'tool_failure',
    'empty_response',
    'resource_exhaustion',
    'slow_response',
    'state_machine_error',
    'unauthorized_action',
    'quantum_flux',
    'constructor',
    '__proto__',
  ])('%s is flagged', (type) => {
    expect(policyAction(NONE, type, 'critical')).toBe('flag');
  });

  test('the user may say more by type', () => {
    const rules = { types: { llm_error: 'checkpoint', agent_crash: 'ignore' }, severities: {} } as const;
    expect(policyAction(rules, 'llm_error', 'high')).toBe('checkpoint');
    expect(policyAction(rules, 'agent_crash', 'critical')).toBe('ignore');
  });

  test('the user may say more by severity; the type outranks it', () => {
    const rules = { types: { quantum_flux: 'flag' }, severities: { critical: 'checkpoint', low: 'ignore' } } as const;
    expect(policyAction(rules, 'unheard_of', 'critical')).toBe('checkpoint');
    expect(policyAction(rules, 'unheard_of', 'low')).toBe('ignore');
    expect(policyAction(rules, 'unheard_of', 'high')).toBe('flag');
    expect(policyAction(rules, 'quantum_flux', 'critical')).toBe('flag');
  });

  test.each([
    ['checkpoint', 'agent_crash', ''],
    ['flag', 'slow_response', 'flagged'],
    ['ignore', 'noise', 'ignored'],
  ] as const)('%s: a live row of type %s', (_action, type, fate) => {
    const world = World.armed({ policy: { types: { noise: 'ignore' }, severities: {} } });
    const id = world.crash({ type, severity: 'medium' });
    expect(world.fateName(id)).toBe(fate);
    expect(world.spawns).toHaveLength(fate === '' ? 1 : 0);
  });

  test('an unknown type is shown with the severity that the feed gives it and is flagged', () => {
    const world = World.armed();
    const id = world.crash({ type: 'quantum_flux', severity: 'high' });
    expect(world.signals()).toMatchObject([{ type: 'quantum_flux', severity: 'high', origin: 'interruption' }]);
    expect(world.fateName(id)).toBe('flagged');
  });
});

describe('the crash truth filter', () => {
  test.each([
    ['SIGTERM without a core', { signal: 15, coreDump: false }, 'ended by SIGTERM without a core'],
    ['SIGTERM, core flag not told', { signal: 15 }, 'ended by SIGTERM without a core'],
    ['SIGINT', { signal: 2, coreDump: false }, 'ended by SIGINT without a core'],
    ['SIGHUP', { signal: 1, coreDump: false }, 'ended by SIGHUP without a core'],
    ['exit 0 without a signal', { exitCode: 0 }, 'ended with exit 0 and no signal'],
    ['exit 0 and signal 0', { exitCode: 0, signal: 0, coreDump: false }, 'ended with exit 0 and no signal'],
  ])('%s is ended, not crashed', (_name, detail, rule) => {
    const found = downgradeRule('agent_crash', makeRow({ detail: makeDetail(detail) }));
    expect(found && wordDowngrade(found)).toBe(rule);
  });

  test.each([
    ['nothing told', {}],
    ['SIGTERM with a core', { signal: 15, coreDump: true }],
    ['SIGKILL', { signal: 9, coreDump: false }],
    ['SIGSEGV', { signal: 11, coreDump: true }],
    ['exit 1', { exitCode: 1 }],
    ['exit 0 with a signal', { exitCode: 0, signal: 9 }],
    ['the kernel was out of memory', { signal: 15, oom: true }],
  ])('%s stays a crash', (_name, detail) => {
    expect(downgradeRule('agent_crash', makeRow({ detail: makeDetail(detail) }))).toBeNull();
  });

  test('only a crash is downgraded', () => {
    expect(downgradeRule('dead_loop', makeRow({ detail: makeDetail({ signal: 15 }) }))).toBeNull();
  });

  test('what was ended is shown and flagged, and the rule is named', () => {
    const world = World.armed();
    const id = world.crash({ detail: makeDetail({ signal: 15, coreDump: false }) });
    expect(world.signals()).toMatchObject([
      { signalId: id, downgraded: { code: 'ended_by_signal', signal: 'SIGTERM' } },
    ]);
    expect(world.fate(id)).toMatchObject({ kind: 'flagged', reason: 'downgraded: ended by SIGTERM without a core' });
    expect(world.spawns).toEqual([]);
  });
});
