import type { EngineConfig } from '../../config/config.ts';
import { DEFAULT_TROUBLE } from '../../core/model/meters/trouble.ts';
import { CAST } from '../../feeds/demo/script/cast.ts';
import type { Scenario } from '../../feeds/demo/script/scenario.ts';
import type { Stage } from '../../feeds/demo/stage.ts';

/** Shorter than the program's own, so that windows and deadlines fit into a minute. */
export const DEMO_DEBOUNCE_MS = 5_000;
export const DEMO_TIMEOUT_MS = 3_000;

/** The ordinary configuration, armed, with the demo's folders. */
export function demoConfig(scenario: Scenario, stage: Stage): EngineConfig {
  const actors = new Set(scenario.parts.flatMap((part) => part.steps.map((step) => step.actor)));
  const agents = [...actors].map((name) => [CAST[name].agent, stage.workspace(CAST[name].project)] as const);
  return {
    sources: [`sqlite:${stage.feedDir}`],
    workspaces: { agents: Object.fromEntries(agents), processes: {}, fallback: null },
    prices: [],
    plans: [],
    checkpointer: 'git',
    command: [],
    mode: 'auto',
    recordsSinceMs: 0,
    debounceMs: DEMO_DEBOUNCE_MS,
    timeoutMs: DEMO_TIMEOUT_MS,
    graceMs: null,
    trailing: true,
    policy: { types: {}, severities: {} },
    recordsPolicy: {},
    turnStartKeep: 10,
    budgets: [],
    fromSessions: { enabled: false, roots: [] },
    // A disk that is nearly full is no reason not to show a dozen tiny snapshots.
    guard: { perAgentPerHour: 20, perWorkspacePerHour: 60, storeUsedRatio: 1 },
    advisory: { windowMs: 3_600_000, inputTokens: 200_000 },
    episodeQuietMs: 600_000,
    trouble: DEFAULT_TROUBLE,
    pause: { enabled: false, maxMinutes: 30 },
    git: { keep: 50, exclude: null, maxFileMb: 512 },
    lock: 'folder',
    takeOver: 'key',
    stateDir: stage.stateDir,
    history: { days: 0, mb: 0 },
    readOnly: false,
    host: 'demo',
    notices: [],
  };
}
