import { expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { lineSplitter } from '../../../src/feeds/jsonl/line-splitter.ts';
import { pastLines } from '../../../src/feeds/jsonl/past-lines.ts';
import { decodeLine } from '../../../src/feeds/wire/decode-line.ts';

/** More bytes than are kept of lines that wait, and fewer lines than are summed together. */
const LINES = 12_000;
const CHUNK_LINES = 500;

/** Lines of eight conversations, each a second after the one before; a few have failed. */
function lineOf(number: number): string {
  const endNs = 1_780_000_000_000_000_000n + BigInt(number) * 1_000_000_000n;
  const failed = number % 997 === 500;
  const facts = { status_code: failed ? '529' : '200', conversation_id: `conversation ${number % 8}` };
  return (
    `{"LLMCall":{"call_id":"call ${number}","start_timestamp_ns":${endNs - 500_000_000n},"end_timestamp_ns":${endNs},` +
    `"duration_ns":500000000,"provider":"openai","model":"model","request":{"messages":[{"text":"not kept"}]},` +
    `"response":{"messages":[{"parts":[{"type":"text","content":"${'ä'.repeat(300)}"}],"finish_reason":"stop"}],"streamed":true,` +
    `"raw_body":"not kept"},"token_usage":{"input_tokens":${number},"output_tokens":7,"total_tokens":8,` +
    `"cache_creation_input_tokens":null,"cache_read_input_tokens":null},"error":${failed ? '"Overloaded"' : 'null'},` +
    `"pid":7,"process_name":"node","agent_name":"Agent","metadata":${JSON.stringify(facts)}}}`
  );
}

function callOf(number: number): Call {
  const decoded = decodeLine(lineOf(number));
  if (decoded.type !== 'call') throw new Error(`line ${number} is no call`);
  return decoded.call;
}

function flushed(): readonly FeedEvent[] {
  const past = pastLines((call, _line, number) => ({
    type: 'call',
    record: String(number),
    arrival: 'historical',
    call,
  }));
  const splitter = lineSplitter(1_000_000);
  // The reused buffer is overwritten by the next chunk, as a reader does.
  const buffer = Buffer.alloc(2_000 * CHUNK_LINES);
  for (let from = 0; from < LINES; from += CHUNK_LINES) {
    const text = Array.from({ length: CHUNK_LINES }, (_, at) => `${lineOf(from + at)}\n`).join('');
    splitter.push(buffer.subarray(0, buffer.write(text)));
    for (let number = from; number < from + CHUNK_LINES; number += 1) {
      const line = splitter.next();
      if (line === null || line.chunk === null) throw new Error(`line ${number} is missing`);
      if (!past.takeLine(line, line.chunk, number, Infinity)) past.takeCall(callOf(number), line, number, Infinity);
      expect(past.isFull()).toBe(false);
    }
    splitter.next();
  }
  return [...past.flush()];
}

test('lines that wait for long are told as they were, however many were summed up meanwhile', () => {
  expect(Buffer.byteLength(lineOf(0)) * LINES).toBeGreaterThan(8 * 1024 * 1024);
  const events = flushed();
  const told = events.flatMap((event) => (event.type === 'call' ? [event] : []));
  const sums = events.flatMap((event) => (event.type === 'past' ? [event.past.calls] : []));
  // Of each conversation the first and the last, the failed ones, and those on both sides of them.
  expect(told.length).toBeGreaterThan(16);
  expect(told.length).toBeLessThan(80);
  for (const { record, call } of told) expect(call).toEqual(callOf(Number(record)));
  expect(sums).toEqual([LINES - told.length]);
});
