import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PastRow, pastRowOf } from '../../../src/core/past/past.ts';
import { decodeLine, decodeLineIn, NO_REQUEST } from '../../../src/feeds/wire/decode-line.ts';
import { LineBytes } from '../../../src/feeds/wire/line-bytes.ts';
import { pastLineReader } from '../../../src/feeds/wire/past-line.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';

const RUNS = { seed: 20_261_130, numRuns: 20_000, endOnFailure: true } as const;

/** The text of a value as it may stand in a line: plain mostly, and else odd, or no JSON. */
const oneOf = (usual: readonly string[], odd: readonly string[]) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd, 'null', '""', '0', '-1', '{}', '[]', 'nul', '1e3', '') },
  );
const ODD_TEXTS = [
  '"\\u0041"',
  '"a\\"b"',
  '"\\ud83d"',
  '"\ud83d\ude00"',
  '"é"',
  '"\u0007"',
  '"\\n"',
  '" "',
  '"\u200b"',
  `"${'x'.repeat(600)}"`,
];
const texts = (...usual: readonly string[]) => oneOf(usual, ODD_TEXTS);
const counts = oneOf(['0', '7', '1200', '18000'], ['007', '1.5', '9007199254740993', '99999999999999999999', '"12"']);
const times = oneOf(
  ['1780012345678901234', '1780012349178901235', '1780012349000000001'],
  ['0', '01780012345678901234', '18446744073709551616', '1780012345678901234.5', '"1780012345678901234"'],
);
const FACTS = [
  '"status_code":"200"',
  '"status_code":"529"',
  '"status_code":200',
  '"conversation_id":"0f1e2d3c"',
  '"conversation_id":"other"',
  '"conversation_id":""',
  '"conversation_id":null',
  '"call_kind":"main"',
  '"call_kind":"recap"',
  '"user_query":"wer sagt \\"ü\\"?"',
  '"user_query":"list the files"',
  '"session_id":"3b2f"',
  '"a":"b","a":{"status_code":"529"}',
  '"x:"y"',
  '"__proto__":"x"',
];
const metadata = fc
  .array(fc.constantFrom(...FACTS), { maxLength: 6 })
  .chain((facts) => oneOf([`{${facts.join(',')}}`], [`{${facts.join(',')},}`, `{${facts.join(', ')}}`, '{}x', '"}}"']));
const messages = oneOf(
  ['[]', '[{"role":"assistant","parts":[{"type":"text","content":"ok"}],"finish_reason":"stop"}]'],
  ['[{]', '[],"streamed":[', '[1,]', '["},\\"token_usage\\":"]'],
);
const usage = fc.oneof(
  { weight: 1, arbitrary: fc.constant('null') },
  {
    weight: 6,
    arbitrary: fc
      .tuple(counts, counts, counts, counts)
      .map(
        ([input, output, created, read]) =>
          `{"input_tokens":${input},"output_tokens":${output},"total_tokens":1,"cache_creation_input_tokens":${created},"cache_read_input_tokens":${read}}`,
      ),
  },
);
const lines = fc
  .record({
    id: texts('"msg_1"'),
    start: times,
    end: times,
    provider: texts('"anthropic"', '"Anthropic"', '"openai"'),
    model: texts('"claude"'),
    request: oneOf(['{"messages":[]}'], ['{"messages":[{"LLMCall":{}}]}', '{{}', '{"a":"}},{\\"LLMCall\\":{"}']),
    messages,
    usage,
    error: oneOf(['null'], ['"Overloaded"']),
    pid: oneOf(['42'], ['4294967296']),
    process: texts('"node"', 'null'),
    agent: texts('"Claude"', 'null'),
    metadata,
    ending: oneOf(['}}'], ['}} ', '}}\r', '}', '},"x":1}', '}}{"LLMCall":{}}']),
  })
  .map(
    (f) =>
      `{"LLMCall":{"call_id":${f.id},"start_timestamp_ns":${f.start},"end_timestamp_ns":${f.end},"duration_ns":5,"provider":${f.provider},` +
      `"model":${f.model},"request":${f.request},"response":{"messages":${f.messages},"streamed":true,"raw_body":null},"token_usage":${f.usage},` +
      `"error":${f.error},"pid":${f.pid},"process_name":${f.process},"agent_name":${f.agent},"metadata":${f.metadata}${f.ending}`,
  );
/** The same with a piece of it taken out, put in twice, or another character. */
const damaged = fc
  .tuple(lines, fc.nat(), fc.nat({ max: 12 }), fc.constantFrom('', '"', '\\', '}', '{', ',', ':', '0', '\n', 'é', '\0'))
  .map(([line, at, length, put]) => {
    const from = at % line.length;
    return line.slice(0, from) + put + line.slice(put === '' ? from + length : from);
  });

const readPast = pastLineReader();

/** The text of a line as it comes: among others, as bytes. */
function among(line: string): { readonly chunk: LineBytes; readonly from: number; readonly to: number } {
  const before = Buffer.from(`${callLineOf({ id: 'before' })}\n`);
  const bytes = Buffer.from(line);
  const from = before.length;
  return {
    chunk: new LineBytes(Buffer.concat([before, bytes, Buffer.from('\n'), before])),
    from,
    to: from + bytes.length,
  };
}

function rowIn(line: string): PastRow | null {
  const { chunk, from, to } = among(line);
  return readPast(chunk, from, to)?.row ?? null;
}

/** The same as the decoder and `pastRowOf` read, or nothing. */
function agrees(line: string): boolean {
  const { chunk, from, to } = among(line);
  const decoded = decodeLine(line);
  expect(decodeLineIn(chunk, from, to)).toEqual(decoded);
  const past = readPast(chunk, from, to);
  if (past === null) return false;
  const { row, request, requestEnd, messagesEnd, responseEnd } = past;
  const [before, answer] = [chunk.text(from, request), chunk.text(requestEnd, messagesEnd)];
  const behind = chunk.text(responseEnd, to);
  // What is left of a line tells the same call.
  expect(decodeLine(`${before}${NO_REQUEST}${answer}${behind}`)).toEqual(decoded);
  expect(decoded.type).toBe('call');
  if (decoded.type !== 'call') return false;
  expect(decoded.torn).toBeUndefined();
  expect(row).toEqual(pastRowOf(decoded.call, 0));
  return true;
}

test('reads from whatever line the same as the decoder reads, or leaves it', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: lines }, { weight: 2, arbitrary: damaged }), (line) => {
      if (agrees(line)) read += 1;
    }),
    RUNS,
  );
  expect(read).toBeGreaterThan(RUNS.numRuns / 20);
});

test('reads a line as agentsight writes it', () => {
  expect(agrees(callLineOf({ id: 'msg_1' }))).toBe(true);
});

test.each(['{"LLMCall":{}}', '', '[]', callLineOf({ id: 'msg_1', status: 529, error: 'Overloaded' })])(
  'leaves what is no plain call: %s',
  (line) => {
    expect(rowIn(line)).toBeNull();
  },
);
