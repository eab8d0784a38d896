import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** Is the process there and no zombie? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Processes (Linux) whose environment, as it was at their start, contains all of these texts. */
export async function processesWith(...variables: readonly string[]): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  const isOne = (_: string, index: number): boolean =>
    variables.every((variable) => environments[index]?.includes(variable) === true);
  return pids.filter(isOne).map(Number);
}
