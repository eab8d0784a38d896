import { readdir, readFile } from 'node:fs/promises';
import { errnoOf } from '../../../core/errno.ts';
import type { BytePath } from './byte-path.ts';
import type { Walked } from './entry.ts';
import { deviceOf, inodeOf } from './stamp.ts';
import { MAX_MAPS_BYTES } from '../limits.ts';

/**
 * File systems on which a store through a mapping shows in the file's times, at the latest when it is written back. Of
 * others that is not known; tmpfs never does it.
 */
const STAMPED: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs']);

/** The files of a workspace that some process has mapped for writing, and what could not be seen. */
export type Mappings = {
  readonly paths: ReadonlySet<BytePath>;
  /** Processes whose mappings we may not read. */
  readonly unreadable: number;
  /** Does the workspace have files whose times do not show such stores? Only then processes were looked at. */
  readonly isBlind: boolean;
};

export type MappingOptions = {
  /** The folder in which processes are listed; `/proc`. */
  readonly proc?: string;
};

const NONE: Mappings = { paths: new Set(), unreadable: 0, isBlind: false };

/**
 * Finds which files of a workspace at `root` are mapped for writing, as far as their file systems make it necessary.
 * Reads `/proc` only. Never rejects.
 */
export async function findMappings(root: BytePath, walked: Walked, options: MappingOptions = {}): Promise<Mappings> {
  const { proc = '/proc' } = options;
  if (process.platform !== 'linux') return NONE;
  const blind = await blindDevices(proc, walked);
  if (blind.size === 0) return NONE;
  const { mapped, unreadable } = await readMaps(proc);
  const paths = walked.entries.flatMap(({ path, kind, stamp }) => {
    if (kind !== 'file' || mapped.size === 0) return [];
    const [ino = ''] = inodeOf(stamp)?.split(':') ?? [];
    // Some file systems show another device in `maps` than in `stat`: there the name tells.
    return mapped.has(`${deviceOf(stamp)}:${ino}`) || mapped.has(`${root}/${path}`) ? [path] : [];
  });
  return { paths: new Set(paths), unreadable, isBlind: true };
}

/** The devices of a workspace whose file systems do not surely stamp a store through a mapping. */
async function blindDevices(proc: string, { entries }: Walked): Promise<ReadonlySet<string>> {
  const devices = new Set(entries.map(({ stamp }) => stamp.slice(stamp.lastIndexOf(':'))));
  const found = new Set([...devices].map((end) => deviceOf(`0:0:0:0${end}`) ?? ''));
  const mounts = await readFile(`${proc}/self/mountinfo`, 'latin1').catch(() => '');
  for (const line of mounts.split('\n')) {
    const [, , device = ''] = line.split(' ', 3);
    const type = / - (\S+) /u.exec(line)?.[1] ?? '';
    if (STAMPED.has(type)) found.delete(device);
  }
  return found;
}

type Maps = { readonly mapped: ReadonlySet<string>; readonly unreadable: number };

/** All that is mapped shared and for writing: by device and inode, and by name. */
async function readMaps(proc: string): Promise<Maps> {
  const mapped = new Set<string>();
  let unreadable = 0;
  let bytes = 0;
  for (const pid of (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/u.test(name))) {
    const text = bytes > MAX_MAPS_BYTES ? null : await readFile(`${proc}/${pid}/maps`, 'latin1').catch(errnoOf);
    if (text === null || text === 'EACCES' || text === 'EPERM') unreadable += 1;
    else addMaps(mapped, text);
    bytes += text?.length ?? 0;
  }
  return { mapped, unreadable };
}

const SHARED_FOR_WRITING = /^[0-9a-f]+-[0-9a-f]+ .w.s [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+) *(.*)$/gmu;

function addMaps(mapped: Set<string>, text: string): void {
  for (const [, major = '', minor = '', ino, name = ''] of text.matchAll(SHARED_FOR_WRITING)) {
    mapped.add(`${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${ino}`);
    if (name.startsWith('/')) mapped.add(name.replaceAll(String.raw`\012`, '\n'));
  }
}
