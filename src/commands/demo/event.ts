import type { EngineEvent } from '../../engine/types.ts';

/** The events of the demo, from the engine and from the player, in order of arrival. */
export type DemoEvent =
  | EngineEvent
  /** A simulated agent did something; reported by the player. */
  | { readonly type: 'agent'; readonly agent: string; readonly text: string }
  /** The demo itself: what it prepares, waits for and takes away. */
  | { readonly type: 'demo'; readonly text: string };
