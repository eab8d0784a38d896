import { count as formatCount } from './units.ts';
import type { LeftOut, LeftOutReason, LeftOutWhy } from '../core/snapshots.ts';

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

/** Words what a snapshot lacks in a few words, the first reason alone: `1 left out: data/dump.sql, too large`. */
export function wordFirstLeftOut({ count: total, reasons }: LeftOut): string {
  const [first] = reasons;
  const [example] = first?.examples ?? [];
  const text = `${formatCount(total)} left out`;
  if (first === undefined || example === undefined) return text;
  return `${text}: ${example}${total > 1 ? ' and more' : ''}, ${WHYS[first.why]}`;
}
