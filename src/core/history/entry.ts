/**
 * The history: what the reactor was given and what came of it, as plain JSON. Calls and rows of the feed are no part of it,
 * only the signals that detection raised of them, so that no text of a prompt or an error is kept.
 */

import type { Action, ActionResult, Operator } from '../actions.ts';
import type { OperatorReason } from '../done.ts';
import type { Refusal } from '../reasons.ts';
import type { RunKind } from '../runs.ts';
import type { Fate, Signal } from '../signals.ts';
import type { Snapshot } from '../snapshots.ts';
import type { Ms, Now } from '../units.ts';
import { JUDGE_TIMER } from '../reactor/detect/deferred.ts';
import { recordOf } from '../reactor/draft.ts';
import type { Command, Fact, Input, Notice } from '../reactor/messages.ts';
import type { ReactorState, Why, WorkspaceState } from '../reactor/types.ts';
import type { SavedCore } from './snapshot.ts';

type Detecting = Fact | { readonly type: 'history' | 'notify' | 'moment' };
const DETECTING: ReadonlySet<Input['type']> = new Set(['call', 'interruption', 'history', 'notify', 'moment']);
type WithoutTime<I> = I extends unknown ? Omit<I, keyof Now> : never;

/** An input as it is kept: detection's as the signals that it raised, a timer without its tag. */
export type RecordedInput =
  | WithoutTime<Exclude<Input, { readonly type: Detecting['type'] | 'elapsed' }>>
  | { readonly type: 'elapsed'; readonly key: string };

/** The result of one input. */
export type Decision =
  | { readonly type: 'fate'; readonly signalId: string; readonly fate: Fate; readonly why?: Why }
  | {
      readonly type: 'spawn';
      readonly workspace: string;
      readonly runId: string;
      readonly kind: RunKind;
      readonly snapshot: string;
      readonly trigger: string | null;
      readonly signals: readonly string[];
    }
  /** A signal of a budget: no detection raised it. */
  | { readonly type: 'signal'; readonly signal: Signal }
  | {
      readonly type: 'budget';
      readonly phase: (Notice & { readonly type: 'budget' })['phase'];
      readonly name: string;
      readonly subject: string;
    }
  | { readonly type: 'held'; readonly workspace: string; readonly trigger: string; readonly endsAt: Ms }
  | {
      readonly type: 'ended';
      readonly workspace: string;
      readonly snapshot: string | null;
      readonly trigger: string | null;
      readonly outcome: (Notice & { readonly type: 'ended' })['outcome'];
    }
  | {
      readonly type: 'operator' | 'refused';
      readonly action: string;
      readonly target: string;
      readonly reason: OperatorReason | Refusal | null;
      readonly by?: Operator;
    }
  /** Detection's, or of a late snapshot. */
  | {
      readonly type: 'update';
      readonly signalId: string;
      readonly interruptionId: string | null;
      readonly resolved: boolean;
      readonly count: number;
      readonly lastAt: Ms;
      readonly snapshot?: string;
    };

/** The reason why a segment of the history begins with a state: a run began, the file was full, or something was not written. */
export const OPENINGS = ['start', 'rotation', 'gap'] as const;

/** The version of the entries; a newer one is not read. */
export const HISTORY_FORMAT = 1;

/** One line of the history. */
export type HistoryEntry = Now &
  (
    | {
        readonly type: 'opening';
        readonly format: typeof HISTORY_FORMAT;
        readonly why: (typeof OPENINGS)[number];
        /** Entries that were not written before it. */
        readonly lost: number;
        readonly state: SavedCore;
      }
    | { readonly type: 'input'; readonly input: RecordedInput; readonly came: readonly Decision[] }
    /** An action of an operator, of any kind, as it was sent, and whether it was granted. */
    | { readonly type: 'action'; readonly action: Action; readonly result: ActionResult }
  );

export type InputEntry = Extract<HistoryEntry, { readonly type: 'input' }>;
export type ActionEntry = Extract<HistoryEntry, { readonly type: 'action' }>;
export type Opening = Extract<HistoryEntry, { readonly type: 'opening' }>;

/** Returns the entry of one step; null for a step that decided nothing and changed nothing that decides. */
export function historyEntry(
  before: ReactorState,
  after: ReactorState,
  input: Input,
  commands: readonly Command[],
): InputEntry | null {
  const recorded = recordedInput(before, after, input, commands);
  if (recorded === null) return null;
  return { type: 'input', at: input.at, mono: input.mono, input: recorded, came: decisionsOf(after, commands) };
}

// Called for every call of the feed: those that raise nothing must cost next to nothing. An input of a new kind is kept as it is.
function recordedInput(
  before: ReactorState,
  after: ReactorState,
  input: Input,
  commands: readonly Command[],
): RecordedInput | null {
  if (isDetecting(input)) return raisedIn(before, after, commands);
  if (input.type === 'elapsed') {
    // A stale tag means nothing, but a silence may have ended with the step.
    const isActing = !input.key.startsWith(JUDGE_TIMER) && before.timers.get(input.key) === input.tag;
    return isActing ? { type: 'elapsed', key: input.key } : raisedIn(before, after, commands);
  }
  if (input.type === 'stop') return { type: 'stop', raised: liveSignals(commands) };
  if (input.type === 'availability' || input.type === 'lock' || input.type === 'begun') {
    const isSilent = commands.length === 0 && before.silences === after.silences;
    return isSilent && isSame(before, after, input.workspace) ? null : withoutTime(input);
  }
  if (input.type === 'foreign_snapshot' || input.type === 'late_snapshot') {
    return { ...withoutTime(input), snapshot: decidingPart(input.snapshot) };
  }
  return withoutTime(input);
}

// Another tool may write a prompt into its message or its metadata.
function decidingPart({ id, at, pinned, metadata }: Snapshot): Snapshot {
  const { tool, run_id: runId } = metadata ?? {};
  return { id, at, pinned, message: null, metadata: metadata && { tool, run_id: runId } };
}

function isDetecting(input: Input): input is Input & Detecting {
  return DETECTING.has(input.type);
}

function raisedIn(before: ReactorState, after: ReactorState, commands: readonly Command[]): RecordedInput | null {
  const isActing = before.silences !== after.silences || before.workspaces !== after.workspaces;
  if (!isActing && !commands.some(isLive)) return null;
  return { type: 'raised', signals: liveSignals(commands) };
}

function isLive(command: Command): boolean {
  if (command.type !== 'notice') return false;
  const { notice } = command;
  return notice.type === 'update' || (notice.type === 'signal' && !notice.signal.historical);
}

function liveSignals(commands: readonly Command[]): readonly Signal[] {
  return commands.flatMap((command) =>
    command.type === 'notice' && command.notice.type === 'signal' && !command.notice.signal.historical
      ? [command.notice.signal]
      : [],
  );
}

// A checkpointer that is gone answers the same every ten seconds.
function isSame(before: ReactorState, after: ReactorState, name: string): boolean {
  const [was, is]: readonly (WorkspaceState | undefined)[] = [before.workspaces.get(name), after.workspaces.get(name)];
  return was === is || JSON.stringify(was) === JSON.stringify(is);
}

function withoutTime<I extends Input>({ at: _at, mono: _mono, ...input }: I): WithoutTime<I> {
  // The compiler does not see that what is left of a union is the union of what is left.
  return input as unknown as WithoutTime<I>;
}

/** Returns what a step decided, without what only detection and the screen are concerned with. */
export function decisionsOf(after: ReactorState, commands: readonly Command[]): readonly Decision[] {
  return commands.flatMap((command): readonly Decision[] => {
    if (command.type === 'spawn') return spawned(after, command.request);
    if (command.type === 'operation') return spawned(after, command);
    return command.type === 'notice' ? noticed(after, command.notice) : [];
  });
}

function spawned(after: ReactorState, { workspace, runId }: { readonly workspace: string; readonly runId: string }) {
  const run = after.workspaces.get(workspace)?.run;
  if (run?.runId !== runId) return [];
  const { kind, snapshot, trigger, signals } = run;
  return [{ type: 'spawn', workspace, runId, kind, snapshot, trigger, signals } as const];
}

function noticed(after: ReactorState, notice: Notice): readonly Decision[] {
  switch (notice.type) {
    case 'fate': {
      const { signal, fate } = notice;
      if (signal.historical) return [];
      const why = recordOf(after, signal.signalId)?.why;
      return [{ type: 'fate', signalId: signal.signalId, fate, ...(why && { why }) }];
    }
    case 'held': {
      const { workspace, trigger, endsAt } = notice;
      return [{ type: 'held', workspace, trigger, endsAt }];
    }
    case 'ended': {
      const { workspace, snapshot, trigger, outcome } = notice;
      return [{ type: 'ended', workspace, snapshot, trigger, outcome }];
    }
    case 'operator':
    case 'refused': {
      const { type, action, target, reason, by } = notice;
      return [{ type, action, target, reason, ...(by && { by }) }];
    }
    case 'update': {
      const { type, signalId, interruptionId, resolved, count, lastAt, snapshot } = notice;
      return [{ type, signalId, interruptionId, resolved, count, lastAt, ...(snapshot && { snapshot }) }];
    }
    case 'signal':
      return notice.signal.cause.code === 'budget' ? [{ type: 'signal', signal: notice.signal }] : [];
    case 'budget': {
      const { phase, budget } = notice;
      return [{ type: 'budget', phase, name: budget.name, subject: budget.subject }];
    }
    case 'started':
    case 'foreign':
      return [];
  }
}
