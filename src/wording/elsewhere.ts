/** Formats who else acts on a workspace, and what an operator must know of a lock. */

import type { Elsewhere, LockNote } from '../core/runs.ts';

/** Formats who acts instead of this engine. */
export function wordElsewhere(reason: Elsewhere): string {
  return reason.code === 'other_engine'
    ? `another engine acts here: pid ${reason.owner.pid} of ${reason.owner.user}`
    : 'the folder is held outside this container, by a process that cannot be seen from here; "lock": "record" in the configuration ignores it';
}

/** Formats what an operator must know of a lock that was taken. */
export function wordLockNote(note: LockNote): string {
  switch (note.type) {
    case 'stranger': {
      const held = note.what === 'folder' ? 'its folder is locked' : 'the lock of sightline 0.1.0 is held';
      const by = note.pid === null ? 'a process out of view' : `pid ${note.pid}${ofUser(note.uid)}`;
      return `${held} by ${by}, which is no engine: ignored`;
    }
    case 'without_flock':
      return 'flock(1) is not installed: engines in other containers or under another user are not seen; install util-linux';
    case 'without_folder':
      return `its folder cannot be locked, so only the owner record counts: ${note.reason}`;
    case 'without_record':
      return `no owner record can be kept, so only the lock of the folder counts: ${note.reason}`;
  }
}

function ofUser(uid: number | null): string {
  return uid === null ? '' : ` of uid ${uid}`;
}
