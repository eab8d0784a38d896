/** Formats the plans of operations, line by line. */

import type { RestoreLimit } from '../core/checkpointer-reasons.ts';
import type { CheckpointAdvice, NoPreview, PlanEffect, PlanWarning } from '../core/plans.ts';
import { shellWord } from '../core/text.ts';
import { age, counted, wordBytes } from './units.ts';
import { wordCheckpointer, wordExamples, wordPlannedCounts } from './checkpointers.ts';
import { wordFolder, wordPinCause } from './folders.ts';
import { wordProcess, wordRoom, wordSize } from './refusals.ts';
import { wordLeftOut } from './snapshots.ts';

/** Formats what an operation will do. */
export function wordEffect(effect: PlanEffect): string {
  switch (effect.code) {
    case 'folder':
      return `the folder is ${wordFolder(effect.folder)}`;
    case 'files_restored':
      return `files, links, folders, permissions and times of ${effect.path} become what they were at ${effect.snapshot}; extended attributes (ACLs, labels) of what is rewritten are not kept; what snapshots leave out (repositories first of all) is not touched`;
    case 'tree_replaced':
      return `the whole tree ${effect.path} becomes what it was at ${effect.snapshot}: .git, databases, logs and untracked files too`;
    case 'counts':
      return wordPlannedCounts(effect.counts);
    case 'all_saved':
      return `nothing changed since the newest snapshot, ${effect.newest}: all of it can be restored`;
    case 'changes_lost': {
      const lost = effect.paths === null ? 'what changed' : counted(effect.paths, 'changed path');
      return `${lost} since the newest snapshot, ${effect.newest}, will be lost unless a checkpoint is taken first`;
    }
    case 'is_newest':
      return 'it is the newest snapshot';
    case 'later_stay':
      return `${counted(effect.snapshots, 'later snapshot')} ${effect.snapshots === 1 ? 'stays' : 'stay'}, and can be gone back to`;
    case 'restart_inside':
      return 'what runs inside has to be restarted: servers, editors, watchers, language servers';
    case 'pinned_now':
      return `pinned until now: ${effect.folder === null ? 'nothing' : wordFolder(effect.folder)}`;
    case 'found_there':
      return `found there now: ${wordFolder(effect.folder)}`;
    case 'touches':
      return `checkpoints and rollbacks of ${effect.workspace} touch ${effect.path} from then on`;
    case 'size': {
      const room = effect.room === null ? "how much room ws-ckpt's store has is not known" : wordRoom(effect.room);
      return `${effect.workspace} holds ${wordSize(effect.size)}; ${room}`;
    }
    case 'copied':
      return `all of ${effect.workspace} is copied (rsync) into ws-ckpt's btrfs store, by its root daemon; that takes as long as copying does`;
    case 'original_deleted':
      return 'then the original is deleted; links that point out of the tree are replaced by copies (ws-ckpt before 0.4)';
    case 'original_waits':
      return `the original waits as ${effect.workspace}.pre-init-bak meanwhile, is brought back on failure and deleted on success`;
    case 'link_left':
      return `a link takes its place: ${effect.workspace} → /mnt/btrfs-workspace/ws-… (wherever the store is mounted)`;
    case 'not_kept':
      return 'hard links, ACLs, extended attributes and sparse holes are not kept; the files are on another file system from then on';
    case 'undo': {
      const path = shellWord(effect.workspace);
      return `rm -rf ${path} then removes the link only; ws-ckpt recover --workspace=${path} undoes it and deletes all snapshots`;
    }
  }
}

type AtWork = PlanWarning & { readonly code: 'agent_at_work' };

/** Formats who works in a folder: `Codex works here: pid 51877, last call 14 s ago`. */
export function wordAtWork({ agent, pid = null, agoMs = null }: AtWork): string {
  const facts = [
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(agoMs === null ? [] : [`last call ${age(0, agoMs, '')} ago`]),
  ];
  return `${agent} works here${facts.length === 0 ? '' : `: ${facts.join(', ')}`}`;
}

/** Formats what to consider before an operation. */
export function wordWarning(warning: PlanWarning): string {
  switch (warning.code) {
    case 'not_in_snapshot':
      return `NOT IN THIS SNAPSHOT, ${wordLeftOut(warning.leftOut)}: they stay as they are`;
    case 'limits_unknown':
      return `what cannot be restored is not known: ${wordCheckpointer(warning.why)}`;
    case 'limit':
      return wordLimit(warning.limit);
    case 'history_moved':
      return `git history is not rolled back: ${warning.before} at the snapshot, now ${warning.now ?? 'gone'}`;
    case 'more_moved':
      return `… and that of ${warning.repositories} more`;
    case 'refs_noted':
      return `the refs at the snapshot: ${warning.command}`;
    case 'preview_unknown':
      return `what would be undone is not known: ${wordNoPreview(warning.why)}`;
    case 'preview_ends':
      return `what changed since ${warning.upTo} is not shown: ${wordCheckpointer(warning.why)}`;
    case 'open_files':
      return `${wordProcess(warning.process)} has ${counted(warning.files, 'file')} open inside: ${LOSSES[warning.loss]}`;
    case 'folder_may_go':
      return `${wordProcess(warning.process)} works inside (${warning.cwd}): that folder may go away`;
    case 'agent_at_work':
      return `${wordAtWork(warning)}. Its context will not match the restored files.`;
    case 'fragile_rollback':
      return 'ws-ckpt before 0.4.4 can lose the whole tree if its daemon or the machine stops meanwhile: leave both alone';
    case 'pin_problem':
      return wordPinCause(warning.problem, warning.workspace);
    case 'other_owner':
      return 'the owner is another one: see whose files these are first';
    case 'not_inspected':
      return `${counted(warning.processes, 'process', 'processes')} of other users could not be inspected: what they write inside may be lost`;
    case 'not_all_listed':
      return 'not all processes could be listed';
    case 'fragile_init':
      return 'ws-ckpt before 0.4 can lose the tree when it fails late: make a copy first, or upgrade it';
    case 'mount_inside':
      return `${warning.path} is a mount of its own: it is copied, not moved`;
    case 'disk_tight':
      return `the disk under ws-ckpt's store has only ${wordBytes(warning.freeBytes)} free: it may fill up`;
  }
}

const LOSSES: Readonly<Record<(PlanWarning & { code: 'open_files' })['loss'], string>> = {
  overwrites: 'it may write over what is restored',
  loses_writes: 'what it writes from then on is lost',
  reads_old: 'it goes on reading the old content',
};

const LIMITS: Readonly<Record<RestoreLimit['what'], string>> = {
  owner: 'owner or group not restored',
  set_id: 'set-user-id or set-group-id bit not restored',
  mtime: 'time of modification not restored',
  history: 'GIT HISTORY NOT RESTORED, snapshots leave it out and it is gone',
  all: 'not restored: the owner of the workspace may not change',
};

/** Formats what of a plan cannot be restored. */
export function wordLimit({ what, count: paths, examples }: RestoreLimit): string {
  return `${LIMITS[what]}: ${counted(paths, 'path')} (${wordExamples(examples, paths)})`;
}

/** Formats why what a rollback would undo is not known. */
export function wordNoPreview({ why, upTo }: NoPreview): string {
  const text = wordCheckpointer(why);
  return upTo === undefined ? text : `${text}; up to ${upTo.snapshot}: ${wordCheckpointer(upTo.why)}`;
}

/** Formats why a checkpoint is advised before a rollback, or why not. */
export function wordAdvice(advice: CheckpointAdvice): string {
  switch (advice.code) {
    case 'unchanged_since':
      return `nothing changed since ${advice.snapshot ?? 'the snapshot'}`;
    case 'just_taken':
      return 'it was taken for this just now';
    case 'unsaved_changes':
      return `what changed since ${advice.newest} is in no snapshot`;
  }
}
