import type { Fate, FateName, Signal } from '../../../src/core/signals.ts';
import type { Notice } from '../../../src/core/reactor/messages.ts';
import type { DemoEvent } from '../../../src/commands/demo/event.ts';

/** A signal of the demo, with what a test cares about. */
export function signal(facts: Partial<Signal> = {}): Signal {
  return {
    signalId: 'id-1',
    type: 'agent_crash',
    origin: 'interruption',
    severity: 'critical',
    agent: 'Codex',
    processName: 'codex',
    pid: 1,
    conversationId: 'c1',
    callId: null,
    interruptionId: null,
    workspace: '/tmp/demo/mobile',
    at: 0,
    historical: false,
    downgraded: null,
    cause: { code: 'row', type: 'agent_crash', pattern: null },
    ...facts,
  };
}

export function fate(name: FateName, facts: Partial<Fate> = {}): Fate {
  return {
    kind: name,
    settled: true,
    reason: { code: 'recorded', text: '' },
    at: 0,
    snapshot: null,
    durationMs: null,
    ...facts,
  };
}

export function said(notice: Notice): DemoEvent {
  return { at: 0, type: 'notice', notice };
}

/** A signal and the fates it was told, one after the other. */
export function story(of: Signal, ...fates: readonly Fate[]): readonly DemoEvent[] {
  return [said({ type: 'signal', signal: of }), ...fates.map((each) => said({ type: 'fate', signal: of, fate: each }))];
}
