import type { EngineConfig } from '../../src/config/config.ts';

/** What the core decides by where a test says nothing else: the rule book's defaults. */
export const RULES = {
  recordsSinceMs: 86_400_000,
  debounceMs: 30_000,
  timeoutMs: 10_000,
  graceMs: null,
  trailing: true,
  policy: { types: {}, severities: {} },
  recordsPolicy: {},
  budgets: [],
  guard: { perAgentPerHour: 20, perWorkspacePerHour: 60, storeUsedRatio: 0.9 },
} as const;

/** The configuration of an engine that acts on `workspace`; `facts` are what a test is about. */
export function engineConfig(workspace: string, facts: Partial<EngineConfig> = {}): EngineConfig {
  return {
    sources: [],
    prices: [],
    plans: [],
    workspaces: { agents: {}, processes: {}, fallback: workspace },
    checkpointer: 'auto',
    command: [],
    mode: 'observe',
    fromSessions: { enabled: false, roots: [] },
    ...RULES,
    advisory: { windowMs: 3_600_000, inputTokens: 200_000 },
    episodeQuietMs: 600_000,
    trouble: {
      failingCalls: 20,
      failingAtLeast: 5,
      failingShare: 0.5,
      stuckMs: 300_000,
      quietMs: 28_800_000,
      contextShare: 0.85,
    },
    pause: { enabled: false, maxMinutes: 30 },
    git: { keep: 50, exclude: null, maxFileMb: 512 },
    lock: 'folder',
    takeOver: 'key',
    turnStartKeep: 10,
    stateDir: '/nowhere',
    history: { days: 30, mb: 64 },
    readOnly: false,
    host: 'here',
    notices: [],
    ...facts,
  };
}
