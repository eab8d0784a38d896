/** The processes that agents' records name: do they still run, and if not, did they die at work (rule S1)? */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { textDetail } from '../../core/interruptions.ts';
import type { Ms } from '../../core/units.ts';
import type { SessionState } from '../../core/sessions.ts';
import type { Book, BookFile } from './book.ts';
import type { ProcessClaim } from './provider.ts';

/** Processes that are followed; the one reported first is dropped first. */
const MAX_PROCESSES = 256;
/** Clock ticks of the kernel in a second; Linux has reported to programs since 2.6 on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
/** A start that was written as text has whole seconds. */
const SAME_START_MS = 2_000;

export type Processes = {
  readonly claim: (key: string, claim: ProcessClaim) => void;
  /** The document is gone: a clean end. */
  readonly gone: (key: string) => void;
  /** Inspects all of them. */
  readonly check: () => Promise<void>;
  readonly count: () => number;
};

type Followed = { readonly claim: ProcessClaim; wasAlive: boolean; isOver: boolean };

/** Returns which of some claimed processes run. */
export type Running = (claims: readonly ProcessClaim[]) => Promise<ReadonlySet<ProcessClaim>>;

/** Follows the processes of one source; what becomes of them goes into the book. */
export function createProcesses(
  book: Book,
  now: () => Ms,
  running: Running = process.platform === 'linux' ? runningByProc : createRunningByPs(),
): Processes {
  const followed = new Map<string, Followed>();
  const file: BookFile = book.add({ path: [], format: 'document', kind: 'processes', sessionId: null, agentId: null });
  file.isAppended = false;

  const end = (claim: ProcessClaim, wasAlive: boolean): void => {
    const session = book.session(claim.sessionId);
    const wasAtWork = claim.state === 'busy' || session?.open?.type === 'tool';
    set(claim, wasAtWork ? 'died' : 'ended');
    if (!wasAtWork) return;
    // One that had died before we looked is history.
    const at = wasAlive ? now() : Math.max(claim.at, session?.lastAt ?? 0);
    file.sink.put({
      type: 'interruption',
      key: `crash:${claim.pid}:${claim.procStart ?? claim.at}`,
      conversationId: claim.sessionId,
      at,
      interruption: 'agent_crash',
      severity: 'critical',
      resolved: false,
      detail: textDetail(`process ${claim.pid} is gone, and left its session at work; how it ended is not recorded`),
    });
  };
  const set = ({ sessionId, pid, procStart }: ProcessClaim, state: SessionState | null): void =>
    book.process(sessionId, { state, pid, pidStart: procStart });
  return {
    claim: (key, claim) => {
      const known = followed.get(key);
      const isSame = known?.claim.pid === claim.pid && known.claim.procStart === claim.procStart;
      followed.set(key, { claim, wasAlive: isSame && known.wasAlive, isOver: isSame && known.isOver });
      const [oldest] = followed.keys();
      if (followed.size > MAX_PROCESSES && oldest !== undefined) followed.delete(oldest);
    },
    gone: (key) => {
      const known = followed.get(key);
      followed.delete(key);
      if (known !== undefined && !known.isOver) set(known.claim, 'ended');
    },
    check: async () => {
      const asked = [...followed.values()].filter(({ isOver }) => !isOver);
      const alive = asked.length === 0 ? null : await running(asked.map(({ claim }) => claim));
      for (const one of asked) {
        const isAlive = alive?.has(one.claim) === true;
        if (isAlive) set(one.claim, one.claim.state);
        else end(one.claim, one.wasAlive);
        one.isOver = !isAlive;
        one.wasAlive ||= isAlive;
      }
    },
    count: () => followed.size,
  };
}

async function runningByProc(claims: readonly ProcessClaim[]): Promise<ReadonlySet<ProcessClaim>> {
  const running = new Set<ProcessClaim>();
  for (const claim of claims) if (await isInProc(claim)) running.add(claim);
  return running;
}

async function isInProc({ pid, procStart }: ProcessClaim): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return false;
  // Behind the name, which may hold anything: field 3 is the first, 22 the start in clock ticks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return false;
  if (procStart === null) return true;
  if (/^\d+$/u.test(procStart)) return ticks === procStart;
  return isSameStart(procStart, await startOf(Number(ticks)));
}

function isSameStart(claimed: string, started: Ms | null): boolean {
  const recorded = Date.parse(claimed);
  return Number.isNaN(recorded) || started === null || Math.abs(recorded - started) <= SAME_START_MS;
}

async function startOf(ticks: number): Promise<Ms | null> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  const boot = /^btime (?<seconds>\d+)$/mu.exec(stat)?.groups?.['seconds'];
  return boot === undefined ? null : (Number(boot) + ticks / TICKS_PER_SECOND) * 1_000;
}

/** The program that lists processes where there is no `/proc`, and its deadline, ms. */
const PS = '/bin/ps';
const PS_MS = 5_000;
/** Between two listings, ms, while each of the processes exists: one that ended may have left its number to another. */
const PS_EVERY_MS = 60_000;

/** Makes what asks `ps` (macOS) for the state and the start of processes; between two listings only whether they exist. */
export function createRunningByPs(everyMs: Ms = PS_EVERY_MS): Running {
  const listed = new Map<number, { readonly procStart: string | null; readonly isRunning: boolean }>();
  let listAt = 0;
  return async (claims) => {
    const existing = claims.filter(({ pid }) => exists(pid));
    const isKnown = ({ pid, procStart }: ProcessClaim): boolean => listed.get(pid)?.procStart === procStart;
    if (existing.length > 0 && (performance.now() >= listAt || !existing.every(isKnown))) {
      listAt = performance.now() + everyMs;
      const found = await listByPs(existing.map(({ pid }) => pid));
      listed.clear();
      for (const { pid, procStart } of existing) {
        const start = found?.get(pid);
        // Without a listing a process that exists is believed.
        const isRunning =
          found === null || (start !== undefined && (procStart === null || isSameStart(procStart, start)));
        listed.set(pid, { procStart, isRunning });
      }
    }
    return new Set(existing.filter(({ pid }) => listed.get(pid)?.isRunning === true));
  };
}

// The start of each process that runs, by its number; null where they cannot be listed.
async function listByPs(pids: readonly number[]): Promise<ReadonlyMap<number, Ms | null> | null> {
  const args = ['-o', 'pid=,stat=,lstart=', '-p', pids.join(',')];
  const options = { env: { LC_ALL: 'C' }, timeout: PS_MS, maxBuffer: 1_048_576, encoding: 'utf8' } as const;
  const text = await new Promise<string | null>((resolve) => {
    execFile(PS, args, options, (error, stdout) =>
      resolve(stdout === '' && error !== null && error.code !== 1 ? null : stdout),
    );
  });
  if (text === null) return null;
  const found = new Map<number, Ms | null>();
  for (const [, pid, state = '', start = ''] of text.matchAll(/^ *(\d+) +(\S+) +(.+?) *$/gmu)) {
    const startedAt = Date.parse(start);
    if (!state.startsWith('Z')) found.set(Number(pid), Number.isNaN(startedAt) ? null : startedAt);
  }
  return found;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
