import type { Checkpointer, CheckpointRequest, Outcome } from '../../core/snapshots.ts';
import { run } from '../../effects/process/run.ts';

/** A real process that takes no notice of SIGTERM; only the end of its parent ends it by itself. */
const STUCK_PROGRAM = `
  const parent = process.ppid;
  process.on('SIGTERM', () => {});
  process.stderr.write('process ' + process.pid + ' hangs and ignores SIGTERM');
  setInterval(() => process.ppid === parent || process.exit(1), 200);
`;

/**
 * A checkpointer that hangs in a child that ignores SIGTERM in every other checkpoint for `agent`, the first included, to
 * show what the deadline does; everything else goes to the real one.
 */
export function stuckInTurns(real: Checkpointer, agent: string): Checkpointer {
  let isDue = false;
  return {
    ...real,
    checkpoint: async (request, control) => {
      if (request.metadata.agent !== agent) return real.checkpoint(request, control);
      isDue = !isDue;
      return isDue ? hang(request, control.abort) : real.checkpoint(request, control);
    },
  };
}

async function hang(request: CheckpointRequest, abort: AbortSignal): Promise<Outcome> {
  const result = await run(process.execPath, ['-e', STUCK_PROGRAM], { timeoutMs: request.timeoutMs, abort });
  const facts = { durationMs: result.durationMs, exitCode: null };
  switch (result.type) {
    case 'timed_out':
      return { ...facts, type: 'timed_out', reason: 'it did not end by its deadline: killed', stderr: result.stderr };
    case 'aborted':
      return { ...facts, type: 'unknown', reason: 'stopped', stderr: result.stderr };
    case 'exited':
      return { ...facts, type: 'failed', reason: 'it ended by itself', exitCode: result.code, stderr: result.stderr };
    case 'not_found':
    case 'spawn_failed':
      return { ...facts, type: 'failed', reason: result.reason, stderr: '' };
  }
}
