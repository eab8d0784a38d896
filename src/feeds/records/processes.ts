/** The processes that agents' records name: do they still run, and if not, did they die at work (rule S1)? */
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

/** Follows the processes of one source; what becomes of them goes into the book. */
export function createProcesses(book: Book, now: () => Ms): Processes {
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
  const set = ({ sessionId, pid }: ProcessClaim, state: SessionState | null): void =>
    book.process(sessionId, { state, pid });
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
      for (const one of followed.values()) {
        if (one.isOver) continue;
        const isAlive = await isRunning(one.claim);
        if (isAlive) set(one.claim, one.claim.state);
        else end(one.claim, one.wasAlive);
        one.isOver = !isAlive;
        one.wasAlive ||= isAlive;
      }
    },
    count: () => followed.size,
  };
}

async function isRunning({ pid, procStart }: ProcessClaim): Promise<boolean> {
  if (process.platform !== 'linux') return exists(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return false;
  // Behind the name, which may hold anything: field 3 is the first, 22 the start in clock ticks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return false;
  if (procStart === null) return true;
  if (/^\d+$/u.test(procStart)) return ticks === procStart;
  const recorded = Date.parse(procStart);
  const started = await startOf(Number(ticks));
  return Number.isNaN(recorded) || started === null || Math.abs(recorded - started) <= SAME_START_MS;
}

async function startOf(ticks: number): Promise<Ms | null> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  const boot = /^btime (?<seconds>\d+)$/mu.exec(stat)?.groups?.['seconds'];
  return boot === undefined ? null : (Number(boot) + ticks / TICKS_PER_SECOND) * 1_000;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
