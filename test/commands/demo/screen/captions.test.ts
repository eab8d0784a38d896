import { expect, test } from 'vitest';
import { captionOf } from '../../../../src/commands/demo/screen/captions.ts';
import type { FateName } from '../../../../src/core/signals.ts';
import { fate, said, signal } from '../events.ts';

/** Columns that a caption may take beside what stands around it on the narrowest usual screen. */
const ROOM = 80 - ' now: '.length - 1;

const fates: readonly FateName[] = ['checkpointed', 'suppressed', 'timed_out', 'vetoed', 'disarmed'];
const troubles = ['retry_storm', 'context_overflow', 'agent_crash', 'dead_loop'];

test.each(troubles.flatMap((trouble) => fates.map((name) => [trouble, name] as const)))(
  '%s that ends as %s is told on one line of 80 columns',
  (trouble, name) => {
    const told = captionOf(
      said({ type: 'fate', signal: signal({ type: trouble, agent: 'OpenClaw' }), fate: fate(name) }),
    );
    expect(told).toMatch(/OpenClaw|mobile/);
    expect(told?.length).toBeLessThanOrEqual(ROOM);
  },
);

test('what went wrong and what was done stand in one sentence', () => {
  const storm = signal({ type: 'retry_storm', agent: 'OpenClaw', workspace: '/tmp/demo/billing' });
  const told = captionOf(said({ type: 'fate', signal: storm, fate: fate('checkpointed') }));
  expect(told).toBe('OpenClaw failed 5 times in a row, a retry storm: billing checkpointed');
});

test('shows signals that wait in one window once: the text is the same', () => {
  const waits = (name: string) =>
    captionOf(said({ type: 'fate', signal: signal({ type: name }), fate: fate('coalesced', { settled: false }) }));
  expect(waits('dead_loop')).toBe('mobile has just been checkpointed: more trouble waits for a second one');
  expect(waits('agent_crash')).toBe(waits('dead_loop'));
});

test('distinguishes an end on purpose from a crash', () => {
  const ended = signal({ downgraded: { code: 'ended_by_signal', signal: 'SIGTERM' } });
  expect(captionOf(said({ type: 'fate', signal: ended, fate: fate('flagged') }))).toBe(
    'Codex was ended on purpose, which is no crash: flagged, no checkpoint',
  );
});

test('a held checkpoint names the keys that decide about it', () => {
  expect(captionOf(said({ type: 'held', workspace: '/tmp/demo/search', trigger: 'id-1', endsAt: 1 }))).toBe(
    'a checkpoint of search is held: x stops it, f takes it now',
  );
});

test('shows an unforeseen end with its reason', () => {
  const told = captionOf(
    said({
      type: 'fate',
      signal: signal(),
      fate: fate('breaker_open', { reason: { code: 'recorded', text: 'too many failures' } }),
    }),
  );
  expect(told).toBe('Codex died during a call, a crash: breaker open (too many failures)');
});

test('gives no caption where none is needed', () => {
  expect(captionOf({ type: 'demo', text: 'x' })).toBeNull();
  expect(captionOf(said({ type: 'fate', signal: signal(), fate: fate('historical') }))).toBeNull();
  expect(captionOf(said({ type: 'fate', signal: signal(), fate: fate('coalesced') }))).toBeNull();
  expect(captionOf({ type: 'agent', agent: 'Hermes', text: 'edits' })).toBeNull();
});
