import { expect, test } from 'vitest';
import { judge } from '../../../../src/commands/demo/report/checks.ts';
import type { DemoEvent } from '../../../../src/commands/demo/event.ts';
import { allSettled, EMPTY_RECORDING, record } from '../../../../src/commands/demo/recording.ts';
import type { PartName } from '../../../../src/feeds/demo/script/scenario.ts';
import { fate, said, signal, story } from '../events.ts';

test('a crash that was checkpointed has shown what it should', () => {
  const verdict = verdictOf('crash', story(signal(), fate('checkpointed', { snapshot: 'auto-1' })));
  expect(verdict).toEqual({ part: 'crash', found: 'agent_crash -> checkpointed', problem: null });
});

test('a fate that names a snapshot which the store does not have is a problem', () => {
  const verdict = verdictOf('crash', story(signal(), fate('checkpointed', { snapshot: 'auto-9' })));
  expect(verdict.problem).toBe('not in the store: auto-9');
});

test('a signal that still waits is a problem', () => {
  const events = story(signal(), fate('coalesced', { settled: false }));
  expect(verdictOf('crash', events).problem).toBe('signals without a settled fate: 1');
  expect(allSettled(events.reduce(record, EMPTY_RECORDING))).toBe(false);
});

test('a part that raised nothing has not shown its signal', () => {
  expect(verdictOf('crash', []).problem).toBe('agent_crash signals: 0, not 1');
});

test('ordinary traffic that raises a signal is a problem, history is none', () => {
  expect(verdictOf('calm', story(signal(), fate('flagged'))).problem).toBe('ordinary traffic has raised a signal');
  expect(verdictOf('calm', story(signal({ historical: true }), fate('historical'))).problem).toBeNull();
});

test('a storm is derived, and the row of agentsight joins it', () => {
  const storm = signal({ type: 'retry_storm', origin: 'derived' });
  const events = story(storm, fate('checkpointed', { snapshot: 'auto-1' }));
  expect(verdictOf('storm', events).problem).toBe("agentsight's own storm row did not join the signal");
  const row = {
    type: 'update',
    signalId: 'id-1',
    signal: 'retry_storm',
    interruptionId: 'i',
    count: 1,
    lastAt: 0,
    resolved: false,
  } as const;
  expect(verdictOf('storm', [...events, said(row)]).problem).toBeNull();
});

test('an agent that ended on purpose is flagged and downgraded', () => {
  expect(
    verdictOf(
      'clean-exit',
      story(signal({ downgraded: { code: 'ended_by_signal', signal: 'SIGTERM' } }), fate('flagged')),
    ).problem,
  ).toBeNull();
  expect(verdictOf('clean-exit', story(signal(), fate('flagged'))).problem).toContain('taken for a crashed one');
});

test('a burst is one checkpoint at once, one trailing, and the others coalesced into it', () => {
  const events = [
    ...story(signal({ signalId: 'a' }), fate('checkpointed', { snapshot: 'auto-1' })),
    ...story(
      signal({ signalId: 'b' }),
      fate('coalesced', { settled: false }),
      fate('checkpointed', { snapshot: 'auto-2' }),
    ),
    ...story(
      signal({ signalId: 'c' }),
      fate('coalesced', { settled: false }),
      fate('coalesced', { snapshot: 'auto-2' }),
    ),
  ];
  expect(verdictOf('burst', events).problem).toBe('not two signals coalesced');
  const last = story(signal({ signalId: 'd' }), fate('coalesced', { snapshot: 'auto-2' }));
  expect(verdictOf('burst', [...events, ...last]).problem).toBeNull();
});

test('the advisory is found by its agent and raises no signal', () => {
  const advisory = { type: 'no_prompt_cache', agent: 'Codex', at: 0, inputTokens: 1, cacheReported: true } as const;
  expect(verdictOf('no-cache', [{ at: 0, type: 'advisory', historical: false, advisory }])).toMatchObject({
    found: 'advisory',
    problem: null,
  });
  expect(verdictOf('no-cache', []).problem).toBe('no advisory');
});

function verdictOf(part: PartName, events: readonly DemoEvent[]): ReturnType<typeof judge> {
  return judge(part, new Set(['Codex']), events.reduce(record, EMPTY_RECORDING), new Set(['auto-1', 'auto-2']));
}
