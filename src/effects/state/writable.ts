import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Why nothing could be written in a folder that may not exist yet; null where it could. Creates nothing. */
export function whyNotWritable(folder: string): string | null {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return dirname(folder) === folder ? 'it does not exist' : whyNotWritable(dirname(folder));
  if (!stats.isDirectory()) return `${folder} is no folder`;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `we may not write in ${folder}`;
  }
}
