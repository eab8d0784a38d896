import type { LockNote, LockRefusal } from '../../effects/lock/locks.ts';

/** Words why a workspace is another engine's. */
export function refusalWords(refusal: LockRefusal): string {
  switch (refusal.type) {
    case 'engine':
      return `another engine acts here: pid ${refusal.owner.pid} of ${refusal.owner.user}`;
    case 'outside':
      return 'its folder is held outside this container, by a process that cannot be seen from here';
  }
}

/** Words what an operator must know of a lock that was taken. */
export function noteWords(note: LockNote): string {
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
