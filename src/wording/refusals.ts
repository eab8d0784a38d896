/** Formats refusals, and the choice of a checkpointer. */

import type { CheckpointerReason } from '../core/checkpointer-reasons.ts';
import { MAX_WORKSPACES } from '../core/limits.ts';
import type { ChoiceReason, FolderSize, ProcessName, Refusal, RefusedFolder } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import { shellWord } from '../core/text.ts';
import { wordAmountOf } from './budgets.ts';
import { counted, wordBytes } from './units.ts';
import {
  isOfCheckpointer,
  NOT_ASKED_YET,
  wordAmount,
  wordCheckpointer,
  wordCheckpointerCause,
} from './checkpointers.ts';
import { wordElsewhere } from './elsewhere.ts';
import { PAUSE_REFUSALS } from './pauses.ts';
import { STAYS_ON_HOST, wordResolve } from './records.ts';
import { wordBy, type Wordings } from './table.ts';

/** Formats why an operator's request is refused, or a query has no answer. */
export function wordRefusal(refusal: Refusal): string {
  return isOfCheckpointer(refusal) ? wordCheckpointer(refusal) : wordBy(REFUSALS, refusal);
}

/** Formats why a session's folder is no workspace. */
export function wordFolderRefusal({ code, path: folder }: RefusedFolder): string {
  const path = shellWord(folder);
  switch (code) {
    case 'absent':
      return `${path} is not there`;
    case 'foreign':
      return `${path} belongs to another user than the records`;
    case 'forbidden':
      return `${path} is a home folder or the root`;
    case 'unconfirmed':
      return `confirm it with: sightline doctor --repin ${path}`;
    case 'too_many':
      return `${path} is one too many: ${MAX_WORKSPACES} workspaces are looked after; name it with --workspace`;
  }
}

/** Subjects of a budget that are named. */
const MAX_SUBJECTS = 5;

const REFUSALS: Wordings<Exclude<Refusal, CheckpointerReason>> = {
  ...PAUSE_REFUSALS,
  read_only: () => 'read-only: start without --read-only to act',
  stopping: () => 'sightline is stopping',
  engine_gone: () => 'the engine does not answer',
  asking_engine: () => 'the engine is being asked',
  other_run: () => 'it was meant for an earlier run of the engine',
  too_late: () => 'it arrived too late and was not done',
  two_hosts: ({ host }) => `two engines publish as ${host}; give each host its own name (--nats-name)`,
  stale_view: () => 'this console showed an older state of the host; look again, then repeat it',
  stays_on_host: () => STAYS_ON_HOST,
  not_permitted: () => 'the broker does not let this operator act on that host',
  open_host: ({ host }) => (host === null ? 'open a host first: Enter on it' : `open ${host} first: Enter on it`),
  no_such_silence: () => 'there is no such silence any more',
  silence_over: () => 'a silence must end in the future',
  nothing_to_ack: () => 'no such signal that is not acknowledged already',
  nothing_acked: () => 'nothing of it is acknowledged',
  nothing_held: () => 'nothing is held in this workspace',
  other_hold: () => 'that hold is over; another one began since',
  run_decides: () => 'a checkpoint is running; its result decides',
  manual_running: () => 'a manual checkpoint is running already',
  manual_queued: () => 'a manual checkpoint is queued already',
  too_many_rules: (refusal) => `${refusal.max} rules are set in this session; take one back first`,
  no_such_budget: ({ name }) => `no budget ${name} of that is known; "sightline budget list" lists them`,
  budget_of_whom: ({ name, subjects }) =>
    `budget ${name} is kept for several; name one: ${subjects.slice(0, MAX_SUBJECTS).join(', ')}`,
  budget_not_raised: ({ unit, limit }) =>
    `the limit is ${wordAmountOf({ unit }, BigInt(limit))} already; name a higher one, or reset it`,
  budget_not_near: ({ name }) => `budget ${name} is below its advisory: there is nothing to answer`,
  budget_slides: ({ name }) => `budget ${name} is one of the last hour, which slides by itself; raise it instead`,
  busy: (refusal) => `${BUSY[refusal.kind]}; wait for its end`,
  acts_elsewhere: (refusal) => `${wordElsewhere(refusal.by)}; stop it, then take over`,
  owner_gone: () => 'the owner is gone: take over first',
  still_owned: () => 'the other engine still acts here',
  no_workspaces: () =>
    'no workspace is configured: give --workspace DIR, or a map of agents to workspaces in the configuration file',
  nothing_older: () => 'all records are read',
  nothing_older_read: () => 'no older records are being read',
  not_unconfirmed: (refusal) => `no session waits for a confirmation of ${shellWord(refusal.path)}`,
  session_folder: (refusal) => wordFolderRefusal(refusal.folder),
  choice_unavailable: (refusal) => {
    const why = refusal.why === null ? NOT_ASKED_YET : wordCheckpointer(refusal.why);
    return `${refusal.workspace}: ${refusal.choice} was asked for, but ${why}`;
  },
  overtaken: () => 'another operation started first; try again',
  several: (refusal) => refusal.reasons.map(wordRefusal).join('; '),
  checkpoint_first_failed: (refusal) =>
    `the checkpoint before it was not made, so nothing was rolled back: ${wordRefusal(refusal.why)}`,
  unknown_workspace: (refusal) => `${refusal.workspace} is no workspace of this session; give it with --workspace`,
  incapable: ({ checkpointer, capability }) =>
    capability === 'contents'
      ? `${checkpointer} cannot ${CAPABILITIES.contents}; d compares it with now`
      : capability === 'restore'
        ? `${checkpointer} cannot ${CAPABILITIES.restore}, only the whole workspace; git can`
        : `${checkpointer} cannot ${CAPABILITIES[capability]}; ws-ckpt and git can`,
  empty_workspace: () => 'empty workspace: nothing was created',
  no_initializer: () => 'this session cannot run ws-ckpt init; run it in a shell',
  other_checkpointer: (refusal) =>
    `checkpoints of it are by ${wordChoice(refusal.choice)}; start with --checkpointer auto or ws-ckpt`,
  not_pinned: (refusal) => `${refusal.workspace} has no folder that is pinned`,
  nothing_to_pin: () => 'nothing to do: it is the pinned folder, or may be pinned by arming',
  folder_missing: (refusal) => `there is no folder ${refusal.workspace}`,
  works_inside: (refusal) =>
    `${wordProcess(refusal.process)} works inside (${refusal.cwd}): ${refusal.process.isOurs ? MOVE_OUT : 'its folder would be taken from under it; stop it, or let it change to a folder outside'}`,
  already_managed: (refusal) => `${refusal.workspace} is managed by ws-ckpt already`,
  init_folder_missing: (refusal) => `${refusal.workspace} does not exist; create it first`,
  init_of_link: (refusal) => `${refusal.workspace} is a link already; name the folder that it leads to`,
  init_of_file: (refusal) => `${refusal.workspace} is no folder`,
  init_of_root: () => `/ cannot be a workspace; ${BELOW}`,
  init_of_home: (refusal) =>
    `${refusal.workspace} is your home, or above it: shells, keys and settings would move along; ${BELOW}`,
  init_of_system: (refusal) => `${refusal.workspace} belongs to the system; ${BELOW}`,
  init_of_mount: (refusal) => `${refusal.workspace} is a mount point, which cannot be replaced by a link; ${BELOW}`,
  init_left_over: (refusal) =>
    `${refusal.path} is left over from an earlier init; first: ws-ckpt recover --workspace=${shellWord(refusal.workspace)}`,
  init_does_not_fit: (refusal) =>
    `it does not fit: ${refusal.workspace} holds ${wordSize(refusal.size)}, and ${wordRoom(refusal)}; free some with ws-ckpt cleanup, or enlarge it (img_size in /etc/ws-ckpt/config.toml, then restart it)`,
  init_process_inside: (refusal) => {
    const { process, cwd, fileCount } = refusal;
    const how = cwd === null ? `has ${counted(fileCount, 'file')} open inside` : `works inside (${cwd})`;
    return `${wordProcess(process)} ${how} and would go on in the old tree; ${process.isOurs ? MOVE_OUT : 'stop it first'}`;
  },
  interruption_gone: () => 'no longer held here; use agentsight to see it',
  already_resolved: () => 'it is resolved already',
  sources_only_read: (refusal) => {
    const { sources } = refusal;
    const read = sources.length === 0 ? 'its source' : sources.join(' and ');
    return `${read} ${sources.length > 1 ? 'are' : 'is'} only read; follow agentsight serve as well (--source http://…)`;
  },
  not_resolved: (refusal) => {
    const { failures, resolvedAt } = refusal;
    return [
      ...failures.map(wordResolve),
      ...(resolvedAt.length === 0 ? [] : [`resolved at ${resolvedAt.join(', ')}`]),
    ].join('; ');
  },
};

const BUSY: Readonly<Record<(Refusal & { code: 'busy' })['kind'], string>> = {
  auto: 'a checkpoint is running',
  manual: 'a manual checkpoint is running',
  baseline: 'the first, whole snapshot is running',
  rollback: 'a rollback is running',
  restore: 'a restore is running',
  init: 'ws-ckpt init is running',
  queued_manual: 'a manual checkpoint is queued',
  operation: 'an operation is running',
};

const CAPABILITIES: Readonly<Record<(Refusal & { code: 'incapable' })['capability'], string>> = {
  list: 'list its snapshots',
  diff: 'compare snapshots',
  contents: 'list the files of a snapshot',
  rollback: 'roll back',
  restore: 'restore single paths',
  remove: 'delete a snapshot',
};

const BELOW = 'choose a folder below';
const MOVE_OUT = 'start sightline from a folder outside';

/** Formats a process: `node (pid 4711)`. */
export function wordProcess({ pid, name, isOurs }: ProcessName): string {
  return isOurs ? `sightline itself (pid ${pid})` : `${name} (pid ${pid})`;
}

/** Formats what a folder holds. */
export function wordSize({ files, bytes, complete }: FolderSize): string {
  const amount = wordAmount({ files, bytes });
  return complete ? amount : `more than ${amount} (stopped counting)`;
}

/** Formats how much room ws-ckpt's store has. */
export function wordRoom({
  freeBytes,
  totalBytes,
}: {
  readonly freeBytes: number;
  readonly totalBytes: number;
}): string {
  return `ws-ckpt's store has ${wordBytes(freeBytes)} free of ${wordBytes(totalBytes)}`;
}

/** Formats why a workspace has its checkpointer: `git, because …`. */
export function wordChoice(choice: ChoiceReason): string {
  switch (choice.code) {
    case 'chosen':
      return CHOSEN[choice.checkpointer];
    case 'git_instead':
      return `git, because ${choice.why === null ? NOT_ASKED_YET : wordCheckpointerCause(choice.why)}`;
    case 'managed':
      return `ws-ckpt ${choice.version ?? '(version unknown)'}, because it manages ${choice.workspace}`;
    case 'embedded':
      return choice.text;
  }
}

const CHOSEN: Readonly<Record<(ChoiceReason & { code: 'chosen' })['checkpointer'], string>> = {
  auto: 'chosen automatically',
  'ws-ckpt': 'ws-ckpt, as chosen',
  git: 'git, as chosen',
  command: 'a command of yours, as chosen',
  none: 'none, as chosen: no snapshot is made',
};

/** Returns a result whose reason is worded. */
export function worded<T>(result: Result<T, Refusal>): Result<T> {
  return result.ok ? result : { ok: false, reason: wordRefusal(result.reason) };
}
