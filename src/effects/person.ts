import { readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The user of this process, by name where it has one. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's user list, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The terminal of the person at the keys; null where it is not known. */
export function terminalName(): string | null {
  try {
    const path = readlinkSync('/proc/self/fd/0');
    return path.startsWith('/dev/') && path !== '/dev/null' ? path : null;
  } catch {
    return null;
  }
}
