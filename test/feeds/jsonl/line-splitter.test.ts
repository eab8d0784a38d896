import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSplitter, textOf } from '../../../src/feeds/jsonl/line-splitter.ts';
import type { LinePlace, Line } from '../../../src/feeds/jsonl/line-splitter.ts';

const MAX = 8;

test('any chunking of a byte stream gives the same lines', () => {
  const byte = fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 97, max: 122 }));
  const bytes = fc.array(byte, { maxLength: 60 }).map((list) => Buffer.from(list));
  fc.assert(
    fc.property(bytes, fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 }), (stream, sizes) => {
      expect(split(stream, sizes)).toEqual(linesOf(stream));
    }),
  );
});

test('keeps the line behind a hole of zero bytes, however large the hole is', () => {
  const stream = Buffer.concat([Buffer.from('one\n'), Buffer.alloc(10 * MAX), Buffer.from('two\n'), Buffer.alloc(3)]);
  for (const sizes of [[], [1, 2, 3, 4, 5, 6, 7, 8], [90]]) {
    expect(split(stream, sizes)).toEqual([
      { text: 'one', start: 0, end: 4 },
      { text: 'two', start: 84, end: 88 },
    ]);
  }
});

test('a line that is too long is given without its text, and the next one is whole', () => {
  const stream = Buffer.from(`${'x'.repeat(100)}\nnext\n`);
  expect(
    split(
      stream,
      Array.from({ length: 50 }, () => 3),
    ),
  ).toEqual([
    { text: null, start: 0, end: 101 },
    { text: 'next', start: 101, end: 106 },
  ]);
});

test('a line that comes byte by byte is put together', () => {
  const text = 'ä'.repeat(5_000);
  const splitter = lineSplitter(1_000_000);
  for (const byte of Buffer.from(text)) {
    splitter.push(Buffer.of(byte));
    expect(splitter.next()).toBeNull();
  }
  splitter.push(Buffer.from('\n'));
  const line = splitter.next();
  expect(line && textOf(line)).toBe(text);
});

type Told = LinePlace & { readonly text: string | null };

function told(line: Line): Told {
  return { text: textOf(line), start: line.start, end: line.end };
}

// The reused buffer is overwritten after each chunk, as a reader does.
function split(stream: Buffer, sizes: readonly number[]): Told[] {
  const splitter = lineSplitter(MAX);
  const lines: Told[] = [];
  const buffer = Buffer.alloc(stream.length + 1);
  let at = 0;
  for (const size of [...sizes, stream.length]) {
    const chunk = buffer.subarray(0, stream.copy(buffer, 0, at, at + size));
    splitter.push(chunk);
    for (let line = splitter.next(); line !== null; line = splitter.next()) lines.push(told(line));
    buffer.fill(35);
    at = Math.min(stream.length, at + size);
    const end = lines.at(-1)?.end ?? 0;
    expect(stream.subarray(end, splitter.lineStart()).every((byte) => byte === 0)).toBe(true);
  }
  const rest = splitter.rest();
  return rest === null ? lines : [...lines, told(rest)];
}

function linesOf(stream: Buffer): Told[] {
  const lines: Told[] = [];
  for (let start = 0; start < stream.length;) {
    while (stream[start] === 0) start += 1;
    if (start === stream.length) break;
    const feed = stream.indexOf(10, start);
    const stop = feed === -1 ? stream.length : feed;
    const end = feed === -1 ? stream.length : feed + 1;
    lines.push({ text: stop - start > MAX ? null : stream.toString('utf8', start, stop), start, end });
    start = end;
  }
  return lines;
}
