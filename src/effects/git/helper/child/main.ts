/**
 * The helper: works on one workspace's files with the rights of its owner. It is fed to a Node of its own as one text
 * and talks over pipes; it reads, and answers, in blocking calls, one request at a time.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { closeInherited, ownRights, RightsError, takeRights } from './rights.ts';
import { answerRequest } from './answer.ts';
import { endOfRequests, type Pipes, pipes } from './pipes.ts';
import type { Hello, Request } from '../protocol.ts';

/** Threads of libuv's pool by default. */
const THREADS = 4;

async function main(): Promise<void> {
  const connection = pipes();
  if (!(await begin(connection))) return;
  for (;;) answerRequest(connection, connection.next() as Request);
}

/** Everything that starts a thread or loads code comes before the rights are given up. */
async function begin(connection: Pipes): Promise<boolean> {
  process.umask(0o077);
  createHash('sha1').update('').digest();
  await Promise.all(Array.from({ length: THREADS }, () => stat('/')));
  try {
    closeInherited();
    const { uid } = connection.next() as Hello;
    const rights = uid === null ? ownRights() : takeRights(uid);
    connection.send({ t: 'ready', uid: rights.uid, gid: rights.gid, groups: rights.groups });
    return true;
  } catch (error) {
    if (error === endOfRequests) throw error;
    const reason = error instanceof RightsError ? error.message : String(error);
    connection.send({ t: 'error', code: 'RIGHTS', text: reason.slice(0, 200) });
    return false;
  }
}

void main().catch((error: unknown) => {
  // The engine is gone, or done with us.
  if (error === endOfRequests) process.exit(0);
  // A defect: Node prints it, and ends with exit code 1.
  throw error;
});
