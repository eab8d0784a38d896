import type { Availability } from '../core/snapshots.ts';
import type { Now } from '../core/units.ts';
import type { AgentView } from '../core/model/types.ts';
import { newWorkspace } from '../core/reactor/draft.ts';
import { shardedValues } from '../core/reactor/sharded-map.ts';
import { workspaceFor } from '../core/reactor/signals.ts';
import type { ReactorState, SignalRecord } from '../core/reactor/types.ts';
import { shownHold, shownRun, workspaceStatus } from '../core/reactor/view.ts';
import { shownEnd } from '../core/reactor/why.ts';
import type { KnownSnapshots } from './workspaces/known-snapshots.ts';
import type { Slot } from './workspaces/slots.ts';
import type { WorkspaceView } from './types.ts';

/** All signals that are known, newest first. */
export function allSignals(state: ReactorState): readonly SignalRecord[] {
  return [...state.open.values(), ...shardedValues(state.settled)].toSorted((a, b) => b.seq - a.seq);
}

/** What is known of the workspaces beside the core. */
export type Around = {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly known: KnownSnapshots;
  /** Somebody can run `ws-ckpt init`. */
  readonly hasInitializer: boolean;
  readonly agents: readonly AgentView[];
};

/** Each workspace in words, with its countdown. */
export function workspaceViews(
  state: ReactorState,
  { slots, known, agents, hasInitializer }: Around,
  now: Now,
): readonly WorkspaceView[] {
  return [...slots].map(([name, slot]) => {
    const workspace = state.workspaces.get(name) ?? newWorkspace(name);
    return {
      workspace: name,
      agents: agentsOf(state, name, agents),
      availability: workspace.availability ?? unasked(slot),
      folder: slot.checkpointer.pin?.folder() ?? null,
      why: slot.why,
      status: workspaceStatus(state, workspace, now),
      lock: workspace.lock,
      waiting: workspace.waiting,
      hold: workspace.hold && shownHold(now, workspace.hold),
      run: workspace.run && shownRun(now, workspace.run),
      queuedManual: workspace.queuedManual !== null,
      windowEndsAt: shownEnd(now, workspace.windowEndsMono),
      windowSnapshot: workspace.windowSnapshot,
      backoffEndsAt: shownEnd(now, workspace.backoffEndsMono),
      failures: workspace.failures,
      lastSnapshot: workspace.lastSnapshot,
      snapshots: known.of(name),
      rollbacks: workspace.rollbacks,
      capabilities: slot.checkpointer.capabilities,
      canInit: hasInitializer && (slot.canInit === true || workspace.availability?.state === 'unmanaged'),
    };
  });
}

/** Every workspace that the configuration names, once, in a stable order. */
export function configuredWorkspaces({ workspaces }: ReactorState['settings']): readonly string[] {
  const { agents, processes, fallback } = workspaces;
  const named = [...Object.values(agents), ...Object.values(processes), ...(fallback === null ? [] : [fallback])];
  return [...new Set(named)].toSorted();
}

function agentsOf({ settings }: ReactorState, workspace: string, agents: readonly AgentView[]): readonly string[] {
  const configured = Object.keys(settings.workspaces.agents);
  const seen = agents.map(({ agent }) => agent);
  const here = [...configured, ...seen].filter((agent) => workspaceFor(settings.workspaces, agent, null) === workspace);
  return [...new Set(here)].toSorted();
}

function unasked({ checkpointer }: Slot): Availability {
  return {
    state: 'unavailable',
    name: checkpointer.name,
    version: null,
    reason: 'the checkpointer has not answered yet',
    usedRatio: null,
    freeSpaceHint: null,
  };
}
