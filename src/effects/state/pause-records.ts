/** Keeps the paused groups, one small file each in the state folder: written before a group is stopped, removed after it. */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type FileReason, fileReasonOf } from '../../core/errno.ts';
import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../../core/limits.ts';
import { PAUSE_CAUSES, type PauseCause } from '../../core/pauses.ts';
import { isRecord } from '../../core/record.ts';
import type { Result } from '../../core/result.ts';
import { cleanLine } from '../../core/text.ts';
import type { Ms } from '../../core/units.ts';
import { makeOwnFile, readOwnFile } from '../own-files.ts';
import type { Member } from '../process/groups.ts';
import { openStateFolder, openSubfolder, peekStateFolder, peekSubfolder, type StateFolder } from './folder.ts';

/** A group that is stopped, and who did it. */
export type PauseRecord = {
  /** The leader, and so the number of the group. */
  readonly pid: number;
  readonly uid: number;
  /** The processes that were in it, the leader first, bounded. */
  readonly members: readonly Member[];
  readonly agent: string | null;
  readonly conversations: readonly string[];
  readonly processes: number;
  readonly at: Ms;
  readonly resumesAt: Ms;
  readonly cause: PauseCause;
  readonly by: string | null;
  /** The boot and the pid namespace in which the pids mean these processes. */
  readonly boot: string;
  readonly namespace: string;
  /** The process that will continue it. */
  readonly engine: Member;
};

/** Groups that are stopped at a time, by all engines of a state folder. */
export const MAX_PAUSED = 64;
/** Members that are kept of one: by any of them the group is known again. */
const MAX_MEMBERS = 256;
const MAX_CONVERSATIONS = 64;
/** A larger file is none of ours, bytes. */
const MAX_BYTES = 128 * 1024;
const FOLDER = 'paused';
const FORMAT = 1;
/** The number of a group, and the start of its leader. */
const NAME = /^\d{1,10}-\d{1,20}\.json$/u;

/** Writes a record to the disk; what it returns ok for survives a crash of the machine. */
export function writePause(stateDir: string, record: PauseRecord): Result<null, FileReason> {
  try {
    const folder = openStateFolder(stateDir, () => undefined);
    try {
      const own = openSubfolder(folder, FOLDER);
      try {
        replace(own, nameOf(record), `${JSON.stringify({ format: FORMAT, ...bounded(record) })}\n`);
        // The name of a new folder is in the folder above.
        syncFolder(folder.at('.'));
      } finally {
        own.close();
      }
    } finally {
      folder.close();
    }
    return { ok: true, value: null };
  } catch (error) {
    return { ok: false, reason: fileReasonOf(error) };
  }
}

/** Returns the records of a state folder, oldest first; what cannot be read is left out. Changes nothing. */
export function readPauses(stateDir: string): readonly PauseRecord[] {
  return inFolder(stateDir, [], (folder) => {
    const names = readdirSync(folder.at('.')).filter((name) => NAME.test(name));
    const records = names.slice(0, MAX_PAUSED).flatMap((name) => {
      const record = parse(readOrNull(folder, name));
      return record === null || nameOf(record) !== name ? [] : [record];
    });
    return records.sort((a, b) => a.at - b.at);
  });
}

/** Removes a record. A file that cannot be removed is tried again with the next start. */
export function removePause(stateDir: string, record: PauseRecord): void {
  inFolder(stateDir, undefined, (folder) => rmSync(folder.at(nameOf(record)), { force: true }));
}

/** Names a record: a group is stopped once. */
export function nameOf({ pid, members }: Pick<PauseRecord, 'pid' | 'members'>): string {
  return `${pid}-${members[0]?.start ?? '0'}.json`;
}

function inFolder<T>(stateDir: string, none: T, act: (folder: StateFolder) => T): T {
  try {
    const folder = peekStateFolder(stateDir);
    if (folder === null) return none;
    try {
      const own = peekSubfolder(folder, FOLDER);
      if (own === null) return none;
      try {
        return act(own);
      } finally {
        own.close();
      }
    } finally {
      folder.close();
    }
  } catch {
    return none;
  }
}

function bounded(record: PauseRecord): PauseRecord {
  return {
    ...record,
    members: record.members.slice(0, MAX_MEMBERS),
    conversations: record.conversations.slice(0, MAX_CONVERSATIONS),
  };
}

function replace(folder: StateFolder, name: string, text: string): void {
  const next = folder.at(`${randomUUID()}.new`);
  const descriptor = makeOwnFile(next);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(next, folder.at(name));
  syncFolder(folder.at('.'));
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readOrNull(folder: StateFolder, name: string): unknown {
  try {
    return JSON.parse(readOwnFile(folder.at(name), MAX_BYTES)?.toString('utf8') ?? 'null') as unknown;
  } catch {
    return null;
  }
}

function parse(value: unknown): PauseRecord | null {
  if (!isRecord(value) || value['format'] !== FORMAT) return null;
  const { pid, uid, members, processes, at, resumesAt, cause, boot, namespace, conversations } = value;
  const [all, engine] = [Array.isArray(members) ? members.map(memberOf) : [], memberOf(value['engine'])];
  const isWhole = [uid, processes, at, resumesAt].every(Number.isFinite);
  // The leader comes first, and never is a number that stands for all processes.
  if (!isWhole || typeof pid !== 'number' || !isGroup(pid) || all[0]?.pid !== pid) return null;
  if (engine === null || typeof boot !== 'string' || typeof namespace !== 'string') return null;
  const known = all.filter((one) => one !== null);
  if (known.length !== all.length || all.length > MAX_MEMBERS) return null;
  return {
    pid,
    uid: Number(uid),
    members: known,
    agent: textOf(value['agent']),
    conversations: (Array.isArray(conversations) ? conversations : [])
      .slice(0, MAX_CONVERSATIONS)
      .flatMap((id) => textOf(id) ?? []),
    processes: Number(processes),
    at: Number(at),
    resumesAt: Number(resumesAt),
    cause: PAUSE_CAUSES.find((one) => one === cause) ?? 'operator',
    by: textOf(value['by']),
    boot,
    namespace,
    engine,
  };
}

/** Returns true for a number that can stand for one group: 0 and 1 stand for others, or for all. */
export function isGroup(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1;
}

function memberOf(value: unknown): Member | null {
  if (!isRecord(value)) return null;
  const { pid, start } = value;
  const isPid = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0;
  return isPid && typeof start === 'string' && /^\d{1,20}$/u.test(start) ? { pid, start } : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? cleanLine(value, Math.max(MAX_NAME_LENGTH, MAX_ID_LENGTH)) : null;
}
