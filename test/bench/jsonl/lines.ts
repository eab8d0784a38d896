/** Lines as agentsight 0.5 writes them, of a chosen size, for benches: many conversations, few failures, a time each. */

const CONVERSATIONS = 64;
const AGENTS = ['Claude', 'Cosh', 'OpenClaw', 'Hermes'] as const;
const FIRST_START = 1_780_012_345_678_901_234n;
const WORDS = 'the agent reads a file, finds the failing test and mends "it";\nthen it runs the whole suite again. ';

/** A call's line of about `bytes`, without its line feed; each ends a millisecond after the one before. */
export function lineOf(number: number, bytes: number): string {
  const { request, response } = bodiesOf(bytes);
  const start = FIRST_START + BigInt(number) * 1_000_000n;
  const conversation = number % CONVERSATIONS;
  const id = `msg_01${number.toString(36).padStart(10, '0')}`;
  const failed = number % 50 === 49;
  return (
    `{"LLMCall":{"call_id":"${id}","start_timestamp_ns":${start},"end_timestamp_ns":${start + 3_500_000_001n},` +
    `"duration_ns":3500000001,"provider":"anthropic","model":"claude-sonnet-4-5","request":${request},` +
    `"response":${response},"token_usage":{"input_tokens":${1_200 + (number % 97)},"output_tokens":85,` +
    `"total_tokens":1285,"cache_creation_input_tokens":0,"cache_read_input_tokens":18000},` +
    `"error":${failed ? '"Overloaded"' : 'null'},"pid":${4_000 + (conversation % 8)},"process_name":"claude",` +
    `"agent_name":"${AGENTS[conversation % AGENTS.length]}","metadata":{"method":"POST",` +
    `"path":"/v1/messages?beta=true","status_code":"${failed ? 529 : 200}","is_sse":"true","sse_event_count":"41",` +
    `"conversation_id":"0f1e2d3c4b5a69788796a5b4c3d2${conversation.toString(16).padStart(4, '0')}",` +
    `"response_id":"${id}","session_id":"3b2f9c1e-0000-4000-8000-0000000000${conversation.toString(16).padStart(2, '0')}"}}}`
  );
}

// The history that is sent again with every call, and once more as the raw body; made once for a size.
function bodiesOf(bytes: number): { readonly request: string; readonly response: string } {
  const known = made.get(bytes);
  if (known !== undefined) return known;
  const text = Math.max(0, Math.floor((bytes - 1_024) / 2.1));
  const messages = [];
  for (let left = text; left > 0; left -= 4_000) {
    const content = WORDS.repeat(50).slice(0, Math.min(left, 4_000));
    messages.push({ role: messages.length % 2 === 0 ? 'user' : 'assistant', parts: [{ type: 'text', content }] });
  }
  const parameters = { temperature: 1, max_tokens: 8_192, stream: true, tools: null };
  const request = JSON.stringify({ messages, ...parameters, raw_body: text > 0 ? JSON.stringify({ messages }) : null });
  const answer = {
    role: 'assistant',
    parts: [{ type: 'tool_call', id: 'toolu_01', name: 'Bash', arguments: { command: 'ls' } }],
    finish_reason: 'tool_use',
  };
  const response = JSON.stringify({ messages: [answer], streamed: true, raw_body: null });
  const bodies = { request, response };
  made.set(bytes, bodies);
  return bodies;
}

const made = new Map<number, { readonly request: string; readonly response: string }>();
