import { RETENTION_TURN_START, type Checkpointer, type Snapshot } from '../../core/snapshots.ts';
import { shardedEntries } from '../../core/reactor/sharded-map.ts';
import type { ReactorState } from '../../core/reactor/types.ts';

/** Snapshots that are removed at one time; the next success removes more. */
const MAX_REMOVED = 16;

type Wanted = {
  readonly workspace: string;
  readonly host: string;
  /** The newest that stay; at least the last one does. */
  readonly keep: number;
};

/**
 * Removes all but the newest snapshots that were made for the start of a turn and for nothing else. Pinned ones stay, and
 * those that another signal was coalesced into. Resolves to the number of removed ones; what cannot be removed now is
 * tried after the next success. Never rejects.
 */
export async function keepNewestTurns(
  checkpointer: Checkpointer,
  state: () => ReactorState,
  { workspace, host, keep }: Wanted,
): Promise<number> {
  if (!checkpointer.capabilities.list || !checkpointer.capabilities.remove) return 0;
  const listed = await checkpointer.list().catch(() => null);
  if (listed?.ok !== true) return 0;
  const own = listed.value.filter((snapshot) => isTurnStart(snapshot, host));
  const tooMany = own.slice(0, Math.max(0, own.length - Math.max(1, keep)));
  let removed = 0;
  for (const { id, pinned } of tooMany.slice(0, MAX_REMOVED)) {
    if (pinned || isUsed(state(), workspace, id)) continue;
    const done = await checkpointer.remove(id).catch(() => null);
    if (done?.ok !== true) break;
    removed += 1;
  }
  return removed;
}

function isTurnStart({ metadata }: Snapshot, host: string): boolean {
  if (metadata === null) return false;
  const { tool, auto, retention, host: madeOn } = metadata;
  return tool === 'sightline' && auto === true && retention === RETENTION_TURN_START && madeOn === host;
}

// A rollback may be reading it; and it may be what another signal's state was kept in.
function isUsed({ open, settled, workspaces }: ReactorState, workspace: string, id: string): boolean {
  if ((workspaces.get(workspace)?.run ?? null) !== null) return true;
  const isOfOther = ({
    signal,
    fate,
  }: {
    signal: { type: string };
    fate: { snapshot: string | null } | null;
  }): boolean => signal.type !== 'turn_start' && fate?.snapshot === id;
  return [...open.values()].some(isOfOther) || [...shardedEntries(settled)].some(([, record]) => isOfOther(record));
}
