import { expect, test } from 'vitest';
import { arraySplitter } from '../../../src/feeds/http/request/array-splitter.ts';

const ITEMS = [{ id: 1, text: 'a "quoted\\" ] , } text', list: [1, [2, { b: '[' }]] }, 7, 'x,y', { ü: '€ \\' }, null];

test.each([1, 2, 3, 7, 64, 10_000])('items come whole, whatever pieces of %i bytes they come in', (size) => {
  const { items, shape } = split(Buffer.from(JSON.stringify(ITEMS, null, 1)), size);
  expect(items.map((item) => JSON.parse(item) as unknown)).toEqual(ITEMS);
  expect(shape).toBe('array');
});

test('an item that is too large is left out, and the next one is not lost', () => {
  const text = JSON.stringify([{ a: 1 }, { a: 'x'.repeat(200) }, { a: 2 }]);
  const { items, oversized } = split(Buffer.from(text), 16, 100);
  expect(items).toEqual(['{"a":1}', '{"a":2}']);
  expect(oversized).toBe(1);
});

test.each([
  ['[]', 'array'],
  [' \n[ ] trailing', 'array'],
  ['', 'cut'],
  ['[', 'cut'],
  ['[{"a":1},{"a"', 'cut'],
  ['{"error":"x"}', 'no array'],
  ['<html>', 'no array'],
  ['"["', 'no array'],
])('%j is read as %s', (text, shape) => {
  expect(split(Buffer.from(text), 3).shape).toBe(shape);
});

function split(
  bytes: Buffer,
  size: number,
  maxItemBytes = 1_000,
): { readonly items: readonly string[]; readonly oversized: number; readonly shape: string } {
  const items: string[] = [];
  let oversized = 0;
  const splitter = arraySplitter(maxItemBytes, {
    onItem: (text) => items.push(text),
    onOversized: () => {
      oversized += 1;
    },
  });
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
  return { items, oversized, shape: splitter.end() };
}
