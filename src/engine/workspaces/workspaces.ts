import type { Operator } from '../../core/actions.ts';
import type { PinMove } from '../../core/done.ts';
import type { Availability, Snapshot } from '../../core/snapshots.ts';
import { wordChoice } from '../../wording/refusals.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Chosen } from '../deps.ts';
import type { Loop } from '../loop.ts';

/** A checkpointer that is gone is probed again after this; one that answers, after the longer time, ms. */
const PROBE_GONE_MS = 10_000;
const PROBE_FINE_MS = 30_000;

/** The workspaces of this session: which checkpointer each has, whether that is available, what appears in its store. */
export type Workspaces = {
  /** The checkpointer of a workspace and why it was chosen; undefined for an unknown workspace. */
  readonly get: (workspace: string) => Chosen | undefined;
  readonly all: () => ReadonlyMap<string, Chosen>;
  /** Chooses a checkpointer for each workspace and probes it for the first time. */
  readonly open: () => Promise<void>;
  /** One workspace more, while the engine runs: the same for it. */
  readonly add: (workspace: string) => Promise<void>;
  /** Probes a workspace's checkpointer now, and again after a while; null for an unknown workspace. */
  readonly probe: (workspace: string) => Promise<Availability | null>;
  /** An operator pinned the folder, here or in another process (`doctor --repin`): chooses again for the folder that it is now. */
  readonly repinned: (workspace: string, change: PinMove, by?: Operator) => Promise<void>;
  /**
   * `ws-ckpt init` replaced the workspace's folder: chooses again. Resolves to the names of the
   * new checkpointer and the one before, null where it is the same.
   */
  readonly rechoose: (workspace: string) => Promise<{ readonly now: string; readonly before: string } | null>;
  /** Ends watches and probes. */
  readonly close: () => void;
};

type LoopState = Pick<Loop, 'state' | 'now'>;

export type WorkspacesDeps = {
  readonly names: readonly string[];
  readonly choose: (workspace: string) => Promise<Chosen>;
  readonly loop: Pick<Loop, 'dispatch'> & LoopState;
  readonly clock: Clock;
  /** Keeps the newest snapshots as they appear. */
  readonly known: {
    readonly listed: (workspace: string, snapshots: readonly Snapshot[]) => void;
    readonly appeared: (workspace: string, snapshot: Snapshot) => void;
  };
  /** Part of the run ids of this process: tells our snapshots from all others. */
  readonly instance: string;
  readonly log: (line: string) => void;
  /** Called after the checkpointer was chosen again for a folder that an operator pinned. */
  readonly onRepinned: (workspace: string, change: PinMove, by?: Operator) => Promise<void>;
};

export function createWorkspaces(deps: WorkspacesDeps): Workspaces {
  const { loop, clock } = deps;
  const chosen = new Map<string, Chosen>();
  const watches = new Map<string, AbortController>();
  const nextProbes = new Map<string, () => void>();
  const closed = new AbortController();

  const probe: Workspaces['probe'] = async (workspace) => {
    const adopted = chosen.get(workspace)?.checkpointer.pin?.adopt() ?? null;
    if (adopted !== null) await repinned(workspace, adopted);
    const found = chosen.get(workspace);
    if (!found) return null;
    const availability = await found.checkpointer.probe();
    if (closed.signal.aborted) return availability;
    loop.dispatch({ type: 'availability', workspace, availability });
    nextProbes.get(workspace)?.();
    const wait = availability.state === 'available' ? PROBE_FINE_MS : PROBE_GONE_MS;
    nextProbes.set(
      workspace,
      clock.after(wait, () => void probe(workspace)),
    );
    return availability;
  };
  const appeared = (workspace: string, snapshot: Snapshot, isListed = false): void => {
    if (closed.signal.aborted) return;
    deps.known.appeared(workspace, snapshot);
    if (isLate(loop, workspace, snapshot)) loop.dispatch({ type: 'late_snapshot', workspace, snapshot });
    else if (!isOurs(snapshot, deps.instance))
      loop.dispatch({ type: 'foreign_snapshot', workspace, snapshot, isListed });
  };
  const assign = async (workspace: string, choice: Chosen): Promise<void> => {
    chosen.set(workspace, choice);
    const { checkpointer } = choice;
    const availability = await probe(workspace);
    const canList = availability?.state === 'available' && checkpointer.capabilities.list;
    const listed = canList ? await checkpointer.list() : null;
    if (listed?.ok) deps.known.listed(workspace, listed.value);
    const known = listed?.ok ? listedAtStart(listed.value, loop, workspace) : [];
    for (const snapshot of known) appeared(workspace, snapshot, true);
    const watch = new AbortController();
    watches.get(workspace)?.abort();
    watches.set(workspace, watch);
    checkpointer.watch((snapshot) => appeared(workspace, snapshot), AbortSignal.any([closed.signal, watch.signal]));
  };
  const open = async (workspace: string): Promise<void> => {
    const choice = await deps.choose(workspace);
    deps.log(`${workspace}: checkpoints by ${choice.checkpointer.name} (${wordChoice(choice.why)})`);
    await assign(workspace, choice);
  };
  const repinned: Workspaces['repinned'] = async (workspace, change, by) => {
    await open(workspace);
    await deps.onRepinned(workspace, change, by);
  };
  return {
    get: (workspace) => chosen.get(workspace),
    all: () => chosen,
    open: async () => {
      await Promise.all(deps.names.map(open));
    },
    add: async (workspace) => {
      if (!chosen.has(workspace)) await open(workspace);
    },
    probe,
    repinned,
    rechoose: async (workspace) => {
      const choice = await deps.choose(workspace);
      const { name: now } = choice.checkpointer;
      const before = chosen.get(workspace)?.checkpointer.name ?? now;
      await (now === before ? chosen.get(workspace) : choice)?.checkpointer.pin?.renew();
      if (now === before) return null;
      await assign(workspace, choice);
      return { now, before };
    },
    close: () => {
      closed.abort();
      for (const cancel of nextProbes.values()) cancel();
    },
  };
}

// Those of runs that had been given up, the newest, and the newest that may have opened a window. A stamp in the future does
// not tell when it was made.
function listedAtStart(listed: readonly Snapshot[], loop: LoopState, workspace: string): readonly Snapshot[] {
  const late = listed.filter((snapshot) => isLate(loop, workspace, snapshot));
  const auto = listed.findLast(({ id, at }) => id.startsWith('auto-') && at <= loop.now().at);
  return [...new Set([...late, ...listed.slice(-1), ...(auto === undefined ? [] : [auto])])];
}

/** Was it made by a run that had been given up, of this process or an earlier one? */
function isLate(loop: LoopState, workspace: string, { metadata }: Snapshot): boolean {
  const { lostRuns = [] } = loop.state().workspaces.get(workspace) ?? {};
  return lostRuns.some(({ runId }) => runId === metadata?.['run_id']);
}

function isOurs({ id, metadata }: Snapshot, instance: string): boolean {
  if (metadata?.['tool'] !== 'sightline') return false;
  const runId = metadata['run_id'];
  // A baseline is not the act of one run, whichever run of ours made it.
  return id.startsWith('base-') || (typeof runId === 'string' && runId.startsWith(`${instance}-`));
}
