import type { SourceHealth } from '../../../src/core/sources.ts';
import type { Model } from '../../../src/core/model/types.ts';
import type { SourceView, WorkspaceView } from '../../../src/engine/types.ts';
import type { OnceInput } from '../../../src/commands/once/document.ts';
import { sinceModel } from '../../../src/commands/once/since.ts';
import { T0 } from '../../core/model/given.ts';

export function source(given: Partial<SourceHealth> = {}, counts: Partial<SourceView['counts']> = {}): SourceView {
  const health: SourceHealth = {
    uri: 'a',
    medium: 'sqlite',
    status: 'ok',
    detail: { code: 'quoted', text: 'reading' },
    caughtUp: true,
    ended: false,
    cursor: null,
    lagMs: 0,
    skipped: { malformed: 0, oversized: 0, unsupported: 0 },
    lastSkip: null,
    since: T0,
    ...given,
  };
  return {
    health,
    position: null,
    counts: { calls: 1, interruptions: 0, lastEventAt: T0, ...counts },
    historicalSignals: 3,
  };
}

export function workspace(given: Partial<WorkspaceView> = {}): WorkspaceView {
  return {
    path: '/srv/project',
    agents: ['Claude'],
    folder: null,
    availability: {
      state: 'available',
      name: 'ws-ckpt',
      version: '0.3.2',
      reason: null,
      usedRatio: 0.1,
      freeSpaceHint: null,
    },
    why: { code: 'embedded', text: 'it manages this workspace' },
    status: { state: 'debouncing', endsAt: T0 + 30_000, reason: { code: 'inside_window', snapshot: 'auto-1' } },
    lock: { type: 'ours' },
    waiting: ['s1', 's2'],
    hold: null,
    run: null,
    queuedManual: false,
    windowEndsAt: T0 + 30_000,
    windowSnapshot: 'auto-1',
    backoffEndsAt: null,
    failures: 0,
    lastSnapshot: { id: 'auto-1', at: T0, trigger: 's0' },
    snapshots: [],
    rollbacks: [],
    capabilities: { list: true, diff: true, rollback: true, remove: true },
    canInit: false,
    ...given,
  };
}

export function onceInput(
  model: Model,
  view: Partial<OnceInput['view']> = {},
  sinceMs: number | null = null,
): OnceInput {
  return {
    view: {
      at: T0,
      host: 'a-host',
      version: '0.1.0',
      mode: 'observe',
      trouble: {
        failingCalls: 20,
        failingAtLeast: 5,
        failingShare: 0.5,
        stuckMs: 300_000,
        quietMs: 8 * 3_600_000,
        contextShare: 0.85,
      },
      sources: [source()],
      model: model.view(),
      signals: [],
      derived: [],
      silences: [],
      acks: [],
      pricesDate: null,
      plans: [],
      budgets: [],
      workspaces: [],
      ...view,
    },
    sourcesOf: model.sourcesOf,
    calls: { of: model.calls, lastFailure: (agent) => model.agentDetail(agent)?.lastFailure ?? null },
    since: sinceMs === null ? null : sinceOf(model, (view.at ?? T0) - sinceMs),
  };
}

// As if what the model knows came again, in one source.
function sinceOf(model: Model, from: number): NonNullable<OnceInput['since']> {
  const since = sinceModel(from);
  const ids = [null, ...model.conversations().map(({ conversationId }) => conversationId)];
  const facts = [
    ...ids.flatMap((id) => model.calls(id)).map((call) => ({ type: 'call' as const, call })),
    ...model.interruptions().map((interruption) => ({ type: 'interruption' as const, interruption })),
  ];
  for (const [record, fact] of facts.entries())
    since.take('again', { ...fact, record: `${record}`, arrival: 'historical' });
  return { from, model: since };
}
