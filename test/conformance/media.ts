/** The media, and what each of them cannot carry. */
import type { Facts, ScenarioCall } from './scenario.ts';

export type MediumName =
  | 'SQLite, newest'
  | 'SQLite, 0.5'
  | 'JSONL, 0.5'
  | 'standard input, 0.5'
  | 'logtail, newest'
  | 'HTTP, newest'
  | 'HTTP, 0.5';

/** Something that a medium cannot carry, why, and what is left of the facts without it. */
export type Lack = { readonly what: string; readonly why: string; readonly without: (facts: Facts) => Facts };

const LINE_PER_FINISHED_CALL: Lack = {
  what: 'calls that have not ended: pending, drained, interrupted',
  why: 'a line is written when its call has ended, and never for one that does not (1.2)',
  without: calls((call) => (call.status === 'complete' ? call : null)),
};
const LINES_ARE_FINAL: Lack = {
  what: 'what is known of a call later: its real session, its stamp',
  why: 'lines are never rewritten (1.5); session rewrites and stamps are updates of the row (3.4)',
  without: calls((call) => ({ ...call, sessionId: call.capturedSession, interruptionType: null })),
};
const NO_INTERRUPTIONS: Lack = {
  what: 'interruptions',
  why: 'the JSONL exporter has calls alone (1.3); storms are derived from them',
  without: (facts) => ({ ...facts, interruptions: [] }),
};
const NO_KIND: Lack = {
  what: 'that a call is a recap or a web search',
  why: '0.5 has no call_kind (3.2), and the logtail record no key for it (2.1)',
  without: calls((call) => ({ ...call, kind: 'main' })),
};
const NO_OPENAI_CACHE: Lack = {
  what: "the cache counters of OpenAI's style",
  why: '0.5 reads those of Anthropic alone (7.2)',
  without: calls((call) =>
    call.provider === 'anthropic' || call.usage === null
      ? call
      : { ...call, usage: { ...call.usage, cacheReadTokens: null, cacheCreationTokens: null } },
  ),
};
const FIVE_TYPES: Lack = {
  what: 'all types of interruption but five',
  why: '0.5 knows agent_crash, sse_truncated, context_overflow, token_limit and llm_error (5.1)',
  without: (facts) => ({
    ...facts,
    calls: facts.calls.map((call) => ({ ...call, interruptionType: typeOf05(call.interruptionType) })),
    interruptions: facts.interruptions.flatMap((row) => {
      const type = typeOf05(row.type);
      return type === null ? [] : [{ ...row, type, severity: type === 'agent_crash' ? 'critical' : 'high' }];
    }),
  }),
};
const NO_STORM_RECORD: Lack = {
  what: 'retry_storm',
  why: 'it is inserted into SQLite alone (2.1); the same storm is derived from the calls',
  without: (facts) => ({ ...facts, interruptions: facts.interruptions.filter(({ type }) => type !== 'retry_storm') }),
};
const NEVER_RESOLVED: Lack = {
  what: 'that an interruption was resolved',
  why: 'a record is written when it occurs (2.1), and resolving is an update of the row (5.4)',
  without: (facts) => ({ ...facts, interruptions: facts.interruptions.map((row) => ({ ...row, resolved: false })) }),
};
const NO_CONTENT: Lack = {
  what: 'questions, and the names of tools',
  why: 'the messages are dropped unless traceEnabled says otherwise, or encrypted (2.2)',
  without: calls((call) => ({ ...call, userQuery: null, tools: [] })),
};
const NOTHING_BESIDE_THE_EVENT: Lack = {
  what: 'the provider of a call that has not ended',
  why: 'the detail answer has no such field (4.2), and the event to take it from is empty until the end (3.2)',
  without: calls((call) => (call.status === 'complete' ? call : { ...call, provider: null })),
};
const TOOLS_OF_HISTORY_UNREAD: Lack = {
  what: 'the names of the tools of calls that were there when we attached',
  why: 'by choice: they stand in the answers alone, which a long history is read without',
  without: calls((call) => ({ ...call, tools: [] })),
};

/** What of each medium's own a reader misses, live or not. */
export const LACKS: Readonly<Record<MediumName, readonly Lack[]>> = {
  'SQLite, newest': [],
  'SQLite, 0.5': [NO_KIND, NO_OPENAI_CACHE, FIVE_TYPES],
  'JSONL, 0.5': [LINE_PER_FINISHED_CALL, LINES_ARE_FINAL, NO_INTERRUPTIONS, NO_KIND, NO_OPENAI_CACHE],
  'standard input, 0.5': [LINE_PER_FINISHED_CALL, LINES_ARE_FINAL, NO_INTERRUPTIONS, NO_KIND, NO_OPENAI_CACHE],
  'logtail, newest': [LINE_PER_FINISHED_CALL, LINES_ARE_FINAL, NO_KIND, NO_STORM_RECORD, NEVER_RESOLVED, NO_CONTENT],
  'HTTP, newest': [NOTHING_BESIDE_THE_EVENT],
  'HTTP, 0.5': [NO_KIND, NO_OPENAI_CACHE, FIVE_TYPES, NOTHING_BESIDE_THE_EVENT],
};

/** What SQLite leaves out of its history besides. */
export const HISTORY_LACKS: Partial<Readonly<Record<MediumName, readonly Lack[]>>> = {
  'SQLite, newest': [TOOLS_OF_HISTORY_UNREAD],
  'SQLite, 0.5': [TOOLS_OF_HISTORY_UNREAD],
};

/** What is left of the facts. */
export function without(facts: Facts, lacks: readonly Lack[]): Facts {
  return lacks.reduce((left, lack) => lack.without(left), facts);
}

function calls(change: (call: ScenarioCall) => ScenarioCall | null): Lack['without'] {
  return (facts) => ({ ...facts, calls: facts.calls.flatMap((call) => change(call) ?? []) });
}

function typeOf05(type: string | null): string | null {
  if (type === 'auth_error' || type === 'llm_error') return 'llm_error';
  return type === 'context_overflow' || type === 'agent_crash' ? type : null;
}
