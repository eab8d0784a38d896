/** Stops and continues the process group of an agent, with a record of it on the disk in between. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../core/errno.ts';
import type { PauseRefusal } from '../../core/pauses.ts';
import type { Result } from '../../core/result.ts';
import { bootId, isRunning, ownIdentity, pidNamespace } from '../lock/identity.ts';
import { isGroup, MAX_PAUSED, type PauseRecord, readPauses, removePause, writePause } from '../state/pause-records.ts';
import { type AgentProcess, type Group, groupState, inspectGroup } from './groups.ts';

/** The facts of a record besides the group itself. */
export type PauseFacts = Pick<PauseRecord, 'agent' | 'conversations' | 'at' | 'resumesAt' | 'cause' | 'by'>;

/** A record of the state folder: ours; of an engine that runs; or left behind by one that does not. */
export type KnownPause = { readonly record: PauseRecord; readonly whose: 'ours' | 'other' | 'left' };

/** The state of a group that a record tells of. */
export type PauseState = 'stopped' | 'running' | 'gone';

export type Pauser = {
  /** Returns the group that may be stopped, or why not. */
  readonly inspect: (claim: AgentProcess) => Result<Group, PauseRefusal>;
  /** Records a group, inspects it once more, and stops it. */
  readonly stop: (claim: AgentProcess, group: Group, facts: PauseFacts) => Promise<Result<PauseRecord, PauseRefusal>>;
  /** Continues a group, if it still is that one, and removes its record; false where there was nothing to continue. */
  readonly resume: (record: PauseRecord) => boolean;
  readonly stateOf: (record: PauseRecord) => PauseState;
  /** The user who wrote a source; null for one that is not known, `elsewhere` for a source of another machine. */
  readonly tellerOf: (uri: string) => number | null | 'elsewhere';
  /** The records of the state folder, oldest first; those of an earlier boot are removed. `tidies` false: nothing is. */
  readonly list: (options?: { readonly tidies: boolean }) => readonly KnownPause[];
};

/** A stopped process shows it by then, ms; one that waits for a disk takes longer, and stops all the same. */
const STOPPED_WITHIN_MS = 2_000;
const LOOK_MS = 5;
/** Sends a signal with the rights of another user. */
const KILL = '/bin/kill';
const KILL_MS = 5_000;

/** Makes what stops groups and keeps their records in a state folder. At the end of this process all of its groups go on. */
export function createPauser(stateDir: string): Pauser {
  const ours = new Map<string, PauseRecord>();
  const resume = (record: PauseRecord): boolean => {
    const wasThere = isHere(record) && groupState(record)?.isThere === true && signal(record.pid, 'SIGCONT') === null;
    ours.delete(keyOf(record));
    if (ours.size === 0) process.off('exit', resumeAll);
    removePause(stateDir, record);
    return wasThere;
  };
  // Whatever ends this process, but SIGKILL: the next start sees to that.
  const resumeAll = (): void => {
    for (const record of ours.values()) resume(record);
  };
  return {
    inspect: inspectGroup,
    tellerOf,
    resume,
    stop: async (claim, group, facts) => {
      if (!isGroup(group.pid)) return refuse({ code: 'pause_gone', pid: group.pid });
      if (readPauses(stateDir).length >= MAX_PAUSED) return refuse({ code: 'pause_too_many', max: MAX_PAUSED });
      const { pid, uid, members, processes } = group;
      const where = { boot: bootId(), namespace: pidNamespace(), engine: ownIdentity() };
      const record: PauseRecord = { pid, uid, members, processes, ...facts, ...where };
      const written = writePause(stateDir, record);
      if (!written.ok) return refuse({ code: 'pause_not_recorded', reason: written.reason });
      if (ours.size === 0) process.on('exit', resumeAll);
      ours.set(keyOf(record), record);
      // Writing took its time: it is signalled right after it was found the same.
      const again = inspectGroup(claim);
      const refused = again.ok ? await stopGroup(again.value, record) : again.reason;
      if (refused === null) return { ok: true, value: record };
      resume(record);
      return refuse(refused);
    },
    stateOf: (record) => {
      if (!isHere(record)) return 'gone';
      const state = groupState(record);
      if (state === null) return 'stopped';
      return state.isThere ? (state.isRunning ? 'running' : 'stopped') : 'gone';
    },
    list: ({ tidies } = { tidies: true }) => {
      const boot = bootId();
      return readPauses(stateDir).flatMap((record): readonly KnownPause[] => {
        // No process of an earlier boot is there.
        if (record.boot !== boot && tidies) removePause(stateDir, record);
        if (record.boot !== boot) return [];
        if (ours.has(keyOf(record))) return [{ record, whose: 'ours' }];
        const isLeft = record.namespace === pidNamespace() && !isRunning(record.engine);
        return [{ record, whose: isLeft ? 'left' : 'other' }];
      });
    },
  };
}

/** Returns the command line that continues a group by hand. */
export function continueLine({ pid }: Pick<PauseRecord, 'pid'>): string {
  return `kill -CONT -${pid}`;
}

/** The sources that are files of this machine, by their URIs. */
const FILES = /^[a-z]+:(\/.*)$/u;
const LOOPBACK = /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/|$)/u;

function tellerOf(uri: string): number | null | 'elsewhere' {
  const path = FILES.exec(uri)?.[1];
  if (path === undefined || path.startsWith('//')) return uri === '-' || LOOPBACK.test(uri) ? null : 'elsewhere';
  try {
    return statSync(path).uid;
  } catch {
    return null;
  }
}

function refuse(reason: PauseRefusal): Result<never, PauseRefusal> {
  return { ok: false, reason };
}

function keyOf({ pid, members }: PauseRecord): string {
  return `${pid} ${members[0]?.start ?? ''}`;
}

// A pid means another process in another container, or after a restart of the machine.
function isHere({ boot, namespace }: PauseRecord): boolean {
  return boot === bootId() && namespace === pidNamespace();
}

/** Stops a group; null, or why that was taken back. */
async function stopGroup(group: Group, record: PauseRecord): Promise<PauseRefusal | null> {
  const { pid, uid } = group;
  if (group.members[0]?.start !== record.members[0]?.start) return { code: 'pause_gone', pid };
  if (uid !== record.uid) return { code: 'pause_foreign', pid, uid };
  const errno = await signalAs(group);
  if (errno !== null) return { code: 'pause_not_signalled', pid, errno };
  for (let leftMs = STOPPED_WITHIN_MS; ; leftMs -= LOOK_MS) {
    const state = groupState(record);
    if (state === null) return null;
    if (!state.isThere) return { code: 'pause_gone', pid };
    // It came in between the look and the signal: whoever it is goes on at once.
    if (state.intruder !== null) return { code: 'pause_changed', pid, why: state.intruder };
    if (state.isStopped || leftMs <= 0) return null;
    await sleep(LOOK_MS);
  }
}

/** Stops a group with the rights of its owner: the kernel lets no process of another user be reached by them. */
function signalAs({ pid, uid, gid }: Group): string | null | Promise<string | null> {
  if (process.geteuid?.() !== 0 || uid === 0) return signal(pid, 'SIGSTOP');
  return new Promise((resolve) => {
    const options = { uid, gid, cwd: '/', env: {}, timeout: KILL_MS, maxBuffer: 4_096 } as const;
    execFile(KILL, ['-STOP', '--', `-${pid}`], options, (error) => {
      resolve(error === null ? null : errnoOf(error) || 'EPERM');
    });
  });
}

/** Returns the system's code where it failed. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): string | null {
  // The negative of 1 is every process there is.
  if (!isGroup(pid)) return 'EINVAL';
  try {
    process.kill(-pid, name);
    return null;
  } catch (error) {
    return errnoOf(error);
  }
}
