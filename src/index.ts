/** The public library: the engine for programs that watch agents themselves; see `src/manual/embedding.md`. */
export { openSightline, type EmbedOptions } from './engine/embed.ts';
export { pushFeed, type PushFeed } from './engine/push-feed.ts';
export {
  ArmError,
  type Engine,
  type EngineEvent,
  type EngineStore,
  type EngineView,
  type InitPlan,
  type Intents,
  type Notification,
  type Queries,
  type Questions,
  type RollbackOptions,
  type RollbackPlan,
  type SilenceRequest,
  type SourceView,
  type TriedPath,
  type WorkspaceView,
} from './engine/types.ts';
export { type Config, ConfigError } from './config/config.ts';
export type * from './core/actions.ts';
export type * from './core/calls.ts';
export type * from './core/checkpointer-reasons.ts';
export type * from './core/done.ts';
export type { Distrust } from './core/errno.ts';
export type * from './core/feed.ts';
export type * from './core/interruptions.ts';
export type * from './core/plans.ts';
export type * from './core/reasons.ts';
export type * from './core/result.ts';
export type * from './core/runs.ts';
export type * from './core/signals.ts';
export type * from './core/snapshots.ts';
export type * from './core/sources.ts';
export type * from './core/units.ts';
export type { CallContent, ContentMessage, ContentPart } from './core/content.ts';
export type { AgentDetail } from './core/model/types.ts';
export type { PolicyRow } from './core/reactor/policy/table.ts';
export type { SilenceView } from './core/reactor/silences/view.ts';
export type { Notice, OperatorAction } from './core/reactor/messages.ts';
export { wordCause, wordDowngrade, wordFate } from './wording/fates.ts';
export { wordCheckpointer } from './wording/checkpointers.ts';
export { wordDone, wordOperator } from './wording/done.ts';
export { wordAdvice, wordEffect, wordWarning } from './wording/plans.ts';
export { wordSkip } from './wording/records.ts';
export { wordChoice, wordRefusal } from './wording/refusals.ts';
export { wordLocate, wordPosition, wordSource } from './wording/sources.ts';
export { wordStatus } from './wording/workspaces.ts';
export type { Why } from './core/reactor/types.ts';
