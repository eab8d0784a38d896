import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { Call } from '../../core/calls.ts';
import type { Silence } from '../../core/signals.ts';
import type { SnapshotView } from '../../core/snapshots.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { type Mark, workspaceOfAgent } from '../derive/workspace/marks.ts';
import { placeInStream, rowId } from '../derive/stream.ts';
import { selectedPlace } from '../derive/window.ts';
import { rowIds, type Shown } from './shown.ts';
import { isFollowable } from './list/lists.ts';
import type { ListName, ListState, PaneName, ViewState } from './types.ts';

/** The selected row of each list, null where the list is empty. */
export type Selected = {
  readonly conversation: ConversationView | null;
  readonly call: Call | null;
  /** What is selected among the calls where it is no call. */
  readonly mark: Mark | null;
  readonly workspace: WorkspaceView | null;
  readonly signal: SignalRecord | null;
  readonly agent: AgentView | null;
  readonly silence: Silence | null;
  readonly rule: PolicyRow | null;
  readonly snapshot: SnapshotView | null;
  readonly source: SourceView | null;
};

/** What keys act upon: the selection of the focused pane, looked up in what is true now, not in a frozen moment. */
export type Target = {
  /** The workspace that the focused selection belongs to; null where none is configured for it. */
  readonly workspace: WorkspaceView | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly signal: string | null;
};

export function selectedOf(shown: Shown, state: ViewState): Selected {
  const at = (list: ListName): number => indexOf(shown, state, list);
  const row = shown.stream[at('stream')];
  return {
    conversation: shown.conversation,
    call: row?.type === 'call' ? row.call : null,
    mark: row?.type === 'mark' ? row : null,
    workspace: shown.workspaces[at('reactor')] ?? null,
    signal: shown.signals[at('signals')] ?? null,
    agent: shown.agents[at('agents')] ?? null,
    silence: shown.silences[at('silences')] ?? null,
    rule: shown.policy[at('policy')] ?? null,
    snapshot: shown.checkpoints[at('checkpoints')] ?? null,
    source: shown.sources[at('sources')] ?? null,
  };
}

/** What the focused pane's selection is about. */
export function targetOf(live: EngineView, selected: Selected, focus: PaneName): Target {
  switch (focus) {
    case 'conversations':
    case 'stream': {
      const { conversation } = selected;
      return ofAgent(live, conversation?.agent ?? null, conversation?.conversationId ?? null);
    }
    case 'agents':
      return ofAgent(live, selected.agent?.agent ?? null, null);
    case 'signals': {
      const signal = selected.signal?.signal ?? null;
      if (signal === null) return ofAgent(live, null, null);
      const { agent, conversationId, workspace, signal: type } = signal;
      return { workspace: named(live, workspace), agent, conversationId, signal: type };
    }
    case 'reactor':
      return {
        workspace: named(live, selected.workspace?.workspace ?? null),
        agent: null,
        conversationId: null,
        signal: null,
      };
  }
}

/** Where a list stands; the calls while they are followed: at their last one, whatever mark comes behind it. */
export function standOf(shown: Shown, view: ViewState, list: ListName): ListState {
  if (list !== 'stream' || !isFollowable(view)) return view.lists[list];
  const { lists, follow } = view;
  const row = shown.stream[placeInStream(shown.stream, follow ? null : lists.stream.selectedId)];
  const selectedId = row === undefined ? null : rowId(row);
  return { selectedId, offset: follow ? Number.MAX_SAFE_INTEGER : lists.stream.offset };
}

function indexOf(shown: Shown, state: ViewState, list: ListName): number {
  const { selectedId } = standOf(shown, state, list);
  return selectedPlace(rowIds(shown, list), selectedId, { idOf: (id) => id, fallback: 'first' });
}

// Before any agent was seen, the only workspace that there is is meant.
function ofAgent(live: EngineView, agent: string | null, conversationId: string | null): Target {
  const [only, ...others] = live.workspaces;
  const workspace = agent === null ? (others.length === 0 ? (only ?? null) : null) : workspaceOfAgent(live, agent);
  return { workspace, agent, conversationId, signal: null };
}

function named(live: EngineView, workspace: string | null): WorkspaceView | null {
  return live.workspaces.find((candidate) => candidate.workspace === workspace) ?? null;
}
