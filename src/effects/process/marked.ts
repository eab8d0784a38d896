import { readdir, readFile } from 'node:fs/promises';

/** The variable by which everything that descends from one run is found again, whatever session it has moved to. */
export const RUN_VARIABLE = 'SIGHTLINE_RUN';

/** Searches before we give up on a tree that forks as fast as it is killed. */
const MAX_ROUNDS = 5;
/** Processes looked at, and read side by side. */
const MAX_PROCESSES = 20_000;
const AT_ONCE = 32;

/**
 * Ends with SIGKILL every process whose environment holds this run's marker: children of a child that left its process
 * group (`setsid`). Best effort: one that changed its environment, or whose environment we may not read, is not found, nor
 * is any where there is no /proc. Never rejects.
 */
export async function endMarked(run: string, proc = '/proc'): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await markedBy(run, proc);
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
  }
}

async function markedBy(run: string, proc: string): Promise<readonly number[]> {
  const names = await readdir(proc).catch(() => []);
  const pids = names.filter((name) => /^\d+$/u.test(name)).slice(0, MAX_PROCESSES);
  const found: number[] = [];
  for (let from = 0; from < pids.length; from += AT_ONCE) {
    const some = pids.slice(from, from + AT_ONCE);
    const environments = await Promise.all(
      some.map((pid) => readFile(`${proc}/${pid}/environ`, 'latin1').catch(() => '')),
    );
    for (const [index, text] of environments.entries()) {
      if (`\0${text}`.includes(`\0${RUN_VARIABLE}=${run}\0`)) found.push(Number(some[index]));
    }
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
