/** Gets hold of the state folder: opens it, takes its lock, asks a process that has it, and waits. */

import { closeSync, lstatSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type FileReason, fileReasonOf } from '../../core/errno.ts';
import { wordFileRemedy, wordFolderCause } from '../../wording/files.ts';
import { openStateFolder, type StateFolder } from './folder.ts';
import { makeOwnFile } from '../own-files.ts';
import type { Owner } from '../../core/runs.ts';
import { takeOldSocket } from '../lock/old-socket.ts';
import { thisOwner } from '../lock/identity.ts';
import { takeStateLock, type StateLock } from './state-lock.ts';

/** Gets a line for people. */
export type Notice = (text: string) => void;

/** Between two tries to lock a folder that another process has, ms. */
const LOCK_RETRY_MS = 250;
/** Made in the folder by a process that asks for it. */
const WANTED = 'wanted';

/** The state folder as it was found. */
export type Opened = {
  /** Null where the folder cannot be used. */
  readonly folder: StateFolder | null;
  /** The reason why it cannot be used. */
  readonly refusal: FileReason | null;
};

/** Opens (and makes) the state folder; tells why it cannot be used. */
export function openFolder(stateDir: string, notice: Notice): Opened {
  try {
    return { folder: openStateFolder(stateDir, notice), refusal: null };
  } catch (error) {
    const refusal = reasonOf(error);
    const remedy = wordFileRemedy(refusal, 'name another folder with --state-dir DIR');
    notice(
      `cannot use the state folder ${stateDir}: ${wordFolderCause(refusal)}; nothing is kept over a restart: ${remedy}`,
    );
    return { folder: null, refusal };
  }
}

/**
 * Takes the folder's lock, for at most `waitMs` ms: the process that has it may be at its end (a restart by hand), or give it
 * up for us.
 */
export async function waitForFolder(folder: StateFolder, notice: Notice, waitMs: number): Promise<Lock> {
  const until = performance.now() + waitMs;
  let asked = false;
  for (;;) {
    const notices: string[] = [];
    const lock = await lockFolder(folder, (text) => notices.push(text));
    if (lock.type === 'ours' || performance.now() >= until) {
      if (asked) takeBackAsking(folder);
      for (const text of notices) notice(text);
      return lock;
    }
    if (!asked) askForFolder(folder);
    asked = true;
    await delay(LOCK_RETRY_MS);
  }
}

function askForFolder(folder: StateFolder): void {
  try {
    closeSync(makeOwnFile(folder.at(WANTED)));
  } catch {
    // A folder that cannot be written: then there is nothing to be kept in it either.
  }
}

/** Takes the request for the folder back. */
export function takeBackAsking(folder: StateFolder): void {
  try {
    rmSync(folder.at(WANTED), { force: true });
  } catch {
    // As above; what is left there is answered once.
  }
}

/** Tells two times of asking apart; null where no process asks. */
export function askedAt(folder: StateFolder): string | null {
  try {
    const stats = lstatSync(folder.at(WANTED), { throwIfNoEntry: false });
    return stats === undefined ? null : `${stats.ino} ${stats.mtimeMs}`;
  } catch {
    return null;
  }
}

/** The lock of the folder, ours or another process's. */
export type Lock =
  | (StateLock & { readonly type: 'ours' })
  /** `isOld`: an engine of 0.1.0. */
  | (StateLock & { readonly type: 'other' } & { readonly isOld: boolean });

/** Takes the folder's lock once, and that of an engine of 0.1.0. */
export async function lockFolder(folder: StateFolder, notice: Notice): Promise<Lock> {
  const own = takeStateLock(folder, thisOwner(Date.now()));
  if (own.type === 'other') {
    notice(inUse(folder.path, own.owner));
    return { ...own, isOld: false };
  }
  if (own.type === 'impossible') notice(`${folder.path} cannot be locked (${own.reason}); start one engine only`);
  const release = own.type === 'ours' ? own.release : (): void => undefined;
  // 0.1.0 would write the same file: for one release its lock is held too, and respected where such an engine holds it.
  const old = await takeOldSocket(`state ${folder.path}`, thisOwner(Date.now()));
  switch (old.type) {
    case 'engine':
      release();
      notice(inUse(folder.path, old.owner));
      return { type: 'other', owner: old.owner, isOld: true };
    case 'taken':
      return {
        type: 'ours',
        release: () => {
          release();
          void old.release();
        },
      };
    case 'ignored':
      // Any user can take that name and then send anything: that holds up no process.
      notice(`${folder.path}: ${squatted(old.pid)}`);
      return { type: 'ours', release };
    case 'none':
      return { type: 'ours', release };
  }
}

function squatted(pid: number | null): string {
  const by = pid === null ? 'a process out of view' : `pid ${pid}`;
  return `the lock of sightline 0.1.0 is held by ${by}, which is no engine: ignored`;
}

function inUse(stateDir: string, { user, pid }: Owner): string {
  return `${stateDir} is in use by ${user} (process ${pid}): until that is gone, what happens here is not kept over a restart; give this one a --state-dir of its own`;
}

// The way that we go is a detail: `/proc/self/fd/20/journal.jsonl` means nothing to a person.
/** Returns why a file operation failed. */
export function reasonOf(error: unknown): FileReason {
  const reason = fileReasonOf(error);
  return reason.code === 'errno' ? reason : { ...reason, text: reason.text.replaceAll(OUR_DESCRIPTOR, '') };
}

const OUR_DESCRIPTOR = /\/proc\/self\/fd\/\d+\//gu;
