/** Formats what is worth knowing of a snapshot by git, or of its store, that is no failure. */

import type { StoreFinding } from '../core/checkpointer-reasons.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import { cleanLine, shellWord } from '../core/text.ts';
import { counted } from './units.ts';
import { wordCheckpointer } from './checkpointers.ts';

/** Formats that the changes of some files cannot be seen; `unreadable`: programs that cannot be inspected. */
export function wordBlindness({ unreadable }: { readonly unreadable: number }): string {
  const others = unreadable === 0 ? '' : ` by ${counted(unreadable, 'program')} that cannot be looked into, or`;
  return (
    'the file system of the workspace may not show what is stored through shared mappings: what is mapped is read ' +
    `again at each snapshot, but changes of large files${others} by mappings that came and went in between are not seen`
  );
}

/** Formats that a damaged store was put aside, and where to read on. */
export function wordSetAside({ dir, detail }: { readonly dir: string; readonly detail: string }): string {
  const text = `the snapshot store was damaged (${detail}) and put aside, kept for 30 days: ${dir}`;
  return cleanLine(`${text}; \`sightline doctor\` says how to restore from it`, MAX_TEXT_LENGTH);
}

/** Formats what was found in a store, and how to restore from one that was put aside. */
export function wordStoreFinding(finding: StoreFinding): string {
  if (finding.code !== 'store_set_aside') return wordCheckpointer(finding);
  const { at, detail, dir, snapshots } = finding;
  const repository = `git --git-dir=${shellWord(dir)}`;
  const checkout = `GIT_INDEX_FILE=$PWD/restored.index ${repository} --work-tree=restored checkout refs/sightline/snapshots/ID -- workspace`;
  const isEmpty = snapshots.length === 0;
  const choice = isEmpty
    ? 'no snapshot in it can be read'
    : `restore what is whole of a snapshot (${snapshots.join(', ')})`;
  const how = isEmpty ? '' : `: mkdir restored; ${checkout}`;
  return `damaged store put aside ${new Date(at).toISOString()} (${detail}), kept for 30 days in ${dir}; ${choice}${how}`;
}
