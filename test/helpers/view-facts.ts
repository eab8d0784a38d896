import type { Availability } from '../../src/core/acting.ts';
import type { Call } from '../../src/core/events.ts';

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
