import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfPlain, endOfValue } from '../../../src/feeds/wire/json-bytes.ts';

const RUNS = { numRuns: 5_000 } as const;

/** Where it says that the value ends which begins the text. */
function endIn(text: string): number {
  const bytes = Buffer.from(text);
  return endOfValue(bytes, 0, bytes.length);
}

test('finds the end of any list without fractions, whatever follows', () => {
  const value = fc.jsonValue().map((one) => JSON.stringify([one]));
  fc.assert(
    fc.property(value, fc.constantFrom('', ',"a":1', '}', ']]', '"', ' '), (json, behind) => {
      const end = endIn(json + behind);
      if (end !== -1) expect(end).toBe(Buffer.byteLength(json));
      else expect(json).toMatch(/\d[.eE]/u);
    }),
    RUNS,
  );
});

test('finds no end of what is no JSON', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'u',
    '00e4',
    'n',
    'true',
    'null',
    '0',
    '7',
    '-',
    '\n',
    'ä',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const end = endIn(text);
      if (end !== -1) JSON.parse(Buffer.from(text).toString('utf8', 0, end));
    }),
    RUNS,
  );
});

test.each(['"\\u00e4"', '{"a":[{}],"b":[]}', '[[],[1,-2],"\\"]"]'])('finds the end of %s', (json) => {
  expect(endIn(`${json}tail`)).toBe(json.length);
});

test.each([
  ['', 'nothing'],
  ['"a', 'a text without end'],
  ['"\\x"', 'an escape that is none'],
  ['"\\u00g0"', 'digits that are none'],
  ['"a\u0001"', 'a control character'],
  ['01', 'a leading zero'],
  ['-', 'a sign alone'],
  ['[1,]', 'a comma too many'],
  ['{"a" :1}', 'a space'],
  ['[1', 'a list without end'],
  ['['.repeat(65) + ']'.repeat(65), 'what is too deep'],
])('is not certain of %s: %s', (text) => {
  expect(endIn(text)).toBe(-1);
});

test('takes a plain text of printable ASCII alone, up to its length', () => {
  const endOf = (text: string, max: number): number => endOfPlain(Buffer.from(text), 0, Buffer.byteLength(text), max);
  expect([
    endOf('abc"', 3),
    endOf('"', 3),
    endOf('abcd"', 3),
    endOf('a\\"', 9),
    endOf('ä"', 9),
    endOf('abc', 9),
  ]).toEqual([3, 0, -1, -1, -1, -1]);
});
