/**
 * The requests of an operator to an engine, as plain JSON data: a key, a command, an embedding program and a console on
 * another machine send the same objects, which reach the reactor as they are.
 */

import type { AckScope } from './acks.ts';
import type { BudgetChange, BudgetFact } from './budgets.ts';
import type { FolderIdentity } from './folder.ts';
import type { PauseCause, PauseEnd, PauseSubject } from './pauses.ts';
import type { PolicyAction } from './rules.ts';
import type { Severity } from './interruptions.ts';
import type { Refusal } from './reasons.ts';
import type { Matcher, Mode } from './signals.ts';
import type { RollbackResult } from './snapshots.ts';
import type { Mono, Ms } from './units.ts';

/**
 * The person who acts: the user and the terminal, null where it is none. `claimed`: stated by a console in another process,
 * whose right to act is proven and whose name is not.
 */
export type Operator = { readonly user: string; readonly tty: string | null; readonly claimed: boolean };

/** Left out: the program itself, or one that does not say. */
type Signed = { readonly by?: Operator };

/** Takes a checkpoint now. */
export type CheckpointAction = Signed & {
  readonly type: 'checkpoint';
  readonly workspace: string;
  /** Its purpose; null or left out: nothing in particular. */
  readonly agent?: string | null;
  readonly conversationId?: string | null;
  readonly reason?: string | null;
  /** The snapshot of the rollback that it precedes; its result is then its end. */
  readonly rollbackTo?: string | null;
  /** Its result is its end, also where it is queued behind an automatic one. */
  readonly wait?: true;
  /** Only under the lock of the workspace: refused where another engine acts. For an engine that lives for this alone. */
  readonly exclusive?: true;
};

/**
 * Vetoes or fires what is held. `heldSince`: the hold that is meant, by its start (`hold.startedMono`); refused where
 * another one replaced it. Without it, whatever is held.
 */
type HoldAction = {
  readonly type: 'veto' | 'fire';
  readonly workspace: string;
  readonly reason?: string | null;
  readonly heldSince?: Mono | null;
};

/** The subject of a policy rule. */
export type PolicyTarget =
  { readonly scope: 'type'; readonly name: string } | { readonly scope: 'severity'; readonly name: Severity };

/** A request of an operator, and who that is. */
export type Action = Signed &
  (
    | CheckpointAction
    | HoldAction
    | { readonly type: 'mode'; readonly mode: Mode; readonly reason?: string | null }
    | {
        readonly type: 'silence';
        /** The engine gives one where it is left out; a known one is set anew. */
        readonly id?: string;
        readonly matcher: Matcher;
        readonly durationMs: Ms;
        readonly reason: string | null;
        /** `operator` where it is left out. */
        readonly createdBy?: string;
      }
    | { readonly type: 'unsilence'; readonly id: string }
    /** Makes a silence end so much later: the same wherever the clock is set meanwhile. */
    | { readonly type: 'extend_silence'; readonly id: string; readonly byMs: Ms }
    /** Acknowledges what exists of a scope now; null: for as long as its signals are known. */
    | {
        readonly type: 'ack';
        /** The engine gives one where it is left out. */
        readonly id?: string;
        readonly scope: AckScope;
        readonly durationMs: Ms | null;
        readonly note: string | null;
      }
    /** Takes back what is acknowledged of a scope. */
    | { readonly type: 'unack'; readonly scope: AckScope }
    /** For this session: what is done about a type, or about a severity; null takes the change back. */
    | { readonly type: 'policy'; readonly target: PolicyTarget; readonly action: PolicyAction | null }
    /** Changes a budget for the time that it counts now: raises or resets it, or lets it be. */
    | {
        readonly type: 'budget';
        readonly name: string;
        /** Whose; left out, or '': of all together, or of the only one that is kept for one. */
        readonly subject?: string;
        readonly change: BudgetChange;
        /** The data that is known of it, or the reason why nothing is; set by the engine. */
        readonly fact?: BudgetFact;
        readonly why?: Refusal;
      }
    /** Takes a workspace over whose engine may be gone. */
    | { readonly type: 'take_over'; readonly workspace: string }
    /** Marks an interruption as resolved at each source that takes it. */
    | { readonly type: 'resolve'; readonly interruptionId: string }
    /** Replaces the workspace by a snapshot, unless the plan refuses it; the operator has typed the confirmation. */
    | {
        readonly type: 'rollback';
        readonly workspace: string;
        readonly snapshot: string;
        /** Takes a checkpoint before; the rollback is not begun where that fails. */
        readonly checkpointFirst?: boolean;
        readonly reason?: string | null;
      }
    /** Makes single files and folders what they were at a snapshot; paths are relative to the workspace. */
    | {
        readonly type: 'restore';
        readonly workspace: string;
        readonly snapshot: string;
        readonly paths: readonly string[];
        /** Takes a checkpoint before; the restore is not begun where that fails. */
        readonly checkpointFirst?: boolean;
        readonly reason?: string | null;
      }
    /** Deletes a snapshot; `exclusive` as for a checkpoint. */
    | { readonly type: 'remove'; readonly workspace: string; readonly snapshot: string; readonly exclusive?: true }
    /** Runs `ws-ckpt init`, unless the plan refuses it; the operator has typed the confirmation. */
    | { readonly type: 'init'; readonly workspace: string }
    /** Pins the folder that the operator was shown, unless it is another one by now. */
    | { readonly type: 'repin'; readonly workspace: string; readonly shown: FolderIdentity }
    /** Takes the folder of a session, which waits for a person, as a workspace (`workspaces.from_sessions`). */
    | { readonly type: 'confirm_folder'; readonly path: string }
    /** Reads the next part of the agents' records that were left alone because they are old, or stops that. */
    | { readonly type: 'older'; readonly stop?: true }
    /** Stops the processes of an agent (`pause.enabled`). */
    | (PauseSubject & {
        readonly type: 'pause';
        /** Null or left out: the longest pause; a longer one is cut to it. */
        readonly durationMs?: Ms | null;
        readonly reason?: string | null;
        /** `operator` where it is left out. */
        readonly cause?: PauseCause;
      })
    /** Continues what is stopped: of an agent, a conversation or a process, or all. `end`: why, where nobody asked for it. */
    | (PauseSubject & { readonly type: 'resume'; readonly end?: PauseEnd })
  );

/** An action by its type. */
export type ActionOf<T extends Action['type']> = Extract<Action, { readonly type: T }>;

/** The actions that the reactor decides; the engine runs the others itself. */
export type ReactorAction = Exclude<
  Action,
  {
    readonly type: 'take_over' | 'resolve' | 'remove' | 'repin' | 'confirm_folder' | 'older' | 'pause' | 'resume';
  }
>;

/** The result of an action: what was done, or why not. */
export type ActionResult = RollbackResult<Refusal>;
