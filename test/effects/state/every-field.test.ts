import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../../../src/core/interruptions.ts';
import { type Fate, FATES, MODES, type Signal, SIGNAL_ORIGINS } from '../../../src/core/signals.ts';
import { POLICY_ACTIONS } from '../../../src/core/rules.ts';
import type {
  SavedEpisode,
  SavedSignal,
  SavedSilence,
  SavedState,
  SavedWorkspace,
} from '../../../src/core/reactor/persist.ts';
import { POLICY_LEVELS, POLICY_ORIGINS, type Run, type Why } from '../../../src/core/reactor/types.ts';
import { RUN_KINDS } from '../../../src/core/runs.ts';
import { readSavedState, writtenSignal } from '../../../src/effects/state/saved-state.ts';
import { memoryJournal } from '../../helpers/memory-journal.ts';
import { T0 } from '../../helpers/reactor.ts';

// What is written and not read back would be lost at the next start, in silence. `Required` makes the compiler ask for
// each field here, one that is new too; and a field that the schema lacks comes back missing.

const signal: Required<Signal> = {
  signalId: 's',
  type: 'agent_crash',
  origin: 'call',
  severity: 'critical',
  agent: 'agent',
  processName: 'node',
  pid: 1,
  conversationId: 'c',
  callId: 'call',
  interruptionId: 'row',
  workspace: '/ws',
  at: T0,
  historical: false,
  downgraded: { code: 'recorded', text: 'rule' },
  cause: { code: 'recorded', text: 'because' },
  recorded: true,
};
const fate: Required<Fate> = {
  kind: 'checkpointed',
  settled: true,
  reason: { code: 'recorded', text: 'done' },
  at: T0,
  snapshot: 'auto-1',
  durationMs: 12,
  leftOut: { count: 1, bytes: 9, reasons: [{ why: 'too_large', count: 1, bytes: 9, examples: ['dump.sql'] }] },
  changed: { files: 3, addedLines: 2, removedLines: 1 },
};
const why: Required<Why> = {
  at: T0,
  mode: 'auto',
  policy: { action: 'checkpoint', rule: 'type', from: 'config' },
  debounceMs: 1,
  graceMs: 2,
  trailing: true,
  windowEndsAt: 3,
  windowSnapshot: 'auto-0',
  holdEndsAt: 4,
  backoffEndsAt: 5,
  failures: 6,
  breakerOpen: true,
  queued: 7,
  guard: { made: 8, limit: 60 },
  silenceId: 'quiet',
};
const saved: Required<SavedSignal> = { signal, fate, why, reports: { count: 3, lastAt: 9 }, feeds: ['sqlite:/feed'] };
const silence: Required<SavedSilence> = {
  id: 'quiet',
  matcher: { conversation: 'c', agent: 'a', signal: 's', workspace: '/ws' },
  createdAt: 1,
  endsAt: 2,
  createdBy: 'ann',
  reason: 'lunch',
  heldBack: 3,
  leftMs: 4,
};
const episode: Required<SavedEpisode> = {
  type: 'retry_storm',
  conversationId: 'c',
  agent: 'a',
  pid: 1,
  startNs: '1',
  lastNs: '3',
  endNs: '2',
  signalId: 's',
  interruptionId: 'row',
};
const run: Required<Run> = {
  runId: 'run-1',
  kind: 'auto',
  snapshot: 'auto-1',
  startedAt: 1,
  deadlineAt: 2,
  signals: ['s'],
  trigger: 's',
  by: { user: 'ops', tty: null, claimed: true },
};
const workspace: Required<SavedWorkspace> = {
  workspace: '/ws',
  windowEndsAt: 1,
  windowLeftMs: 2,
  windowSnapshot: 'auto-0',
  failures: 3,
  lastFailureAt: 4,
  breakerLeftMs: 5,
  recentAuto: [{ at: 6, agent: 'a' }],
  lastSnapshot: { id: 'auto-0', at: 7, trigger: 's' },
  rollbacks: [{ at: 8, snapshot: 'auto-0', changedSince: 4 }],
  lostRuns: [{ runId: 'r', signals: ['s'], trigger: 's' }],
  run,
  breakerOpen: true,
};

/** What a restart makes of one entry that was written. */
function readBack(key: string, value: unknown): SavedState {
  const journal = memoryJournal();
  journal.put(key, JSON.parse(JSON.stringify(value)));
  return readSavedState(journal, T0);
}

describe('every field comes back', () => {
  test('of a signal, its fate and what decided', () => {
    expect(readBack('signal:s', writtenSignal(saved)).signals).toEqual([saved]);
  });

  test('of a silence', () => {
    expect(readBack('silences', [silence]).silences).toEqual([silence]);
  });

  test('of an episode', () => {
    expect(readBack('episodes', [episode]).episodes).toEqual([episode]);
  });

  test('of a workspace and the run in it', () => {
    expect(readBack('workspace:/ws', workspace).workspaces).toEqual([workspace]);
  });
});

describe('every value of a union comes back', () => {
  const signals: readonly SavedSignal[] = [
    ...FATES.map((name): SavedSignal => ({ ...saved, fate: { ...fate, kind: name } })),
    ...SEVERITIES.map((severity): SavedSignal => ({ ...saved, signal: { ...signal, severity } })),
    ...SIGNAL_ORIGINS.map((origin): SavedSignal => ({ ...saved, signal: { ...signal, origin } })),
    ...MODES.map((mode): SavedSignal => ({ ...saved, why: { ...why, mode } })),
    ...POLICY_ACTIONS.map((action): SavedSignal => ({ ...saved, why: { ...why, policy: { ...why.policy, action } } })),
    ...POLICY_LEVELS.map((rule): SavedSignal => ({ ...saved, why: { ...why, policy: { ...why.policy, rule } } })),
    ...POLICY_ORIGINS.map((from): SavedSignal => ({ ...saved, why: { ...why, policy: { ...why.policy, from } } })),
  ];

  test('of a signal', () => {
    for (const one of signals) expect(readBack('signal:s', writtenSignal(one)).signals).toEqual([one]);
  });

  test('of a run', () => {
    for (const kind of RUN_KINDS) {
      const one = { ...workspace, run: { ...run, kind } };
      expect(readBack('workspace:/ws', one).workspaces).toEqual([one]);
    }
  });
});
