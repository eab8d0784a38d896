import { expect, test } from 'vitest';
import { type Snapshot, snapshotView } from '../../src/core/snapshots.ts';

function view(facts: Partial<Snapshot>): ReturnType<typeof snapshotView> {
  return snapshotView({ id: 'a1b2c3d4', at: 1, message: null, metadata: null, pinned: false, ...facts });
}

test.each([
  ['ours, automatic', { metadata: { tool: 'sightline', type: 'reactive', auto: true } }, 'sightline', 'auto'],
  ['ours, by an operator', { metadata: { tool: 'sightline', type: 'manual', auto: false } }, 'sightline', 'manual'],
  [
    'ours, before a rollback',
    { metadata: { tool: 'sightline', type: 'manual', rollback_to: 'x' } },
    'sightline',
    'before_rollback',
  ],
  ['ours, the first', { id: 'base-20261123T140312', metadata: { tool: 'sightline' } }, 'sightline', 'base'],
  ['the reference', { id: 'auto-20260609T140312-retry_storm' }, 'agentsight', 'auto'],
  ['the reference, by its message', { message: 'reactive: dead_loop (conv=unknown)' }, 'agentsight', 'auto'],
  ['openclaw, turn end', { metadata: { auto: true, type: 'turn_end' } }, 'plugin', 'turn_end'],
  ['openclaw, session start', { metadata: { auto: true, type: 'initial' } }, 'plugin', 'session_start'],
  ['hermes, turn end', { metadata: { event: 'turn_end', turn: 3, success: true } }, 'plugin', 'turn_end'],
  ['hermes, session start', { metadata: { event: 'session_start', turn: 0 } }, 'plugin', 'session_start'],
  ['cron', { id: 'cron-1795438800', metadata: { auto: true, type: 'cron' } }, 'cron', 'scheduled'],
  ['ws-ckpt by hand', { id: 'ckpt-20260702T075151.525' }, 'ws-ckpt', 'manual'],
  ['ws-ckpt, found again', { pinned: true }, 'ws-ckpt', 'recovered'],
  ['nobody that we know', { id: 'before-refactor', message: 'mine' }, 'unknown', 'unknown'],
  ['odd metadata', { metadata: { tool: 7, type: ['cron'] } }, 'unknown', 'unknown'],
])('the maker of a snapshot: %s', (_, facts, maker, kind) => {
  expect(view(facts)).toMatchObject({ maker, kind });
});

test('its cause is what its metadata say, cleaned; of the reference what its id says', () => {
  const metadata = { tool: 'sightline', signal: 'agent_crash', signal_id: 's', agent: 'Her\u001b[31mmes', pid: 3 };
  expect(view({ metadata }).cause).toEqual({ signal: 'agent_crash', signalId: 's', agent: 'Hermes', callId: null });
  expect(view({ id: 'auto-20260609T140312-retry_storm' }).cause).toMatchObject({ signal: 'retry_storm' });
  expect(view({ metadata: { type: 'turn_end' } }).cause).toBeNull();
});
