import type { CheckpointerReason } from '../core/checkpointer-reasons.ts';
import type { Result } from '../core/result.ts';
import type { Checkpointer } from '../core/snapshots.ts';

const REASON = { code: 'no_checkpointer' } as const;

/** Makes no snapshots: for watching only. */
export function noCheckpointer(workspace: string): Checkpointer {
  const refused = (): Promise<Result<never, CheckpointerReason>> => Promise.resolve({ ok: false, reason: REASON });
  return {
    name: 'none',
    workspace,
    capabilities: { list: false, diff: false, rollback: false, remove: false },
    probe: () =>
      Promise.resolve({
        state: 'unavailable',
        name: 'none',
        version: null,
        reason: REASON,
        usedRatio: null,
        freeSpaceHint: null,
      }),
    prepare: refused,
    checkpoint: () =>
      Promise.resolve({ type: 'unavailable', reason: REASON, durationMs: 0, exitCode: null, stderr: '' }),
    lookUp: () => Promise.resolve({ type: 'unknown', reason: REASON }),
    list: refused,
    diff: refused,
    rollback: refused,
    remove: refused,
    watch: () => undefined,
  };
}
