import { describe, expect, test } from 'vitest';
import { waitsFor } from '../../src/commands/shutdown.ts';
import type { Run } from '../../src/core/reactor/types.ts';

const AT = 1_000_000;

function running(kind: Run['kind'], checkpointer: 'ws-ckpt' | 'git', ends: number | null = null) {
  const snapshot = kind === 'rollback' ? 'auto-1' : '';
  const run: Run = { runId: 'r', kind, snapshot, startedAt: AT, deadlineAt: ends, signals: [], trigger: null };
  return { workspace: '/srv/ws', run, checkpointer };
}

const words = (kind: Run['kind'], checkpointer: 'ws-ckpt' | 'git', ends?: number): string =>
  waitsFor([running(kind, checkpointer, ends)], AT + 3_000);

describe('what leaving waits for', () => {
  test('is announced with its longest time, and the effect of a second request', () => {
    expect(words('auto', 'git', AT + 10_000)).toBe(
      'leaving when it is done: the checkpoint of /srv/ws (at most 7 s more); q or Ctrl-C once more ends it at once',
    );
    expect(words('rollback', 'ws-ckpt')).toBe(
      'leaving when it is done: the rollback of /srv/ws to auto-1 (at most 2 min more); q or Ctrl-C once more leaves it to the daemon, which continues',
    );
    expect(words('init', 'git')).toContain('ws-ckpt init of /srv/ws (at most 60 min more)');
  });

  test('of git has no end that one could name, and is bad to interrupt', () => {
    expect(words('rollback', 'git')).toBe(
      'leaving when it is done: the rollback of /srv/ws to auto-1 (as long as copying the files takes); q or Ctrl-C once more ends it half way, with some files restored and others not',
    );
    expect(words('baseline', 'git')).toContain('the first, whole snapshot of /srv/ws (it is being ended)');
  });
});
