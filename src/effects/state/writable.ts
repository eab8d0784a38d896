import { accessSync, constants, statSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FileReason, fileReasonOf } from '../../core/errno.ts';

/** The reason why a folder cannot be used, and the folder on the way that it concerns. */
export type NotWritable = { readonly folder: string; readonly reason: FileReason };

/** File systems of the kernel (proc, sysfs, cgroup), which refuse new folders to every user; from linux/magic.h. */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x9fa0, 0x62_65_65_72, 0x63_67_72_70, 0x27_e0_eb]);

/** Returns why nothing could be written in a folder that may not exist yet; null where it could. Creates nothing. */
export function whyNotWritable(folder: string): NotWritable | null {
  const no = (reason: FileReason): NotWritable => ({ folder, reason });
  try {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats === undefined && dirname(folder) !== folder) return whyNotWritable(dirname(folder));
    if (stats?.isDirectory() !== true) return no({ code: 'errno', errno: 'ENOTDIR' });
    if (KERNEL_FILE_SYSTEMS.has(statfsSync(folder).type)) return no({ code: 'errno', errno: 'ENOTSUP' });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return no(fileReasonOf(error));
  }
}
