import { counted } from './units.ts';
import type { Changed, LeftOut, LeftOutReason, LeftOutWhy } from '../core/snapshots.ts';

const WHYS: Readonly<Record<LeftOutWhy, string>> = {
  too_large: 'too large (git.max_file_mb)',
  unreadable: 'unreadable',
  special: 'socket, pipe or device',
  excluded: 'excluded by git.exclude',
};

/** Words what a snapshot lacks: `left out: 1 too large (git.max_file_mb) (dump.sql)`. */
export function wordLeftOut({ reasons }: LeftOut): string {
  return `left out: ${reasons.map(wordLeftOutReason).join('; ')}`;
}

/** Words one reason for which a snapshot lacks something. */
export function wordLeftOutReason({ why, count, examples }: LeftOutReason): string {
  const more = count > examples.length ? ', …' : '';
  return `${count} ${WHYS[why]} (${examples.join(', ')}${more})`;
}

/** Words how many files a snapshot holds otherwise than the one before it. */
export function wordChanged({ files }: Changed): string {
  return `${counted(files, 'file')} changed`;
}
