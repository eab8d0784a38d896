import type { Refusal, StatusReason } from '../core/reasons.ts';
import type { RunKind } from '../core/runs.ts';
import { NOT_ASKED_YET, wordBreaker, wordElsewhere, wordGuard } from './fates.ts';

/** Words why a workspace is in its state; empty where it is ready. */
export function wordStatus(reason: StatusReason): string {
  switch (reason.code) {
    case 'running':
      return wordRun(reason.kind, reason.snapshot);
    case 'held':
      return 'a checkpoint is held: veto or fire it';
    case 'observing':
      return 'mode observe';
    case 'owner_gone':
      return 'the owner is gone';
    case 'other_engine':
    case 'held_outside':
      return wordElsewhere(reason);
    case 'quoted':
      return reason.text;
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
    case 'init':
      return 'ws-ckpt init: the tree moves into its store';
  }
}

/** Words why an operator's request is refused. */
export function wordRefusal(refusal: Refusal): string {
  switch (refusal.code) {
    case 'read_only':
      return 'read-only: start without --read-only to act';
    case 'stopping':
      return 'sightline is stopping';
    case 'no_such_silence':
      return 'there is no such silence any more';
    case 'silence_over':
      return 'a silence must end in the future';
    case 'nothing_held':
      return 'nothing is held in this workspace';
    case 'other_hold':
      return 'that hold is over; another one began since';
    case 'run_decides':
      return 'a checkpoint is running; its result decides';
    case 'manual_running':
      return 'a manual checkpoint is running already';
    case 'manual_queued':
      return 'a manual checkpoint is queued already';
    case 'too_many_rules':
      return `${refusal.max} rules are set in this session; take one back first`;
    case 'busy':
      return `${BUSY[refusal.kind]}; wait for its end`;
    case 'acts_elsewhere':
      return `${wordElsewhere(refusal.by)}; stop it first`;
    case 'owner_gone':
      return 'the owner is gone: take over first';
    case 'quoted':
      return refusal.text;
  }
}

const BUSY: Readonly<Record<(Refusal & { code: 'busy' })['kind'], string>> = {
  auto: 'a checkpoint is running',
  manual: 'a manual checkpoint is running',
  baseline: 'the first, whole snapshot is running',
  rollback: 'a rollback is running',
  init: 'ws-ckpt init is running',
  queued_manual: 'a manual checkpoint is queued',
};
