/**
 * The prompt and the answer of one call, as text for people: read from its source on demand,
 * cleaned and bounded there, and never kept.
 */
import type { Usage } from './calls.ts';
import type { Result } from './result.ts';
import type { ContentNote, ContentProblem } from './source-reasons.ts';
import type { ToolOutcome } from './story.ts';
import type { Ms, Ns } from './units.ts';

/** A piece of a message. Arguments and results are indented JSON where they were JSON, else the text as it came. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool_call'; readonly id: string | null; readonly name: string; readonly text: string }
  | { readonly type: 'tool_result'; readonly id: string | null; readonly text: string }
  /** Any other part (an image, a provider's own), as `kind` and its JSON. */
  | { readonly type: 'other'; readonly kind: string; readonly text: string };

export type ContentMessage = {
  /** `system`, `user`, `assistant`, `tool`, or whatever the provider sends. */
  readonly role: string;
  readonly name: string | null;
  readonly finishReason: string | null;
  readonly parts: readonly ContentPart[];
  /** The time when it was recorded, if the source records it. */
  readonly at?: Ms;
};

/** The run of a tool that the call asked for, where the source tells it: the result comes after the call. */
export type ToolRun = {
  /** Id of the tool call. */
  readonly id: string | null;
  readonly text: string;
  readonly outcome: ToolOutcome;
  readonly tookMs: Ms | null;
};

/** One line of facts: `path` `/v1/messages`, `max_tokens` `8192`. */
export type ContentFact = { readonly name: string; readonly value: string };

export type CallContent = {
  /** As the source has them now: they tell whether it is still the same call. */
  readonly callId: string | null;
  readonly startNs: Ns;
  readonly endNs: Ns | null;
  readonly durationMs: Ms | null;
  /** From the start to the first piece of the answer; streams only, null if the feed does not report it. */
  readonly firstOutputMs: Ms | null;
  readonly usage: Usage | null;
  readonly error: string | null;
  /** Oldest first; where not all fit, the latest are kept and `notes` counts them are not. */
  readonly request: readonly ContentMessage[];
  readonly response: readonly ContentMessage[];
  /** The results of the tools that the response called; empty if the source does not record it. */
  readonly toolRuns: readonly ToolRun[];
  /** Names of the tools that the request offered. */
  readonly offeredTools: readonly string[];
  /** Parameters, HTTP, server. */
  readonly facts: readonly ContentFact[];
  /** Notes on what was cut, left out or could not be read; empty when all is here. */
  readonly notes: readonly ContentNote[];
};

/** A call's content, or why there is none. */
export type ContentAnswer = Result<CallContent, ContentProblem>;
