/** The facts of each agent's telemetry, by the name of its event (contract, section 8). */
import type { Usage } from '../../core/calls.ts';
import { errorOf, httpStatusOf, nameOf } from '../wire/fields.ts';
import { countIn, idIn, type LogRecord } from './log-record.ts';

/** A finished call, a call that was given up, or a failed attempt of one that may go on. */
export type Report =
  | { readonly type: 'call'; readonly requestId: string | null; readonly usage: Usage }
  | {
      readonly type: 'failed';
      readonly requestId: string | null;
      readonly status: number | null;
      readonly text: string | null;
    }
  | { readonly type: 'attempt'; readonly status: number | null; readonly text: string | null };

type Agent = {
  readonly agent: string;
  readonly provider: string;
  /** The prefix of the names of its events. */
  readonly prefix: string;
  /** The attribute with the session's id. */
  readonly session: string;
  readonly events: Readonly<Record<string, ((record: LogRecord) => Report | null) | null>>;
};

/** THE table of agents that send telemetry; an event with null is known, and tells nothing that is counted. */
export const AGENTS: readonly Agent[] = [
  {
    agent: 'Claude',
    provider: 'anthropic',
    prefix: 'claude_code.',
    session: 'session.id',
    events: {
      api_request: (record) => ({
        type: 'call',
        requestId: idIn(record, 'request_id'),
        usage: {
          inputTokens: countIn(record, 'input_tokens'),
          outputTokens: countIn(record, 'output_tokens'),
          cacheReadTokens: countIn(record, 'cache_read_tokens'),
          cacheCreationTokens: countIn(record, 'cache_creation_tokens'),
        },
      }),
      api_error: (record) => ({
        type: 'failed',
        requestId: idIn(record, 'request_id'),
        ...errorIn(record, 'status_code', 'error'),
      }),
      api_retries_exhausted: null,
      tool_decision: null,
      tool_result: null,
      user_prompt: null,
      compaction: null,
    },
  },
  {
    agent: 'Codex',
    provider: 'openai',
    prefix: 'codex.',
    session: 'conversation.id',
    events: {
      api_request: (record) => attemptIn(record, 'http.response.status_code', 'error.message'),
      sse_event: completedIn,
      conversation_starts: null,
      tool_decision: null,
      tool_result: null,
      user_prompt: null,
    },
  },
  {
    agent: 'Gemini',
    provider: 'google',
    prefix: 'gemini_cli.',
    session: 'session.id',
    events: {
      api_response: (record) => ({
        type: 'call',
        requestId: null,
        usage: {
          inputTokens: countIn(record, 'input_token_count') + countIn(record, 'tool_token_count'),
          outputTokens: countIn(record, 'output_token_count') + countIn(record, 'thoughts_token_count'),
          cacheReadTokens: countIn(record, 'cached_content_token_count'),
          cacheCreationTokens: 0,
        },
      }),
      // Each attempt is reported, and which was the last is not: its records tell of the call that was given up.
      api_error: (record) => ({ type: 'attempt', ...errorIn(record, 'status_code', 'error') }),
      'chat.content_retry': (record) => ({ type: 'attempt', ...errorIn(record, 'status_code', 'error_type') }),
      api_request: null,
      config: null,
      user_prompt: null,
      tool_call: null,
      chat_compression: null,
    },
  },
];

/** The agent that a record comes from, by the name of its event; null for none that is known. */
export function agentOf({ name }: LogRecord): Agent | null {
  return AGENTS.find(({ prefix }) => name.startsWith(prefix)) ?? null;
}

function errorIn(record: LogRecord, status: string, text: string) {
  return { status: httpStatusOf(record.get(status)), text: errorOf(record.get(text)) };
}

function attemptIn(record: LogRecord, status: string, text: string): Report | null {
  const error = errorIn(record, status, text);
  return error.text === null && (error.status ?? 0) < 400 ? null : { type: 'attempt', ...error };
}

// `tool_token_count` is the total. Events of other kinds with an error are failures of the stream.
function completedIn(record: LogRecord): Report | null {
  if (nameOf(record.get('event.kind')) !== 'response.completed') {
    return attemptIn(record, 'http.response.status_code', 'error.message');
  }
  return {
    type: 'call',
    requestId: null,
    usage: {
      inputTokens: countIn(record, 'input_token_count'),
      outputTokens: countIn(record, 'output_token_count'),
      cacheReadTokens: countIn(record, 'cached_token_count'),
      cacheCreationTokens: countIn(record, 'cache_write_token_count'),
    },
  };
}
