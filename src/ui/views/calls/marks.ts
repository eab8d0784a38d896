import { wordMaker, wordOccasion } from '../../../wording/snapshots.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Signal } from '../../../core/signals.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import type { Ms } from '../../../core/units.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import type { Rollback } from '../../../core/reactor/types.ts';
import { perView } from '../../widgets/memo.ts';

/** A snapshot of the workspace, or the way back to one, where it falls between the calls of a conversation. */
export type Mark = {
  readonly type: 'mark';
  readonly operation: 'checkpoint' | 'rollback';
  readonly at: Ms;
  readonly snapshot: string;
  readonly workspace: string | null;
  /** Its cause, as text. */
  readonly cause: string;
  /** The signal that caused it, where one did. */
  readonly signalId: string | null;
  /** It stands there however many others do: it is this conversation's, or changed its files. */
  readonly kept: boolean;
  /** The number of others before it in the same gap that are not shown. */
  readonly earlier: number;
};

const BY_OPERATOR = 'by an operator';

/** The id of a mark in the list of the calls. */
export function markId({ operation, snapshot, at }: Mark): string {
  return operation === 'rollback' ? `rollback ${at} ${snapshot}` : `checkpoint ${snapshot}`;
}

/** The workspace where an agent works; null where none is configured for it. */
export function workspaceOfAgent({ workspaces }: EngineView, agent: string): WorkspaceView | null {
  return workspaces.find(({ agents }) => agents.includes(agent)) ?? null;
}

/** Returns what happened to a conversation's workspace and for its signals, oldest first. */
export function marksOf(view: EngineView, { conversationId, agent }: ConversationView): readonly Mark[] {
  const own = ownMarks(view).get(conversationId ?? '') ?? [];
  const workspace = workspaceOfAgent(view, agent)?.path ?? null;
  const around = workspace === null ? [] : (workspaceMarks(view).get(workspace) ?? []);
  const ids = new Set(own.map(markId));
  const asked = new Set(around.filter(({ cause }) => cause === BY_OPERATOR).map(markId));
  // A signal that went into a person's checkpoint did not ask for it.
  const ours = own.map((mark) => (asked.has(markId(mark)) ? withSignal(mark) : mark));
  return [...ours, ...around.filter((mark) => !ids.has(markId(mark)))].toSorted((a, b) => a.at - b.at);
}

function withSignal(mark: Mark): Mark {
  return { ...mark, cause: `${BY_OPERATOR}, also ${mark.cause}` };
}

// A checkpoint is marked once, at the first of its conversation's signals that went into it.
const ownMarks: (view: EngineView) => ReadonlyMap<string, readonly Mark[]> = perView(({ signals }) => {
  const marks = signals.flatMap(({ signal, fate }) => {
    if (fate === null || !fate.settled || fate.snapshot === null || signal.conversationId === null) return [];
    return [{ conversationId: signal.conversationId, mark: signalMark(signal, fate.at, fate.snapshot) }];
  });
  const byConversation = Map.groupBy(marks, ({ conversationId }) => conversationId);
  return new Map([...byConversation].map(([id, of]) => [id, once(of.map(({ mark }) => mark))]));
});

// Signals come newest first: the oldest one of a snapshot is kept.
function once(marks: readonly Mark[]): readonly Mark[] {
  return [...new Map(marks.map((mark) => [mark.snapshot, mark])).values()];
}

const workspaceMarks: (view: EngineView) => ReadonlyMap<string, readonly Mark[]> = perView(
  ({ workspaces }) =>
    new Map(
      workspaces.map(({ path: workspace, snapshots, rollbacks }) => [
        workspace,
        [
          ...snapshots.filter(({ at }) => at > 0).map((snapshot) => snapshotMark(workspace, snapshot)),
          ...rollbacks.map((rollback) => rollbackMark(workspace, rollback)),
        ],
      ]),
    ),
);

function signalMark({ type: signal, signalId, workspace }: Signal, at: Ms, snapshot: string): Mark {
  return { ...MARK, at, snapshot, workspace, cause: `for ${signal}`, signalId, kept: true };
}

function snapshotMark(workspace: string, snapshot: SnapshotView): Mark {
  const { id, at, cause } = snapshot;
  return { ...MARK, at, snapshot: id, workspace, cause: causeText(snapshot), signalId: cause?.signalId ?? null };
}

function rollbackMark(workspace: string, { at, snapshot }: Rollback): Mark {
  return { ...MARK, operation: 'rollback', at, snapshot, workspace, cause: BY_OPERATOR, kept: true };
}

const MARK = { type: 'mark', operation: 'checkpoint', signalId: null, kept: false, earlier: 0 } as const;

function causeText(snapshot: SnapshotView): string {
  const { cause, maker, kind } = snapshot;
  const signal = cause?.signal ?? null;
  if (signal !== null) return forSignal(signal, cause?.agent ?? null, maker);
  switch (kind) {
    case 'before_rollback':
      return wordOccasion(snapshot);
    case 'base':
      return 'as the baseline';
    case 'manual':
      return maker === 'sightline' ? BY_OPERATOR : `by ${wordMaker(snapshot)}`;
    case 'unknown':
      return 'by an unknown tool';
    case 'auto':
    case 'session_start':
    case 'turn_end':
    case 'scheduled':
    case 'recovered':
      return `by ${wordMaker(snapshot)}`;
  }
}

function forSignal(signal: string, agent: string | null, maker: SnapshotView['maker']): string {
  return `for ${signal}${agent === null ? '' : ` of ${agent}`}${maker === 'sightline' ? '' : `, by ${maker}`}`;
}
