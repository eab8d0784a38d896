import { errnoOf } from '../../core/errno.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { wordBytes, counted } from '../../wording/units.ts';
import type { Amount } from './amount.ts';
import type { SetAside } from './store/set-aside.ts';
import type { Changed } from './snapshot.ts';
import { named, readable } from './workspace/byte-path.ts';
import type { Mappings } from './workspace/mappings.ts';
import type { Shortfall } from './workspace/restore-plan.ts';

/** Why a snapshot was not made in time, what it was that took so long, and what to do about it. */
export function describeTooMuch({ files, bytes, largest }: Changed, timeoutMs: number, goesOn: boolean): string {
  const names = largest.map(({ path, size }) => `${readable(path)} (${wordBytes(size)})`).join(', ');
  const next = goesOn
    ? 'reading goes on, and the next try continues from there'
    : 'the next try continues with what was read';
  return cleanLine(
    `no snapshot within ${timeoutMs / 1_000} s: ${describeAmount({ files, bytes })} to read, the largest ${names}; ` +
      `${next}; if this happens again, raise --timeout, or leave files out (git.max_file_mb, git.exclude)`,
    MAX_TEXT_LENGTH,
  );
}

/** What of a workspace on tmpfs and the like cannot be seen. */
export function describeBlindness({ unreadable }: Mappings): string {
  const others = unreadable === 0 ? '' : ` by ${counted(unreadable, 'program')} that cannot be looked into, or`;
  return (
    'the file system of the workspace may not show what is stored through shared mappings: what is mapped is read ' +
    `again at each snapshot, but changes of large files${others} by mappings that came and went in between are not seen`
  );
}

/** `3 210 files, 120 MB` */
export function describeAmount({ files, bytes }: Amount): string {
  return `${counted(files, 'file')}, ${wordBytes(bytes)}`;
}

/** What of a rollback cannot be restored. */
export function describeShortfall({ what, paths }: Shortfall): string {
  const words = {
    owner: 'the owner or group of',
    set_id: 'the set-user-id or set-group-id bit of',
    mtime: 'the time of modification of',
    history: 'the git history in',
    all: 'anything of',
  };
  return `${words[what]} ${counted(paths.length, 'path')} (${named(paths)})`;
}

/** A damaged store that was put aside, and where to read on. */
export function describeSetAside({ dir, detail }: SetAside): string {
  const text = `the snapshot store was damaged (${detail}) and put aside, kept for 30 days: ${dir}`;
  return cleanLine(`${text}; \`sightline doctor\` says how to restore from it`, MAX_TEXT_LENGTH);
}

/** An error of `node:fs` or of ours as a reason that says what to do where we know it. */
export function describeError(error: unknown): string {
  const code = errnoOf(error);
  const text = cleanLine(error instanceof Error ? error.message : String(error), MAX_TEXT_LENGTH);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `no space left for snapshots: free some, or choose another --state-dir (${text})`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `no permission (${text}): run sightline as the owner of the workspace, with a --state-dir that it may write`;
  return text;
}
