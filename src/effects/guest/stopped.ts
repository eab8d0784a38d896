import { readStat } from '../process/table.ts';

/** A guest that is stopped is continued within so long, ms. */
const LOOK_MS = 500;

/**
 * Continues a child whenever it is stopped, by itself or by another: it is no job of a shell, its terminal is in raw mode, and
 * no key would bring it back. While we are stopped with it, nothing looks. The returned function ends it.
 */
export function keepGoing(pid: number): () => void {
  const timer = setInterval(() => {
    if (readStat(pid)?.state !== 'T') return;
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It has ended, or has taken other rights.
    }
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
