import { expect, test } from 'vitest';
import { given } from '../../../../src/core/done.ts';
import type { DemoEvent } from '../../../../src/commands/demo/event.ts';
import { formatLine, timelineLine } from '../../../../src/commands/demo/report/timeline.ts';
import { fate, said, signal } from '../events.ts';

const ENDED = {
  type: 'ended',
  workspace: '/tmp/demo/mobile',
  snapshot: 'auto-1-agent_crash',
  trigger: 'id-1',
  outcome: 'created',
  exitCode: 0,
  durationMs: 62,
  stderr: '',
} as const;

test.each<readonly [string, DemoEvent, string | null]>([
  ['an agent', { type: 'agent', agent: 'Codex', text: 'edits a.ts' }, ' 1.2s  agent       Codex edits a.ts'],
  ['the demo', { type: 'demo', text: 'ready' }, ' 1.2s  demo        ready'],
  [
    'a signal with its cause',
    said({ type: 'signal', signal: signal() }),
    ' 1.2s  signal      agent_crash of Codex (critical): agent_crash reported by agentsight',
  ],
  [
    'a derived signal as derived',
    said({
      type: 'signal',
      signal: signal({ origin: 'derived', cause: { code: 'recorded', text: '5 failed calls' } }),
    }),
    ' 1.2s  signal      agent_crash of Codex (critical, derived): 5 failed calls',
  ],
  ['a historical signal by its fate alone', said({ type: 'signal', signal: signal({ historical: true }) }), null],
  [
    'a fate with its snapshot',
    said({ type: 'fate', signal: signal(), fate: fate('checkpointed', { snapshot: 'auto-1', durationMs: 62 }) }),
    ' 1.2s  fate        agent_crash of Codex -> checkpointed as auto-1 in 62 ms',
  ],
  [
    'a fate that waits, and why',
    said({
      type: 'fate',
      signal: signal(),
      fate: fate('coalesced', { settled: false, reason: { code: 'recorded', text: 'window' } }),
    }),
    ' 1.2s  fate        agent_crash of Codex -> coalesced, waiting (window)',
  ],
  [
    'what a signal was coalesced into',
    said({ type: 'fate', signal: signal(), fate: fate('coalesced', { snapshot: 'auto-2' }) }),
    ' 1.2s  fate        agent_crash of Codex -> coalesced into auto-2',
  ],
  [
    'a checkpoint with its duration',
    said(ENDED),
    ' 1.2s  checkpoint  auto-1-agent_crash of mobile created after 62 ms',
  ],
  [
    'a killed checkpoint with what it said',
    said({ ...ENDED, outcome: 'timed_out', exitCode: null, durationMs: 4_001, stderr: 'process 7 hangs' }),
    ' 1.2s  checkpoint  auto-1-agent_crash of mobile timed out after 4001 ms [process 7 hangs]',
  ],
  [
    'a row that joins a signal',
    said({
      type: 'update',
      signalId: 'id-1',
      signal: 'retry_storm',
      interruptionId: 'abcdef0123',
      count: 1,
      lastAt: 0,
      resolved: false,
    }),
    " 1.2s  update      agentsight's row abcdef01 is the same cause as the retry_storm above: no second signal",
  ],
  [
    'an advisory and whether the cache was reported',
    {
      at: 0,
      type: 'advisory',
      historical: false,
      advisory: { type: 'no_prompt_cache', agent: 'A', at: 0, inputTokens: 248_000, cacheReported: true },
    },
    ' 1.2s  advisory    A read 248000 input tokens within an hour: no prompt caching',
  ],
  [
    'what the operator does',
    said({ type: 'operator', action: 'silence', target: 'Runloop', reason: given('known') }),
    ' 1.2s  operator    silence Runloop (known)',
  ],
])('the timeline shows %s', (_title, event, line) => {
  const told = timelineLine(event);
  expect(told === null ? null : formatLine(told, 1.23)).toBe(line);
});
