import type { CallContent } from '../../src/core/content.ts';

/** What was said in a call in which a tool was used. */
export function makeContent(facts: Partial<CallContent> = {}): CallContent {
  return {
    callId: null,
    startNs: 0n,
    endNs: null,
    durationMs: 2_000,
    firstOutputMs: 350,
    usage: null,
    error: null,
    request: [
      { role: 'system', name: null, finishReason: null, parts: [{ type: 'text', text: 'You are a careful agent.' }] },
      {
        role: 'user',
        name: null,
        finishReason: null,
        parts: [{ type: 'text', text: 'make the failing test pass\n\n  - and say why' }],
      },
    ],
    response: [
      {
        role: 'assistant',
        name: null,
        finishReason: 'tool_use',
        parts: [
          { type: 'reasoning', text: 'The test expects 4.' },
          { type: 'tool_call', id: 'toolu_1', name: 'Bash', text: '{\n  "command": "npm test"\n}' },
          { type: 'tool_result', id: 'toolu_1', text: '1 failed' },
        ],
      },
    ],
    toolRuns: [],
    offeredTools: ['Bash', 'Read'],
    facts: [{ name: 'path', value: '/v1/messages' }],
    notes: [],
    ...facts,
  };
}
