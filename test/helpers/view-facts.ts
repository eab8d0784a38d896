import type { EngineConfig } from '../../src/core/config-type.ts';
import type { Availability } from '../../src/core/acting.ts';
import type { Call, Ms, SourceHealth } from '../../src/core/events.ts';

/** What a call of the world used, and its checkpointer unless told otherwise. */
export const USAGE: Call['usage'] = {
  inputTokens: 1_200,
  outputTokens: 300,
  cacheReadTokens: 39_000,
  cacheCreationTokens: 0,
};

export const AVAILABLE: Availability = {
  state: 'available',
  name: 'ws-ckpt',
  version: '0.3.2',
  reason: '',
  usedRatio: 0.1,
  freeSpaceHint: 'ws-ckpt cleanup --workspace=/srv/ws',
};

/** 2026-11-23 14:03:12 UTC. */
export const NOON: Ms = Date.UTC(2026, 10, 23, 14, 3, 12);
export const SOURCE = 'sqlite:/var/log/sysak/.agentsight';
export const WORKSPACE = '/srv/ws';

export const HEALTHY: SourceHealth = {
  uri: SOURCE,
  medium: 'sqlite',
  health: 'ok',
  detail: '',
  caughtUp: true,
  ended: false,
  cursor: null,
  lagMs: 100,
  skipped: { malformed: 0, oversized: 0, unsupported: 0 },
  lastSkip: null,
  since: NOON,
};

export const CONFIG: EngineConfig = {
  sources: [SOURCE],
  workspaces: { agents: {}, processes: {}, fallback: WORKSPACE },
  checkpointer: 'auto',
  command: [],
  mode: 'observe',
  debounceMs: 30_000,
  timeoutMs: 10_000,
  graceMs: null,
  trailing: true,
  policy: { types: {}, severities: {} },
  guard: { perAgentPerHour: 20, perWorkspacePerHour: 60, storeUsedRatio: 0.9 },
  advisory: { windowMs: 3_600_000, inputTokens: 200_000 },
  git: { keep: 50, exclude: null },
  stateDir: '/var/lib/sightline',
  readOnly: false,
  host: 'testhost',
  notices: [],
};
