import type { StatusReason } from '../core/reasons.ts';
import type { RunKind } from '../core/runs.ts';
import { isOfCheckpointer, NOT_ASKED_YET, wordCheckpointer } from './checkpointers.ts';
import { wordBreaker, wordGuard } from './fates.ts';

/** Formats why a workspace is in its state; empty where it is ready. */
export function wordStatus(reason: StatusReason): string {
  if (isOfCheckpointer(reason)) return wordCheckpointer(reason);
  switch (reason.code) {
    case 'running':
      return wordRun(reason.kind, reason.snapshot);
    case 'held':
      return 'a checkpoint is held: veto or fire it';
    case 'observing':
      return 'mode observe';
    case 'owner_gone':
      return 'the owner is gone';
    case 'not_asked_yet':
      return NOT_ASKED_YET;
    case 'store_full':
    case 'workspace_limit':
    case 'agent_limit':
      return wordGuard(reason);
    case 'probe_running':
    case 'breaker_open':
      return wordBreaker(reason);
    case 'silenced':
      return `silence ${reason.silence.id} by ${reason.silence.createdBy}`;
    case 'backing_off':
      return 'after a failure';
    case 'inside_window':
      return `since ${reason.snapshot ?? 'a checkpoint'}`;
    case 'ready':
      return '';
  }
}

function wordRun(kind: RunKind, snapshot: string): string {
  switch (kind) {
    case 'auto':
    case 'manual':
      return `checkpoint ${snapshot}`;
    case 'baseline':
      return 'the first, whole snapshot is being made';
    case 'rollback':
      return `rolling back to ${snapshot}`;
    case 'restore':
      return `restoring from ${snapshot}`;
    case 'init':
      return 'ws-ckpt init: the tree moves into its store';
  }
}
