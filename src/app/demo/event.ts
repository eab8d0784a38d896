import type { Advisory, SourceHealth } from '../../core/events.ts';
import type { Notice } from '../../core/reactor/types.ts';

/** What the demo hears, from the engine and from the player, in order of arrival. */
export type DemoEvent =
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'advisory'; readonly advisory: Advisory }
  | { readonly type: 'source'; readonly health: SourceHealth }
  /** A simulated agent did something; told by the player. */
  | { readonly type: 'agent'; readonly agent: string; readonly text: string }
  /** The demo itself: what it prepares, waits for and takes away. */
  | { readonly type: 'demo'; readonly text: string };
