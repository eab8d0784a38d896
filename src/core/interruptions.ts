/** Interruptions: agentsight's reports of a conversation that did not go on as it should. */

import type { PolicyAction } from './rules.ts';
import type { Ns } from './units.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** Worst first. */
export type Severity = (typeof SEVERITIES)[number];

/** The facts of an interruption's `detail` that a rule reads; the rest stays as text in `text`. */
export type InterruptionDetail = {
  readonly error: string | null;
  readonly statusCode: number | null;
  readonly exitCode: number | null;
  /** Signal number; names (`SIGTERM`) are translated by the feed. */
  readonly signal: number | null;
  readonly coreDump: boolean | null;
  readonly oom: boolean;
  readonly callIds: readonly string[];
  /** The detail as one bounded line of text for people. */
  readonly text: string;
};

export type Interruption = {
  /** Null for a storm that we derived ourselves. */
  readonly interruptionId: string | null;
  readonly type: string;
  /** As the feed gave it; an unknown severity is kept as `low`, with its name in `detail.text`. */
  readonly severity: Severity;
  readonly agent: string;
  readonly pid: number | null;
  readonly conversationId: string | null;
  readonly sessionId: string | null;
  readonly callId: string | null;
  readonly occurredNs: Ns;
  readonly resolved: boolean;
  readonly detail: InterruptionDetail;
  /** Set where it is derived from the agent's own records. */
  readonly recorded?: true;
};

/** A detail that is known as text only. */
export function textDetail(text: string): InterruptionDetail {
  return {
    error: null,
    statusCode: null,
    exitCode: null,
    signal: null,
    coreDump: null,
    oom: false,
    callIds: [],
    text,
  };
}

/** A phrase for some facts of a detail, by their keys: `format` gets their values as clean text, in that order. */
export type DetailPhrase = {
  readonly keys: readonly string[];
  readonly render: (...values: readonly string[]) => string;
};

/** All that is particular to one type of interruption. */
export type InterruptionType = {
  /** As agentsight gives it (its interruption/types.rs). */
  readonly severity: Severity;
  /** The action for it unless the user's policy specifies otherwise (S3). */
  readonly action: PolicyAction;
  /** One signal an episode and conversation, however many rows tell of it. */
  readonly episodic: boolean;
  /** The provider takes no call until it is over: trouble until the next success, however mild the feed calls it. */
  readonly blocks?: true;
  /** Raised of a moment (`moments.ts`), and only while a rule of its own name asks for it: a rule by severity does not. */
  readonly moment?: true;
  /** Its detail as text, most telling first. A phrase of several keys stands before those of fewer among them. */
  readonly detail: readonly DetailPhrase[];
};

const MOMENT: InterruptionType = { severity: 'low', action: 'ignore', episodic: false, moment: true, detail: [] };

/** agentsight's types and ours, worst first: the only table of them. A new one is one row here. */
export const INTERRUPTION_TYPES: Readonly<Record<string, InterruptionType>> = {
  agent_crash: {
    severity: 'critical',
    action: 'checkpoint',
    episodic: false,
    detail: [
      phrase(['oom'], (oom) => (isYes(oom) ? 'out of memory' : '')),
      phrase(['signal'], (signal) => (signal === 'none' ? 'no signal' : `ended by ${signal}`)),
      phrase(['exit_code'], (code) => `exit code ${code}`),
      phrase(['core_dump'], (dumped) => (isYes(dumped) ? 'core dumped' : 'no core')),
    ],
  },
  retry_storm: {
    severity: 'critical',
    action: 'checkpoint',
    episodic: true,
    detail: [phrase(['repeated_type', 'count'], (type, count) => `${count} × ${type}`)],
  },
  dead_loop: {
    severity: 'critical',
    action: 'checkpoint',
    episodic: true,
    detail: [
      phrase(
        ['rule', 'repeated_tools', 'repeat_count'],
        (_rule, tools, count) => `${atLeast(count)} the tools ${tools}`,
      ),
      phrase(
        ['rule', 'similarity', 'output_snippet', 'repeat_count'],
        (_rule, similarity, snippet, count) =>
          `${atLeast(count)} an answer like "${snippet}" (similarity ${similarity})`,
      ),
      phrase(
        ['rule', 'input_tokens_start', 'input_tokens_end', 'repeat_count'],
        (_rule, start, end, count) =>
          `no progress in at least ${count} calls while the input grew from ${start} to ${end} tokens`,
      ),
      phrase(['input_tokens_start', 'input_tokens_end'], (start, end) => `input grew from ${start} to ${end} tokens`),
      phrase(['input_growth'], () => ''),
      phrase(['rule', 'repeat_count'], (rule, count) => `${atLeast(count)} ${spaced(rule)}`),
      phrase(['rule'], spaced),
    ],
  },
  context_overflow: {
    severity: 'high',
    action: 'checkpoint',
    episodic: false,
    detail: [
      phrase(['input_tokens', 'max_tokens'], (input, max) => `${input} tokens of input, at most ${max} of output`),
      phrase(['input_tokens'], (input) => `${input} tokens of input`),
    ],
  },
  // The limit of a plan: no storm, and over with the next success. Only agents' own records show it.
  quota_reached: { severity: 'medium', action: 'flag', episodic: true, blocks: true, detail: [] },
  // Our own: a budget of the configuration is used up. It asks for a checkpoint only where the budget does.
  budget: { severity: 'medium', action: 'checkpoint', episodic: false, detail: [] },
  auth_error: flagged('high'),
  network_timeout: flagged('high'),
  service_unavailable: flagged('high'),
  sse_truncated: flagged('high', [phrase(['sse_event_count'], (events) => `cut off after ${events} stream events`)]),
  llm_error: flagged('high'),
  empty_response: flagged('high'),
  resource_exhaustion: flagged('high'),
  state_machine_error: flagged('high'),
  rate_limit: { ...flagged('medium'), blocks: true },
  safety_filter: flagged('medium'),
  token_limit: flagged('medium', [
    phrase(['output_tokens', 'max_tokens', 'ratio'], (output, max) => `answered ${output} of at most ${max} tokens`),
    phrase(['output_tokens', 'max_tokens'], (output, max) => `answered ${output} of at most ${max} tokens`),
  ]),
  tool_failure: flagged('medium', [
    phrase(['tool_name', 'tool_use_id'], (tool, id) => `tool ${tool} (${id})`),
    phrase(['tool_name'], (tool) => `tool ${tool}`),
    phrase(['tool_use_id'], (id) => `tool use ${id}`),
  ]),
  slow_response: flagged('medium', [
    phrase(['duration_ms', 'threshold_ms'], (took, limit) => `took ${seconds(took)} of at most ${seconds(limit)}`),
    phrase(['duration_ms'], (took) => `took ${seconds(took)}`),
  ]),
  unauthorized_action: flagged('medium'),
  // Moments, which only agents' own records tell of: nothing of them is raised unless the policy names them.
  risky_tool: MOMENT,
  turn_start: MOMENT,
  compaction_near: MOMENT,
};

/** Returns what is particular to a type; null for one that agentsight has added since. */
export function interruptionType(type: string): InterruptionType | null {
  // A type named `constructor` must not find Object.prototype's.
  return Object.hasOwn(INTERRUPTION_TYPES, type) ? (INTERRUPTION_TYPES[type] ?? null) : null;
}

function flagged(severity: Severity, detail: readonly DetailPhrase[] = []): InterruptionType {
  return { severity, action: 'flag', episodic: false, detail };
}

function phrase(keys: readonly string[], render: DetailPhrase['render']): DetailPhrase {
  return { keys, render };
}

function isYes(text: string): boolean {
  return text === 'yes' || text === 'true' || text === '1';
}

// A threshold, not a running count: agentsight reports the pattern when it has been reached.
function atLeast(count: string): string {
  return `at least ${count} times`;
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

function seconds(ms: string): string {
  const value = Number(ms);
  return Number.isFinite(value) ? `${(value / 1_000).toFixed(1)} s` : ms;
}

/** The facts of an interruption that tell which call it means by an id. */
export type Namer = Pick<Interruption, 'conversationId' | 'agent' | 'occurredNs'>;

/** The facts of a call or a signal that tell whose it is. */
export type Owned = {
  readonly agent: string | null;
  readonly processName?: string | null;
  readonly conversationId: string | null;
};

/**
 * Returns true if `other` belongs to another agent than an interruption: another name in another conversation, or in an
 * unknown one. A call of the same conversation is never another's, whatever its agent is called.
 */
export function isAnothers(row: Pick<Interruption, 'agent' | 'conversationId'>, other: Owned): boolean {
  if (row.agent === 'unknown' || other.agent === null || other.agent === 'unknown') return false;
  if (row.conversationId !== null && row.conversationId === other.conversationId) return false;
  return row.agent !== other.agent && row.agent !== other.processName;
}
