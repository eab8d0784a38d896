import type { ActorName } from './cast.ts';

export type PartName =
  'calm' | 'storm' | 'overflow' | 'crash' | 'clean-exit' | 'no-cache' | 'burst' | 'silence' | 'stuck';

/** The tokens of an answer, as the provider reports them; a cache counter that it does not report is null. */
export type Tokens = {
  readonly input: number;
  readonly output: number;
  readonly read: number | null;
  readonly creation: number | null;
};

/** Types of interruption that the demo's agentsight raises. */
export type InterruptionType =
  'auth_error' | 'context_overflow' | 'llm_error' | 'retry_storm' | 'dead_loop' | 'agent_crash';

/** A step of the scenario. `chat` distinguishes the conversations of one agent. */
export type Step = { readonly at: number; readonly actor: ActorName; readonly chat?: string } & (
  | { readonly type: 'answer'; readonly asked: string; readonly tokens: Tokens; readonly session?: 'late' }
  | {
      readonly type: 'failure';
      readonly asked: string;
      readonly status: number;
      readonly error: string;
      readonly interruption: InterruptionType;
      /** agentsight writes a row of its own for this failure, or only stamps it as a duplicate. */
      readonly row: boolean;
      /** This failure makes agentsight add its `retry_storm` row. */
      readonly storm?: boolean;
    }
  | { readonly type: 'loop'; readonly tools: readonly string[] }
  | { readonly type: 'death'; readonly asked: string; readonly exitCode: number; readonly signal: number }
  | { readonly type: 'edit'; readonly change: 'create' | 'write' | 'delete' }
  /** The player waits here until the operator has done what the cue asks for. */
  | { readonly type: 'cue' }
);

/** One part of the demo: what it shows, and its steps in seconds since the part's own start. */
export type Part = {
  readonly name: PartName;
  /** The purpose of the part, as one line for people. */
  readonly shows: string;
  /** Seconds into the whole demo. */
  readonly offset: number;
  readonly steps: readonly Step[];
};

/** A selection of parts, with every step at its second since the scenario's start. */
export type Scenario = { readonly name: string; readonly parts: readonly Part[] };
