import { engineConfig } from './engine-config.ts';
import type { Call } from '../../src/core/calls.ts';
import type { Availability } from '../../src/core/snapshots.ts';
import type { SourceHealth } from '../../src/core/sources.ts';
import type { Ms } from '../../src/core/units.ts';

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
  reason: null,
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
  status: 'ok',
  detail: { code: 'nothing' },
  caughtUp: true,
  ended: false,
  cursor: null,
  lagMs: 100,
  skipped: { malformed: 0, oversized: 0, unsupported: 0 },
  lastSkip: null,
  since: NOON,
};

export const CONFIG = engineConfig(WORKSPACE, { sources: [SOURCE], stateDir: '/var/lib/sightline', host: 'testhost' });
