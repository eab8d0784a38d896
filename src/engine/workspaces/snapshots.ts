import type { Result } from '../../core/result.ts';
import { type Checkpointer, snapshotView, type SnapshotView } from '../../core/snapshots.ts';
import type { Parts } from '../parts.ts';

/** The workspace's snapshots, the one that was made last first, with who made each and why. */
export async function snapshotsOf(
  parts: Pick<Parts, 'acting' | 'known'>,
  workspace: string,
): Promise<Result<readonly SnapshotView[]>> {
  const found = checkpointerOf(parts, workspace, 'list');
  if (!found.ok) return found;
  const listed = await found.value.list();
  if (!listed.ok) return listed;
  parts.known.listed(workspace, listed.value);
  return { ok: true, value: listed.value.map(snapshotView).toReversed() };
}

/** What changed between two snapshots, or since one (`to` null), as text for a pager. */
export async function diffOf(
  parts: Pick<Parts, 'acting'>,
  workspace: string,
  from: string,
  to: string | null,
): Promise<Result<string>> {
  const found = checkpointerOf(parts, workspace, 'diff');
  return found.ok ? found.value.diff(from, to) : found;
}

/** The workspace's checkpointer, if it can do this. */
export function checkpointerOf(
  { acting }: Pick<Parts, 'acting'>,
  workspace: string,
  what: keyof Checkpointer['capabilities'],
): Result<Checkpointer> {
  const slot = acting.slots.get(workspace);
  if (!slot) return { ok: false, reason: `${workspace} is no workspace of this session; give it with --workspace` };
  const { checkpointer } = slot;
  if (checkpointer.capabilities[what]) return { ok: true, value: checkpointer };
  return { ok: false, reason: `${checkpointer.name} cannot ${WORDS[what]}; ws-ckpt and git can` };
}

const WORDS: Readonly<Record<keyof Checkpointer['capabilities'], string>> = {
  list: 'list its snapshots',
  diff: 'compare snapshots',
  rollback: 'roll back',
  remove: 'delete a snapshot',
};
