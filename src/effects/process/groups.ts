/** Process groups (Linux): who is in the group of an agent, and whether that may be stopped. */
import type { PausedGroup, PauseRefusal, Untouched } from '../../core/pauses.ts';
import type { Result } from '../../core/result.ts';
import type { Ms } from '../../core/units.ts';
import { isInitialPidNamespace } from '../lock/identity.ts';
import {
  argumentsOf,
  namesOf,
  type ProcessIds,
  type ProcessStat,
  programOf,
  readIds,
  readTable,
  TICKS_PER_SECOND,
  uptimeMs,
} from './table.ts';

/** A process as a source names it. A claim: a pid is used again, and what a source says may be wrong. */
export type AgentProcess = {
  readonly pid: number;
  /** Its start as the agent recorded it: clock ticks since boot, or a date; null: not recorded. */
  readonly start: string | null;
  /** It made a call that began then: it is older; null where no call tells. */
  readonly calledAt: Ms | null;
  /** Its name when it made the call; null where that is not told. */
  readonly name: string | null;
  /** The users who wrote the sources that name it; null for one that is not known. */
  readonly tellers: readonly (number | null)[];
  /** The pid is one of the machine (agentsight sees it from the kernel), not of the container that we may live in. */
  readonly ofMachine: boolean;
};

/** A process, distinct from any later one with the same pid. */
export type Member = { readonly pid: number; readonly start: string };

/** The group of an agent, which may be stopped. */
export type Group = PausedGroup & {
  readonly uid: number;
  readonly gid: number;
  /** The leader first. */
  readonly members: readonly Member[];
};

export type GroupOptions = {
  /** The folder in which processes are listed; `/proc`. */
  readonly proc?: string;
  readonly self?: number;
  /** Our effective user. */
  readonly euid?: number;
  readonly isInitialNamespace?: boolean;
  readonly now?: () => Ms;
};

/** A start that was recorded as a date has whole seconds. */
const SAME_DATE_MS = 2_000;
/** Both clocks are read one after the other, and a tick is 10 ms. */
const CLOCKS_MS = 50;
/** The kernel cuts a name to this length. */
const MAX_COMM = 15;

/** Programs that run sessions, terminals and the machine: whoever shares a group with one of them is left alone. */
const SYSTEM =
  named(`init systemd (sd-pam) sshd sshd-session sshd-auth dropbear mosh-server login getty agetty su sudo doas
  tmux screen SCREEN zellij dtach abduco cron crond dbus-daemon dbus-broker supervisord runsv s6-svscan s6-supervise tini
  dumb-init dockerd containerd containerd-shim conmon podman Xorg Xwayland gnome-shell kwin_wayland`);
const SHELLS = named(`sh bash rbash dash ash zsh fish ksh ksh93 mksh oksh csh tcsh nu elvish xonsh pwsh osh ysh`);

function named(names: string): ReadonlySet<string> {
  return new Set(names.split(/\s+/u));
}

/** Finds the group that the process of a claim leads, or why it may not be stopped. Reads all processes. */
export function inspectGroup(claim: AgentProcess, options: GroupOptions = {}): Result<Group, PauseRefusal> {
  const { proc = '/proc', self = process.pid, euid = process.geteuid?.() ?? 0, now = Date.now } = options;
  const table = readTable(proc);
  if (table === null || !table.has(self)) {
    const { platform } = process;
    return no(platform === 'linux' ? { code: 'pause_unseen' } : { code: 'pause_unsupported', platform });
  }
  const { pid } = claim;
  const leader = table.get(pid);
  if (pid < 1 || leader === undefined || isOver(leader)) return no({ code: 'pause_gone', pid });
  if (pid === 1) return no({ code: 'pause_group_has', pid, what: 'system', member: { pid, name: leader.name } });
  const ids = readIds(pid, proc);
  if (ids === null) return no({ code: 'pause_gone', pid });
  const isOurNumber = claim.ofMachine
    ? (options.isInitialNamespace ?? isInitialPidNamespace())
    : ids.namespacePids.length === readIds(self, proc)?.namespacePids.length;
  if (!isOurNumber) return no({ code: 'pause_other_namespace', pid });
  if (!isMeant(claim, leader, { proc, now })) return no({ code: 'pause_other_process', pid, name: leader.name });
  const uid = ownerOf(ids);
  if (uid === null || (euid !== 0 && uid !== euid)) return no({ code: 'pause_foreign', pid, uid });
  // A user's records can only name processes of that user; a source whose writer is not known, only ours.
  const liar = claim.tellers.find((teller) => teller !== null && teller !== 0 && teller !== uid);
  if (typeof liar === 'number') return no({ code: 'pause_claimed', pid, uid: liar });
  const isSigned = claim.tellers.some((teller) => teller !== null);
  if (!isSigned && uid !== euid) return no({ code: 'pause_foreign', pid, uid });
  if (leader.group !== pid) return no({ code: 'pause_not_leader', pid, leader: leader.group });
  const members = [...table.values()].filter((one) => one.group === pid && !isOver(one));
  const bad = findUntouched(members, { leader, table, proc, self, uid });
  if (bad !== null) return no({ code: 'pause_group_has', pid, ...bad });
  if (members.some(isStopped)) return no({ code: 'pause_stopped_already', pid });
  return {
    ok: true,
    value: {
      pid,
      name: leader.name,
      uid,
      gid: ids.gid,
      members: [leader, ...members.filter((one) => one !== leader)].map(({ pid: one, start }) => ({ pid: one, start })),
      processes: members.length,
      others: countOthers(leader, table),
      foreground: leader.terminal !== 0 && leader.foreground === pid,
    },
  };
}

/** The state of a group that was stopped, by the processes that were in it then. */
export type GroupState = {
  /** One of them at least is alive and in the group: the group is the same. */
  readonly isThere: boolean;
  /** Each process in it is stopped. */
  readonly isStopped: boolean;
  /** The leader runs, or, where that has ended, none is stopped: somebody continued it. */
  readonly isRunning: boolean;
  /** A process came in that must not be stopped; null for none. */
  readonly intruder: PauseRefusal | null;
};

/** Inspects a group that was stopped; null where processes cannot be seen. */
export function groupState(
  { pid, uid, members }: Pick<Group, 'pid' | 'uid' | 'members'>,
  { proc = '/proc', self = process.pid }: GroupOptions = {},
): GroupState | null {
  const table = readTable(proc);
  if (table === null) return null;
  const known = new Set(members.map((one) => keyOf(one)));
  const present = [...table.values()].filter((one) => one.group === pid && !isOver(one));
  const leader = present.find((one) => one.pid === pid);
  const bad = leader === undefined ? null : findUntouched(present, { leader, table, proc, self, uid });
  return {
    isThere: present.some((one) => known.has(keyOf(one))),
    isStopped: present.every(isStopped),
    // One that waits for a disk stops when it is done.
    isRunning: leader === undefined ? !present.some(isStopped) : leader.state === 'R' || leader.state === 'S',
    intruder: bad === null ? null : { code: 'pause_group_has', pid, ...bad },
  };
}

function keyOf({ pid, start }: Member): string {
  return `${pid} ${start}`;
}

function no(reason: PauseRefusal): Result<never, PauseRefusal> {
  return { ok: false, reason };
}

function isOver({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}

function isStopped({ state }: ProcessStat): boolean {
  return state === 'T' || state === 't';
}

/** All four: a set-uid program is nobody's to stop. */
function ownerOf({ uids: [uid, ...others] }: ProcessIds): number | null {
  return uid !== undefined && others.every((other) => other === uid) ? uid : null;
}

// The same process as then. Where its start was recorded that decides; else it must be older than its call.
function isMeant(claim: AgentProcess, leader: ProcessStat, { proc, now }: { proc: string; now: () => Ms }): boolean {
  const { start, calledAt, name } = claim;
  if (start === null && calledAt === null) return false;
  if (start !== null && /^\d+$/u.test(start)) {
    if (start !== leader.start) return false;
  } else {
    const startedAt = startedAtOf(leader, proc, now());
    if (startedAt === null) return false;
    if (start !== null && !(Math.abs(Date.parse(start) - startedAt) <= SAME_DATE_MS)) return false;
    if (calledAt !== null && startedAt > calledAt + CLOCKS_MS) return false;
  }
  if (name === null) return true;
  const names = [...namesOf(leader, proc)];
  return names.includes(name) || names.some((one) => one.slice(0, MAX_COMM) === name);
}

/** Returns the start of a process by the wall clock as it stands now; null where the time since boot is not told. */
function startedAtOf({ start }: ProcessStat, proc: string, now: Ms): Ms | null {
  const uptime = uptimeMs(proc);
  return uptime === null ? null : now - uptime + (Number(start) * 1_000) / TICKS_PER_SECOND;
}

type Surroundings = {
  readonly leader: ProcessStat;
  readonly table: ReadonlyMap<number, ProcessStat>;
  readonly proc: string;
  readonly self: number;
  readonly uid: number;
};

type Bad = { readonly what: Untouched; readonly member: { readonly pid: number; readonly name: string } };

function findUntouched(members: readonly ProcessStat[], around: Surroundings): Bad | null {
  const { leader, table, proc, self, uid } = around;
  const above = new Set(ancestorsOf(self, table));
  const aboveLeader = new Set(ancestorsOf(leader.pid, table));
  for (const member of members) {
    const { pid, name } = member;
    const what = whatOf(member, { above, isAboveLeader: aboveLeader.has(pid), self, leader, proc });
    if (what !== null) return { what, member: { pid, name } };
    const ids = readIds(pid, proc);
    // One that ended meanwhile is in no group.
    if (ids !== null && ownerOf(ids) !== uid) return { what: 'foreign', member: { pid, name } };
  }
  return null;
}

type Standing = Pick<Surroundings, 'self' | 'leader' | 'proc'> & {
  readonly above: ReadonlySet<number>;
  readonly isAboveLeader: boolean;
};

function whatOf(member: ProcessStat, { above, isAboveLeader, self, leader, proc }: Standing): Untouched | null {
  const { pid, session, terminal } = member;
  if (pid === self) return 'sightline';
  if (above.has(pid)) return 'ancestor';
  if (pid === session && terminal !== 0) return 'session_leader';
  const args = argumentsOf(pid, proc);
  const names = [member.name.split(':')[0] ?? '', programOf(pid, proc)];
  if (pid === 1 || names.some((name) => SYSTEM.has(name))) return 'system';
  if (args[0]?.startsWith('-') === true) return 'shell';
  if (!names.some((name) => SHELLS.has(name))) return null;
  // The shell of a tool that an agent runs goes along; one that a person may type into does not.
  const isOfTool = pid !== leader.pid && pid !== session && !isAboveLeader && !isInteractive(args, terminal);
  return isOfTool ? null : 'shell';
}

// Agents run tools as `bash -c -l COMMAND`, or keep a shell that reads from a pipe.
function isInteractive([, ...args]: readonly string[], terminal: number): boolean {
  const isOption = (arg: string): boolean => /^[-+]/u.test(arg);
  const hasOption = (letter: string): boolean => args.some((arg) => new RegExp(`^-[a-zA-Z]*${letter}`, 'u').test(arg));
  if (hasOption('c')) return false;
  return hasOption('i') || (terminal !== 0 && args.every(isOption));
}

/** Returns a process and all above it. */
function ancestorsOf(pid: number, table: ReadonlyMap<number, ProcessStat>): readonly number[] {
  const found: number[] = [];
  for (let at = table.get(pid); at !== undefined && !found.includes(at.pid); at = table.get(at.parent))
    found.push(at.pid);
  return found;
}

// A child that made a group of its own is not stopped with it.
function countOthers(leader: ProcessStat, table: ReadonlyMap<number, ProcessStat>): number {
  const children = Map.groupBy(table.values(), ({ parent }) => parent);
  const seen = new Set<number>();
  const open = [leader.pid];
  let others = 0;
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (seen.has(child.pid) || isOver(child)) continue;
      seen.add(child.pid);
      open.push(child.pid);
      if (child.group !== leader.pid) others += 1;
    }
  }
  return others;
}
