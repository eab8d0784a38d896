import { count as formatCount } from './units.ts';
import type { LeftOut, LeftOutReason, LeftOutWhy, SnapshotView } from '../core/snapshots.ts';

const WHYS: Readonly<Record<LeftOutWhy, string>> = {
  too_large: 'too large (git.max_file_mb)',
  unreadable: 'unreadable',
  special: 'socket, pipe or device',
  excluded: 'excluded by git.exclude',
};

/** Formats what a snapshot lacks: `left out: 1 too large (git.max_file_mb) (dump.sql)`. */
export function wordLeftOut({ reasons }: LeftOut): string {
  return `left out: ${reasons.map(wordLeftOutReason).join('; ')}`;
}

/** Formats one reason for which a snapshot lacks something. */
export function wordLeftOutReason({ why, count, examples }: LeftOutReason): string {
  const more = count > examples.length ? ', …' : '';
  const what = why === 'special' && count > 1 ? 'sockets, pipes or devices' : WHYS[why];
  return `${count} ${what} (${examples.join(', ')}${more})`;
}

/** Formats what a snapshot lacks briefly, the first reason alone: `1 left out: data/dump.sql, too large`. */
export function wordFirstLeftOut({ count: total, reasons }: LeftOut): string {
  const [first] = reasons;
  const [example] = first?.examples ?? [];
  const text = `${formatCount(total)} left out`;
  if (first === undefined || example === undefined) return text;
  return `${text}: ${example}${total > 1 ? ' and more' : ''}, ${WHYS[first.why]}`;
}

/** Formats who made a snapshot, and on what occasion: `sightline, automatic`, `a plugin, at the end of a turn`. */
export function wordMaker(snapshot: Pick<SnapshotView, 'maker' | 'kind' | 'rollbackTo'>): string {
  const { maker, kind } = snapshot;
  if (maker === 'unknown') return 'unknown tool';
  if (maker === 'cron') return 'a schedule (cron)';
  const occasion = wordOccasion(snapshot);
  return `${maker === 'plugin' ? 'a plugin' : maker}${kind === 'unknown' ? '' : `, ${occasion}`}`;
}

/** Formats the occasion of a snapshot: `automatic`, `before the rollback to auto-1`. */
export function wordOccasion({ maker, kind, rollbackTo }: Pick<SnapshotView, 'maker' | 'kind' | 'rollbackTo'>): string {
  switch (kind) {
    case 'auto':
      return 'automatic';
    case 'manual':
      return maker === 'sightline' ? 'by an operator' : 'by hand';
    case 'before_rollback':
      return `before the rollback to ${rollbackTo ?? 'a snapshot'}`;
    case 'base':
      return 'baseline';
    case 'session_start':
      return 'at the start of a session';
    case 'turn_end':
      return 'at the end of a turn';
    case 'scheduled':
      return 'scheduled';
    case 'recovered':
      return 'found again after its records were lost';
    case 'unknown':
      return 'on an unknown occasion';
  }
}
