/** The public library: the engine for programs that watch agents themselves (see the README, "Embedding"). */
export { openSightline, type EmbedOptions } from './app/embed.ts';
export { pushFeed, type PushFeed } from './app/push-feed.ts';
export {
  ArmError,
  type Engine,
  type EngineEvent,
  type EngineView,
  type Intents,
  type Notification,
  type SilenceRequest,
  type SourceView,
  type WorkspaceView,
} from './app/engine/types.ts';
export { ConfigError } from './config.ts';
export type { Config } from './core/config-type.ts';
export type * from './core/events.ts';
export type { Checkpointer } from './core/checkpointer.ts';
export type { Notice, OperatorAction } from './core/reactor/types.ts';
