import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Owner } from '../../core/signals.ts';
import { askOwner, hold, lockAddress, untilClosed } from './lock-socket.ts';

export type Lock =
  { readonly ok: true; readonly release: () => Promise<void> } | { readonly ok: false; readonly owner: Owner };

/** Who holds a lock that does not answer (stopped, or of a stranger): user `unknown`, pid 0. */
export const UNKNOWN_OWNER: Owner = { user: 'unknown', pid: 0, startedAt: 0 };

/** A holder that cuts our connection but lives on is asked again after this, ms. */
const RETRY_MS = 250;

/**
 * Takes the machine-wide lock of `key` (a canonical workspace), whatever user or state directory asks. The operating
 * system frees it when this process ends, however it ends. Within a network namespace: containers have their own.
 */
export async function acquireLock(key: string, owner: Owner): Promise<Lock> {
  const release = await hold(lockAddress(key), owner);
  if (release !== null) return { ok: true, release };
  return { ok: false, owner: (await readOwner(key)) ?? UNKNOWN_OWNER };
}

/** Who holds the lock of `key`; null when nobody does. Takes at most 500 ms. */
export async function readOwner(key: string): Promise<Owner | null> {
  const answer = await askOwner(lockAddress(key));
  if (answer.type === 'free') return null;
  return answer.owner ?? UNKNOWN_OWNER;
}

/** Resolves when nobody holds the lock of `key` any more, or when `signal` aborts. */
export async function waitForRelease(key: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await untilClosed(lockAddress(key), signal)) === 'free') return;
    await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** This process as the owner of a lock. */
export function thisOwner(): Owner {
  return { user: userName(), pid: process.pid, startedAt: Math.round(Date.now() - process.uptime() * 1_000) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's user list, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
