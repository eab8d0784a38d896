import type { Matcher } from '../core/signals.ts';
import type {
  BreakerReason,
  Cause,
  Downgrade,
  FateReason,
  GuardReason,
  RefusedFolder,
  SilenceName,
} from '../core/reasons.ts';
import type { RunKind } from '../core/runs.ts';
import { shellWord } from '../core/text.ts';
import { percent } from './units.ts';
import type { LeftOut } from '../core/snapshots.ts';
import { wordAmountOf, wordLimit } from './budgets.ts';
import { wordFolderRefusal } from './refusals.ts';
import { wordLeftOut } from './snapshots.ts';
import { isOfCheckpointer, NOT_ASKED_YET, wordCheckpointer } from './checkpointers.ts';

/** Formats why a signal has its fate. */
export function wordFate(reason: FateReason): string {
  if (isOfCheckpointer(reason)) return wordCheckpointer(reason);
  switch (reason.code) {
    case 'recorded':
      return reason.text;
    case 'before_attach':
      return 'it was there when we attached: shown, not acted upon';
    case 'policy':
      return `policy: ${reason.type} is ${reason.action === 'ignore' ? 'ignored' : 'flagged, not acted upon'}`;
    case 'downgraded':
      return `downgraded: ${wordDowngrade(reason.rule)}`;
    case 'no_workspace':
      return `no workspace is configured for agent ${reason.agent ?? 'unknown'}${wordSessionFolder(reason.folder)}`;
    case 'silenced':
      return `silence ${reason.silence.id} ${wordSilence(reason.silence)}`;
    case 'disarmed':
      return `${reason.readOnly ? 'read-only' : 'mode observe'}: would have checkpointed ${reason.workspace}`;
    case 'not_asked_yet':
      return NOT_ASKED_YET;
    case 'store_full':
    case 'workspace_limit':
    case 'agent_limit':
      return wordGuard(reason);
    case 'probe_running':
    case 'breaker_open':
      return wordBreaker(reason);
    case 'behind_run':
      return `waits for ${BEHIND[reason.kind]}`;
    case 'awaits_takeover':
      return 'the owner is gone: waits for a takeover';
    case 'backing_off':
      return 'backing off after a failure';
    case 'inside_window':
      return `inside the debounce window of ${reason.snapshot ?? 'a checkpoint'}`;
    case 'created':
      return `checkpoint ${reason.snapshot} created in ${reason.durationMs} ms${late(reason)}${lacking(reason)}`;
    case 'created_for_all':
      return `one checkpoint for all that waited${late(reason)}`;
    case 'operator_created':
      return "the operator's checkpoint holds this state too";
    case 'found_after_restart':
      return 'an earlier run of sightline ended before the answer; the snapshot was found by look-up';
    case 'empty_workspace':
      return 'empty workspace: nothing was created';
    case 'unchanged':
      return `nothing was written since ${reason.snapshot}`;
    case 'run_failed':
      return wordFailure(reason);
    case 'queue_full':
      return `queue full: ${reason.max} signals wait for this workspace`;
    case 'vetoed':
      return reason.reason ?? 'stopped by the operator';
    case 'stopped':
      return STOPPED[reason.when];
  }
}

function wordSessionFolder(folder: RefusedFolder | undefined): string {
  if (folder === undefined) return '';
  return folder.code === 'unconfirmed'
    ? `; its session works in ${shellWord(folder.path)}: ${wordFolderRefusal(folder)}`
    : `; its session's folder ${wordFolderRefusal(folder)}`;
}

const BEHIND: Readonly<Record<RunKind, string>> = {
  auto: 'the running checkpoint',
  manual: "the operator's checkpoint",
  baseline: 'the first, whole snapshot',
  rollback: 'the rollback',
  restore: 'the restore',
  init: 'ws-ckpt init',
};

const STOPPED: Readonly<Record<(FateReason & { code: 'stopped' })['when'], string>> = {
  on_arrival: 'sightline was stopping when it came',
  waiting: 'sightline was stopped',
  earlier_run: 'an earlier run of sightline ended before it settled this',
};

/** Formats who set a silence and why; its id is of no use to a person. */
export function wordSilence({ createdBy, reason }: SilenceName): string {
  return `by ${createdBy}${reason === null ? '' : `: ${reason}`}`;
}

/** Formats what the space guard found, with the remedy. */
export function wordGuard(reason: GuardReason): string {
  const hint = reason.freeSpaceHint === null ? '' : `; free space: ${reason.freeSpaceHint}`;
  const limit = reason.code === 'agent_limit' ? 'guard.per_agent_per_hour' : 'guard.per_workspace_per_hour';
  const isHalf = reason.code !== 'store_full' && reason.isHalf;
  const remedy = `${isHalf ? `: half of ${limit} is kept for what goes wrong` : ''}${hint}`;
  switch (reason.code) {
    case 'store_full':
      return `the snapshot store is ${(reason.usedRatio * 100).toFixed(1)} % full${remedy}`;
    case 'workspace_limit':
      return `${reason.count} automatic checkpoints of this workspace within an hour${remedy}`;
    case 'agent_limit':
      return `${reason.count} automatic checkpoints for agent ${reason.agent ?? 'unknown'} within an hour${remedy}`;
  }
}

/** Formats why the breaker is open, with the remedy. */
export function wordBreaker(reason: BreakerReason): string {
  if (reason.code === 'probe_running') return `${reason.failures} failures in a row; a probe is under way`;
  const seconds = Math.ceil(reason.probesInMs / 1_000);
  const next = seconds > 0 ? `the first signal after ${seconds} s probes` : 'the next signal probes';
  return `${reason.failures} failures in a row; ${next}; see why the last one failed, then take a manual checkpoint: its success closes the breaker`;
}

/** Formats the rule by which a crash is an end. */
export function wordDowngrade(rule: Downgrade): string {
  switch (rule.code) {
    case 'ended_by_signal':
      return `ended by ${rule.signal} without a core`;
    case 'ended_well':
      return 'ended with exit 0 and no signal';
    case 'records_cannot_tell':
      return "records_cannot_tell: the agent's own records alone show it";
    case 'recorded':
      return rule.text;
  }
}

/** Formats what raised a signal. */
export function wordCause(cause: Cause): string {
  switch (cause.code) {
    case 'call_error':
      return `the call's error: ${cause.pattern}`;
    case 'row':
      return cause.pattern === null
        ? `${cause.type} reported by agentsight`
        : `${cause.type} whose error says "${cause.pattern}"`;
    case 'row_of_call':
      return `${cause.type} of a call whose error says "${cause.pattern}"`;
    case 'records':
      return `${cause.type} derived from the agent's own records`;
    case 'failed_calls':
      return cause.count === 1
        ? `a failed call (${cause.errorClass})`
        : `${cause.count} failed calls in a row (${cause.errorClass})`;
    case 'api':
      return 'notified through the API';
    case 'turn_start':
      return 'a turn began: the record of a prompt';
    case 'risky_tool':
      return `the tool ${cause.tool} was called with ${cause.command}`;
    case 'compaction_near':
      return `the context is ${percent(cause.usedTokens / cause.windowTokens, '').trim()} full`;
    case 'budget': {
      const { name, subject, spent, limit } = cause;
      const whose = subject === '' ? '' : ` of ${subject}`;
      return `budget ${name}${whose}: ${wordAmountOf(cause, BigInt(spent))} of ${wordLimit(cause, BigInt(limit))}`;
    }
    case 'recorded':
      return cause.text;
  }
}

function lacking({ leftOut }: { readonly leftOut?: LeftOut }): string {
  return leftOut === undefined ? '' : `; ${wordLeftOut(leftOut)}`;
}

function late({ late: isLate }: { readonly late: boolean }): string {
  return isLate ? ' (late: found by look-up)' : '';
}

// A reason that has the exit code, or what the output says, has it: neither is repeated.
function wordFailure({ why, exitCode, stderr }: FateReason & { code: 'run_failed' }): string {
  const isExit = why.code === 'exited' || why.code === 'not_confirmed';
  const exit = exitCode === null || isExit ? '' : ` (exit ${exitCode})`;
  const text = wordCheckpointer(why);
  return `${text}${exit}${text.includes(stderr) ? '' : `: ${stderr}`}`;
}

/** Formats what a silence covers: `conversation 3f2a… agent Codex`. */
export function wordMatcher({ conversation, agent, signal, workspace }: Matcher): string {
  const parts = [
    conversation === undefined ? '' : `conversation ${conversation.slice(0, 12)}`,
    agent === undefined ? '' : `agent ${agent}`,
    signal ?? '',
    workspace === undefined ? '' : `in ${workspace}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'everything' : parts.join(' ');
}
