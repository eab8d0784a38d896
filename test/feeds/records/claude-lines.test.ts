/** Lines of Claude Code's, read as they stand and parsed: the same, whatever is in them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIRST_LINE, lineBuffer, readLines } from '../../../src/feeds/records/lines.ts';
import { recorder } from '../../../src/feeds/records/pool/recorder.ts';
import { CLAUDE } from '../../../src/feeds/records/claude/index.ts';

const SESSION = '5f0c2a44-1111-4222-8333-444455556666';
const STORE = CLAUDE.store();

/** All that a decoder tells of some bytes, with its state. */
async function told(bytes: Buffer, isFast: boolean): Promise<unknown> {
  const name = STORE.type === 'files' ? STORE.identify(['projects', '-work', `${SESSION}.jsonl`]) : null;
  if (STORE.type !== 'files' || name === null) throw new Error('no session');
  const { sink, misread, report } = recorder();
  const { fast, ...decoder } = STORE.decoder(name, sink);
  let counted = 0;
  const target = {
    decoder:
      isFast && fast
        ? { ...decoder, fast: (line: Parameters<typeof fast>[0]) => fast(line) && (counted += 1) > 0 }
        : decoder,
    malformed: (why: Parameters<typeof misread>[0]['why']) => misread({ part: 'line', why }),
    oversized: () => undefined,
  };
  let at = 0;
  const read = async (into: Buffer, offset: number, length: number): Promise<number> => {
    const count = bytes.copy(into, offset, at, Math.min(bytes.length, at + length));
    at += count;
    return count;
  };
  await readLines(read, FIRST_LINE, target, lineBuffer(), new AbortController().signal);
  fastLines += counted;
  return { ...report(), state: decoder.state };
}

let fastLines = 0;

const oneOf = fc.constantFrom;

/** Mostly the first. */
function mostly<T>(usual: T, ...others: readonly [T, ...T[]]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, oneOf(...others));
}

const TEXTS = oneOf(
  'done',
  'a "quoted" \\ text\n',
  '"usage":{"output_tokens":9}',
  '\\"}],"stop_reason":"x',
  '}{"type":"user"',
  'ünïcode 💥',
  '\u0000',
  'x'.repeat(2_000),
  '',
);
const usage = fc.record(
  {
    input_tokens: fc.oneof(fc.nat(), oneOf<unknown>(4, 4, 900, '7', -1, 1.5, null, [5], 2 ** 53, 10 ** 22)),
    cache_creation_input_tokens: oneOf(0, 900),
    cache_read_input_tokens: oneOf(60_000, 0),
    output_tokens: fc.oneof(fc.nat(), oneOf(1, 3, 240, 9_000)),
    cache_creation: oneOf<unknown>(
      { ephemeral_1h_input_tokens: 30 },
      { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 31 },
      { ephemeral_1h_input_tokens: 'x' },
      null,
    ),
    service_tier: oneOf('standard', '5'),
    usage: oneOf<unknown>({ output_tokens: 99 }),
  },
  { requiredKeys: ['input_tokens', 'output_tokens'] },
);
const part = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('text'), text: TEXTS }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('thinking'), thinking: TEXTS, signature: TEXTS }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('tool_use'),
      id: oneOf('toolu_1', 'toolu_2', 'toolu_3'),
      name: oneOf('Bash', 'Edit'),
      input: oneOf<unknown>(
        { command: 'make' },
        { usage: { output_tokens: 5 } },
        { a: [{ b: 1 }], stop_reason: 1 },
        { message: 'ü' },
        null,
      ),
    }),
  },
  fc.record({ type: fc.constant('text'), text: TEXTS, citations: fc.constant([]) }),
);
const named = fc.record({
  uuid: fc.uuid(),
  timestamp: mostly(
    '2026-09-05T01:06:58.360Z',
    '2026-09-05T01:07:00.001Z',
    '2026-09-06T23:59:59.999Z',
    '2026-09-05T01:06:58Z',
    '2026-09-05T25:06:58.360Z',
    'yesterday',
  ),
});
const envelope = {
  parentUuid: mostly<string | null>('00000000-0000-4000-8000-000000000001', null, 'a\\"b'),
  isSidechain: mostly(false, true),
  userType: fc.constant('external'),
  cwd: mostly('/work', '/elsewhere', '/über', '/w/"b"'),
  sessionId: fc.constant(SESSION),
  version: mostly('2.1.200', '2.1.201'),
};
const answer = fc
  .record({
    base: fc.record(envelope),
    named,
    model: oneOf('claude-opus-4-8', 'claude-haiku-4-5', '<synthetic>'),
    id: mostly('msg_0123456789abcdef', 'msg_0123456789abcdeg', 'ocgo'),
    content: fc.oneof({ weight: 6, arbitrary: fc.tuple(part) }, fc.array(part, { maxLength: 3 })),
    stop: oneOf(null, 'end_turn', 'tool_use'),
    usage,
    more: oneOf<object>(
      {},
      {},
      { requestId: 'req_1' },
      { requestId: 'req_2a' },
      { requestId: 'a "b"' },
      { requestId: 5 },
      { requestId: null },
      { isApiErrorMessage: true },
      { slug: 'a' },
    ),
  })
  .map(({ base, named: names, model, id, content, stop, usage: counts, more }) => {
    const message = {
      model,
      id,
      type: 'message',
      role: 'assistant',
      content,
      stop_reason: stop,
      stop_sequence: null,
      usage: counts,
    };
    return { ...base, message, ...more, type: 'assistant', ...names };
  });
const result = fc
  .record({
    base: fc.record(envelope),
    named,
    id: oneOf('toolu_1', 'toolu_2', 'toolu_3'),
    content: TEXTS,
    error: oneOf<object>({}, { is_error: false }, { is_error: true }, { is_error: 'x' }),
    more: oneOf<object>(
      {},
      { toolUseResult: { stdout: 'ok', uuid: 'x', timestamp: 'y' } },
      { toolUseResult: '"uuid":"' },
    ),
    isBefore: fc.boolean(),
  })
  .map(({ base, named: names, id, content, error, more, isBefore }) => {
    const message = { role: 'user', content: [{ tool_use_id: id, type: 'tool_result', content, ...error }] };
    return { ...base, type: 'user', message, ...(isBefore ? { ...more, ...names } : { ...names, ...more }) };
  });
const other = oneOf<object>(
  { type: 'user', uuid: 'a', timestamp: '2026-09-05T01:06:58.360Z', message: { role: 'user', content: 'go on' } },
  { type: 'summary', summary: 'x' },
  { type: 'quantum-flux' },
);
const row = fc
  .oneof({ weight: 6, arbitrary: answer }, { weight: 6, arbitrary: result }, other)
  .map((one) => JSON.stringify(one));

/** A line as it is written, and as it is damaged, or written by others. */
const line = fc.oneof(
  { weight: 12, arbitrary: row },
  fc
    .tuple(row, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([text, cut]) => text.slice(0, Math.floor(text.length * cut))),
  fc.tuple(row, row).map(([a, b]) => a + b),
  row.map((text) => `${text}\r`),
  row.map((text) => `\uFEFF${text}`),
  row.map((text) => `  ${text} `),
  row.map((text) => text.replace('"message":', '"m\\u0065ssage":{},"message":')),
  row.map((text) => text.replace('"usage":', '"us\\u0061ge":null,"usage":')),
  row.map((text) => text.replace('"stop_reason":', '"usage":{"output_tokens":7},"stop_reason":')),
  row.map((text) => text.replace('"usage":', '"content":[],"id":"msg_zzzzzzzzzzzzzzzz","usage":')),
  row.map((text) => text.replace('"type":"assistant"', '"cwd":"/elsewhere","type":"assistant"')),
  row.map((text) => text.replace('"type":"assistant"', '"type":"user","type":"assistant"')),
  row.map((text) => text.replace('"uuid":', '"uuid":"first","uuid":')),
  row.map((text) => text.replace('"requestId":', '"requestId":"req_0","requestId":')),
  row.map((text) => text.replace('"usage":', '"requestId":"req_0","usage":')),
  fc
    .tuple(row, oneOf('0$1', '$1.5', '$1e1', '-$1', '$1 ', '[$1]', '"$1"', '$1$1$1$1$1$1'))
    .map(([text, to]) => text.replace(/(?<="output_tokens":)(\d+)/u, to)),
  row.map((text) => text.replaceAll(',"', ', "')),
);

test('rows that are read as they stand tell what parsed ones do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40, size: 'max' }), async (lines) => {
      const first = JSON.stringify({
        type: 'user',
        uuid: 'u',
        timestamp: '2026-09-05T01:00:00.000Z',
        message: { content: 'hi' },
      });
      const bytes = Buffer.from([first, ...lines, ''].join('\n'));
      expect(await told(bytes, true)).toEqual(await told(bytes, false));
    }),
    { numRuns: 400 },
  );
  expect(fastLines).toBeGreaterThan(1_000);
});

test('a line of ten megabytes is read as it stands, between others', async () => {
  const namesOf = (at: number): object => ({ uuid: `u${at}`, timestamp: `2026-09-05T01:00:0${at}.000Z` });
  const base = { parentUuid: null, isSidechain: false, userType: 'external', cwd: '/work', sessionId: SESSION };
  const of = (content: string, at: number): string =>
    JSON.stringify({
      ...base,
      type: 'user',
      message: { role: 'user', content: [{ tool_use_id: 'toolu_1', type: 'tool_result', content }] },
      ...namesOf(at),
    });
  const lines = [of('a', 1), of('b', 2), of('"x" \\ '.repeat(1_500_000), 3), of('c', 4)];
  const bytes = Buffer.from([...lines, ''].join('\n'));
  const before = fastLines;
  expect(await told(bytes, true)).toEqual(await told(bytes, false));
  expect(fastLines - before).toBe(3);
});
