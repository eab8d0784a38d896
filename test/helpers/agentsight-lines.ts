/** A call's fields that a test cares about; the rest is filled in. */
export type CallFields = {
  readonly id: string;
  readonly status?: number;
  readonly error?: string | null;
  readonly request?: unknown;
  readonly args?: unknown;
};

/** An `LLMCall` line as agentsight writes it, without its line feed. */
export function callLineOf({
  id,
  status = 200,
  error = null,
  request = {},
  args = { command: 'ls' },
}: CallFields): string {
  const body = JSON.stringify({
    messages: [
      {
        role: 'assistant',
        parts: [
          { type: 'text', content: 'I will look.' },
          { type: 'tool_call', id: 'toolu_01', name: 'Bash', arguments: args },
        ],
        finish_reason: 'tool_use',
      },
    ],
    streamed: true,
    raw_body: '[{"type":"message_start"}]',
  });
  return (
    `{"LLMCall":{"call_id":${JSON.stringify(id)},"start_timestamp_ns":1780012345678901234,` +
    `"end_timestamp_ns":1780012349178901235,"duration_ns":3500000001,"provider":"Anthropic",` +
    `"model":"claude-sonnet-4-5","request":${JSON.stringify(request)},"response":${body},` +
    `"token_usage":{"input_tokens":1200,"output_tokens":85,"total_tokens":1285,` +
    `"cache_creation_input_tokens":0,"cache_read_input_tokens":18000},"error":${JSON.stringify(error)},"pid":4242,` +
    `"process_name":"claude","agent_name":"Claude","metadata":{"method":"POST","status_code":"${status}",` +
    `"conversation_id":"0f1e2d3c4b5a69788796a5b4c3d2e1f0","response_id":${JSON.stringify(id)},` +
    `"session_id":"3b2f9c1e-0000-4000-8000-00000000abcd","user_query":"list the files"}}}`
  );
}
