/** Snapshots of several makers, as a checkpointer lists them. */
import type { Snapshot } from '../../src/core/snapshots.ts';
import { NOON } from './view.ts';

const MINUTE = 60_000;

const PLAIN = { message: null, metadata: null, pinned: false } as const;

/** Oldest first: a plugin's, agentsight's, cron's, one of nobody we know, and two of ours. */
export const SNAPSHOTS: readonly Snapshot[] = [
  {
    ...PLAIN,
    id: 'a1b2c3d4',
    at: NOON - 300 * MINUTE,
    message: 'make the failing test pass',
    metadata: { auto: true, type: 'turn_end' },
  },
  { ...PLAIN, id: 'auto-20261123T120000-dead_loop', at: NOON - 123 * MINUTE, message: 'reactive: dead_loop' },
  { ...PLAIN, id: 'cron-1795438800', at: NOON - 63 * MINUTE, message: 'scheduled snapshot' },
  { ...PLAIN, id: 'before-refactor', at: NOON - 42 * MINUTE, message: 'mine, keep 日本語', pinned: true },
  {
    ...PLAIN,
    id: 'auto-20261123T135000-agent_crash',
    at: NOON - 13 * MINUTE,
    message: 'agent_crash of Hermes',
    metadata: { tool: 'sightline', type: 'reactive', signal: 'agent_crash', signal_id: 'sig-7', agent: 'Hermes' },
  },
  {
    ...PLAIN,
    id: 'manual-20261123T140000',
    at: NOON - 3 * MINUTE,
    message: 'by the operator',
    metadata: { tool: 'sightline', type: 'manual' },
  },
];
