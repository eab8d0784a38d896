import { chmodSync, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf } from '../../../../core/errno.ts';
import type { BytePath } from '../../workspace/byte-path.ts';
import type { Where } from '../protocol.ts';

/** Of Linux: opens a folder as a path only, which needs no permission to read it. Node has no name for it. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
const isLinux = process.platform === 'linux';
const PATH_ONLY = (isLinux ? O_PATH : O_RDONLY) | O_DIRECTORY | O_NOFOLLOW;

/** Moments at which a test may change the workspace under our hands. */
export type Moment = 'found' | 'opened' | 'written' | 'placed';
export type AtMoment = (moment: Moment, path: BytePath) => void;

/** An open folder. What lies in it is named relative to the descriptor, so that no link can lead elsewhere. */
export type Folder = {
  readonly fd: number;
  /** Names the folder itself. */
  readonly self: Buffer;
  /** Names an entry of the folder. */
  readonly at: (name: BytePath) => Buffer;
};

/** The folder is not the one that was meant. */
export class OtherFolderError extends Error {
  constructor() {
    super('another folder');
    this.name = 'OtherFolderError';
  }
}

/** The folders of one workspace, opened step by step. */
export type Folders = {
  readonly root: Folder;
  /** The folder `path`, by steps that follow no link; stays open as long as paths below it are asked for. */
  readonly enter: (path: BytePath) => Folder;
  readonly close: () => void;
  readonly atMoment: AtMoment;
};

/**
 * Opens the root of a workspace; throws `OtherFolderError` where another folder stands there, else the error of
 * `node:fs`. `forces` opens folders to their owner where they resist.
 */
export function openFolders(where: Where, forces: boolean, atMoment: AtMoment = () => undefined): Folders {
  const root = openRoot(where);
  const open: { readonly name: BytePath; readonly folder: Folder }[] = [];
  return {
    root,
    atMoment,
    enter: (path) => {
      const names = path === '' ? [] : path.split('/');
      let same = 0;
      while (same < names.length && same < open.length && open[same]?.name === names[same]) same += 1;
      for (const { folder: opened } of open.splice(same)) closeSync(opened.fd);
      for (const name of names.slice(same)) {
        const parent = open.at(-1)?.folder ?? root;
        const folder = withAccess(parent, forces, () => openFolder(parent.at(name)));
        open.push({ name, folder });
      }
      return open.at(-1)?.folder ?? root;
    },
    close: () => {
      for (const { folder } of open.splice(0)) closeSync(folder.fd);
      closeSync(root.fd);
    },
  };
}

/** Opens a folder by a name that was given by its parent's `at`; a link instead of it is refused. */
export function openFolder(name: Buffer, flags = PATH_ONLY): Folder {
  const fd = openSync(name, flags);
  const self = isLinux ? `/proc/self/fd/${fd}` : name.toString('latin1');
  return {
    fd,
    self: Buffer.from(self, 'latin1'),
    at: (entry) => Buffer.from(`${self}/${entry}`, 'latin1'),
  };
}

/** Opens a folder for listing it. */
export function openListed(name: Buffer): Folder {
  return openFolder(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Runs `act`; where the folder resists and `forces` is set, opens it to its owner and runs `act` again. */
export function withAccess<T>({ self }: Folder, forces: boolean, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!forces || (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM')) throw error;
    chmodSync(self, 0o700);
    return act();
  }
}

/** True if this error of `node:fs` means that the entry is not there (any more), or of another kind. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error));
}

function openRoot({ root, dev, ino, uid }: Where): Folder {
  const folder = isLinux ? byStepsFromTop(root) : openFolder(Buffer.from(root, 'latin1'));
  const found = fstatSync(folder.fd, { bigint: true });
  if (String(found.dev) === dev && String(found.ino) === ino && Number(found.uid) === uid) return folder;
  closeSync(folder.fd);
  throw new OtherFolderError();
}

/** A canonical path has no links; one that appeared since stops us. */
function byStepsFromTop(path: BytePath): Folder {
  let folder = openFolder(Buffer.from('/'));
  for (const name of path.split('/').filter((part) => part !== '')) {
    const parent = folder;
    try {
      folder = openFolder(parent.at(name));
    } finally {
      closeSync(parent.fd);
    }
  }
  return folder;
}
