/** How long our own exit waits for children to act on SIGTERM before they get SIGKILL, ms. */
const EXIT_GRACE_MS = 100;

const groups = new Set<number>();
let installed = false;

/** Ends the process group `leader` when our own process exits, unless the returned function was called before. */
export function endAtExit(leader: number | undefined): () => void {
  if (leader === undefined) return () => undefined;
  groups.add(leader);
  if (!installed) process.once('exit', endAll);
  installed = true;
  return () => groups.delete(leader);
}

function endAll(): void {
  if (groups.size === 0) return;
  for (const leader of groups) signalGroup(leader, 'SIGTERM');
  // Exit handlers are synchronous; git removes its lock files on SIGTERM, but not on SIGKILL.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXIT_GRACE_MS);
  for (const leader of groups) signalGroup(leader, 'SIGKILL');
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already.
  }
}
