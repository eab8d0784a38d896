import type { ContentAnswer } from '../../core/content.ts';
import type { Call } from '../../core/calls.ts';
import { contentOf, type RawContent } from './content.ts';
import { decodeLine, problemOf, untorn } from './decode-line.ts';
import { nsOf, objectOf } from './fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The content of a call from its line (JSONL, logtail) or from SQLite's `event_json`, which is the same text. */
export function contentOfLine(line: string): ContentAnswer {
  const decoded = decodeLine(line);
  if (decoded.type !== 'call') {
    return { ok: false, reason: { code: 'record_replaced', why: problemOf(decoded) } };
  }
  const text = line.replace(/^\ufeff/u, '');
  const whole = (objectOf(JSON.parse(decoded.torn ? (untorn(text) ?? text) : text)) ?? {}) as Fields;
  const wire = objectOf(whole['LLMCall']) as Fields | null;
  const { call } = decoded;
  return { ok: true, value: contentOf(wire === null ? fromRecord(call, whole) : fromEvent(call, wire)) };
}

/** The parts of agentsight's call object beside the facts of the call. */
export function fromEvent(call: Pick<Call, 'callId' | 'startNs' | 'endNs' | 'usage'>, wire: Fields): RawContent {
  const request = (objectOf(wire['request']) ?? {}) as Fields;
  const response = (objectOf(wire['response']) ?? {}) as Fields;
  const metadata = (objectOf(wire['metadata']) ?? {}) as Fields;
  const firstOutput = metadata['first_output_timestamp_ns'];
  return {
    ...call,
    firstOutputNs: nsOf(firstOutput),
    error: wire['error'],
    system: null,
    request: request['messages'],
    response: response['messages'],
    requestBody: request['raw_body'],
    responseBody: response['raw_body'],
    offeredTools: request['tools'],
    facts: [
      ...PARAMETERS.map((name) => [name, request[name]] as const),
      ...Object.entries(metadata)
        .filter(([name]) => !KNOWN_ELSEWHERE.has(name))
        .toSorted(byName),
    ],
    notes: [],
  };
}

const PARAMETERS = [
  'stream',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'stop_sequences',
];
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  'user_query',
  'first_output_timestamp_ns',
  'conversation_id',
  'session_id',
]);

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

// Logtail: one flat object of strings, its messages as JSON text, or suppressed, or encrypted.
function fromRecord(call: Call, record: Fields): RawContent {
  const lists = ['input', 'output'].map((which) => listIn(record[`gen_ai.${which}.messages`]));
  const isEncrypted = record['agentsight.encrypted'] === 'true';
  const isEmpty = lists.every((list) => list === null);
  return {
    ...call,
    firstOutputNs: null,
    error: record['error.type'],
    system: listIn(record['gen_ai.system_instructions']),
    request: lists[0],
    response: lists[1],
    requestBody: null,
    responseBody: null,
    offeredTools: null,
    facts: FLAT_FACTS.map((name) => [name.replace(/^(?:gen_ai|agentsight)\./u, ''), record[name]] as const),
    notes: [
      { code: 'latest_round_only' },
      ...(isEncrypted ? [{ code: 'messages_encrypted' } as const] : []),
      ...(isEmpty && !isEncrypted ? [{ code: 'messages_suppressed' } as const] : []),
    ],
  };
}

const FLAT_FACTS = [
  'gen_ai.request.temperature',
  'gen_ai.request.max_tokens',
  'gen_ai.request.top_p',
  'gen_ai.request.seed',
  'agentsight.http.method',
  'agentsight.http.path',
  'agentsight.http.status_code',
  'server.address',
  'server.port',
];

function listIn(json: unknown): unknown {
  if (typeof json !== 'string') return null;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
