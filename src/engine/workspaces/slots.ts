import type { Availability, Snapshot } from '../../core/snapshots.ts';
import type { Loop } from '../loop.ts';
import type { Chosen } from '../deps.ts';
import type { KnownSnapshots } from './known-snapshots.ts';

/** A workspace's checkpointer, and why it was chosen. */
export type Slot = Chosen;

export type SlotsDeps = {
  readonly choose: (workspace: string) => Promise<Chosen>;
  readonly loop: Loop;
  readonly known: KnownSnapshots;
  /** Part of the run ids of this process: tells our snapshots from all others. */
  readonly instance: string;
  readonly talk: (line: string) => void;
  readonly probe: (workspace: string) => Promise<Availability | null>;
  /** Shutdown has begun. */
  readonly stopping: AbortSignal;
};

/** Chooses checkpointers, and watches what appears in their stores. */
export type Opener = {
  readonly open: (workspace: string) => Promise<void>;
  /** Its folder was pinned again: chooses again, for the folder that it is now. */
  readonly reopen: (workspace: string) => Promise<void>;
  /**
   * The workspace is another one now (`ws-ckpt init`): chooses again. Resolves to the names of the
   * new one and the one before, null where it is the same.
   */
  readonly openAgain: (workspace: string) => Promise<{ readonly now: string; readonly before: string } | null>;
};

export function createOpener(slots: Map<string, Slot>, deps: SlotsDeps): Opener {
  const watches = new Map<string, AbortController>();
  const foreign = (workspace: string, snapshot: Snapshot): void => {
    if (deps.stopping.aborted) return;
    deps.known.appeared(workspace, snapshot);
    if (!isOurs(snapshot, deps.instance)) deps.loop.dispatch({ type: 'foreign_snapshot', workspace, snapshot });
  };
  const take = async (workspace: string, slot: Slot): Promise<void> => {
    slots.set(workspace, slot);
    const { checkpointer } = slot;
    const availability = await deps.probe(workspace);
    const isAskable = availability?.state === 'available' && checkpointer.capabilities.list;
    const listed = isAskable ? await checkpointer.list() : null;
    if (listed?.ok) deps.known.listed(workspace, listed.value);
    const newest = listed?.ok ? listed.value.toReversed() : [];
    for (const snapshot of newest.slice(0, 1)) foreign(workspace, snapshot);
    const auto = newest.find(({ id }) => id.startsWith('auto-'));
    if (auto && auto !== newest[0]) foreign(workspace, auto);
    const watch = new AbortController();
    watches.get(workspace)?.abort();
    watches.set(workspace, watch);
    checkpointer.watch((snapshot) => foreign(workspace, snapshot), AbortSignal.any([deps.stopping, watch.signal]));
  };
  const open = async (workspace: string): Promise<void> => {
    const slot = await deps.choose(workspace);
    deps.talk(`${workspace}: checkpoints by ${slot.checkpointer.name} (${slot.why})`);
    await take(workspace, slot);
  };
  return {
    open,
    reopen: open,
    openAgain: async (workspace) => {
      const slot = await deps.choose(workspace);
      const { name: now } = slot.checkpointer;
      const before = slots.get(workspace)?.checkpointer.name ?? now;
      await (now === before ? slots.get(workspace) : slot)?.checkpointer.pin?.renew();
      if (now === before) return null;
      await take(workspace, slot);
      return { now, before };
    },
  };
}

function isOurs({ id, metadata }: Snapshot, instance: string): boolean {
  if (metadata?.['tool'] !== 'sightline') return false;
  const runId = metadata['run_id'];
  // A first, whole snapshot is nobody's act, whichever run of ours made it.
  return id.startsWith('base-') || (typeof runId === 'string' && runId.startsWith(`${instance}-`));
}
