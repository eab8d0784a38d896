/** Formats why the system refused a file operation, instead of the raw text of Node. */
import type { Distrust, FileReason } from '../core/errno.ts';
import { wordBy, type Wordings } from './table.ts';

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTREG: 'it is not a regular file',
  ELOOP: 'its links form a circle',
  ENAMETOOLONG: 'its path is too long',
  ENOSPC: 'no space left on its disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'its file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  EIO: 'its disk reports an input/output error',
  EFBIG: 'it would be larger than a file may be',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is a running program',
  EEXIST: 'its name is taken',
  ENXIO: 'no device or reader is behind it',
  ENODEV: 'no device is behind it',
  ESTALE: 'its network file system has lost it',
  ETIMEDOUT: 'its file system does not answer',
  ENOTCONN: 'its file system is not connected',
  ENOTSUP: 'its file system takes no new files',
  EINVAL: 'its file system does not support that',
};

/** Remedies that do not depend on the purpose of the file. */
const REMEDIES: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit (ulimit -n)',
  ENFILE: 'raise the limit (sysctl fs.file-max)',
  ENOSPC: 'free space there',
  EDQUOT: 'free space there',
};

/** Formats why a file cannot be read or opened. */
export function wordFileCause(reason: FileReason): string {
  if (reason.code === 'quoted') return reason.text;
  return CAUSES[reason.errno] ?? `system error ${reason.errno}`;
}

/** Formats why a file or folder cannot be made or written: what does not exist then is the folder above it. */
export function wordWriteCause(reason: FileReason): string {
  const isFolderMissing = reason.code === 'errno' && reason.errno === 'ENOENT';
  return isFolderMissing ? 'its folder does not exist' : wordFileCause(reason);
}

/** Formats why a folder cannot be used. */
export function wordFolderCause(reason: FileReason): string {
  // A name that is taken when the folder is made: by a file.
  const isNoFolder = reason.code === 'errno' && (reason.errno === 'ENOTDIR' || reason.errno === 'EEXIST');
  return isNoFolder ? 'it is not a folder' : wordFileCause(reason);
}

/** Formats what to do about it: what the error itself asks for, or else `otherwise`. */
export function wordFileRemedy(reason: FileReason, otherwise: string): string {
  const remedy = reason.code === 'errno' ? REMEDIES[reason.errno] : undefined;
  return remedy === undefined ? otherwise : `${remedy}, or ${otherwise}`;
}

/** Formats why a file or folder of ours is not trusted. */
export function wordDistrust(distrust: Distrust): string {
  return `${distrust.path} ${wordBy(DISTRUST, distrust)}`;
}

const DISTRUST: Wordings<Distrust> = {
  foreign_link: ({ uid }) => `is a link of user id ${uid}`,
  exposed_link: ({ folder }) => `is a link in ${folder}, which other users can change`,
  too_many_links: ({ max }) => `leads through more than ${max} links`,
  foreign: ({ uid }) => `belongs to user id ${uid}`,
  writable_by_others: () => 'can be changed by other users',
  no_folder: () => 'is not a folder',
  no_file: () => 'is not a regular file',
  second_name: () => 'has a second name (hard link)',
  too_large: ({ bytes, maxBytes }) => `has ${bytes} bytes, more than ${maxBytes}`,
};

const LISTEN_CAUSES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; name another port',
  EADDRNOTAVAIL: 'it is no address of this machine; name one of its own, for example 127.0.0.1',
  EACCES: 'permission denied; name a port above 1023',
  ENOTFOUND: 'its name is not known; name an address',
};

/** Formats why a server cannot listen, by the system's code, and what to do about it. */
export function wordListenCause(errno: string): string {
  return LISTEN_CAUSES[errno] ?? `system error ${errno}`;
}
