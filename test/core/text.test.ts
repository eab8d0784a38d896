import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine, cleanText } from '../../src/core/text.ts';

const HIDDEN =
  // oxlint-disable-next-line no-misleading-character-class -- each is meant by itself
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;

test.for([
  ['tags', 'pay\u{e0049}\u{e0067}\u{e007f}load', 'payload'],
  ['zero-width space', 'pay\u200bload', 'payload'],
  ['word joiner', 'pay\u2060load', 'payload'],
  ['soft hyphen', 'pay\u00adload', 'payload'],
  ['zero-width no-break space', 'pay\ufeffload', 'payload'],
  ['invisible operators', 'pay\u2061\u2062\u2063\u2064load', 'payload'],
  ['deprecated format characters', 'pay\u206a\u206fload', 'payload'],
  ['fillers', 'pay\u3164\u115f\uffa0load', 'payload'],
  ['variation selectors of a letter', 'pay\ufe00\ufe0f\u{e0100}\u{e01ef}load', 'payload'],
  ['joiners of letters', 'pay\u200c\u200dload', 'payload'],
  ['interlinear annotation', 'pay\ufff9\ufffa\ufffbload', 'payload'],
  ['musical format controls', 'pay\u{1d173}load', 'payload'],
  ['bidi controls', 'pay\u202e\u2066\u061c\u200fload', 'pay load'],
  ['line separators', 'pay\u2028\u2029load', 'pay load'],
  ['8-bit controls', 'pay\u0085\u009cload', 'pay load'],
  ['an 8-bit escape sequence', 'pay\u009b31mload', 'payload'],
  ['an escape in pieces', 'pay\u001b\u001b[31m[2Jload', 'pay [2Jload'],
  ['half a surrogate pair', 'pay\ud83dload', 'pay\ufffdload'],
] as const)('cleans %s', ([, hostile, clean]) => {
  expect(cleanLine(hostile, 100)).toBe(clean);
  expect(cleanText(hostile, 100)).toBe(clean.replace('pay l', 'payl').replace('pay [', 'pay['));
});

test.for(['👩‍👩‍👧‍👦', '❤️‍🔥', '👩🏽‍🚀', '1️⃣ #️⃣', '☎︎', '日本語のREADME', 'שלום', 'naïve e\u0301', '한국어'])('keeps %s', (text) => {
  expect(cleanLine(text, 100)).toBe(text);
  expect(cleanText(text, 100)).toBe(text);
});

test('an emoji hides no more than its own selector', () => {
  expect(cleanLine('❤\ufe0f\ufe0f\ufe0e\u{e0100}', 100)).toBe('❤\ufe0f');
  expect(cleanLine('🔥\u200d\u200d🔥\u200d', 100)).toBe('🔥🔥');
  expect(cleanLine('1\ufe0f2', 100)).toBe('12');
});

test('keeps lines and tabs of a text, and nothing else that moves the cursor', () => {
  expect(cleanText('a\tb\r\nc\u000bd\u001b[2J\u0007', 100)).toBe('a\tb\ncd');
});

test('every character of the kind is cleaned, whatever Unicode adds to it', () => {
  const kept: string[] = [];
  for (let code = 0; code <= 0x10_ff_ff; code += 1) {
    const character = String.fromCodePoint(code);
    if (!/[\p{DI}\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(character)) continue;
    if (cleanLine(`a${character}b`, 10) === `a${character}b`) kept.push(code.toString(16));
  }
  expect(kept).toEqual([]);
});

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\u001b[31m',
    '\u001b]52;c;eA==\u0007',
    '\u009d0;t\u009c',
    '\u200b',
    '\u200d',
    '\ufe0f',
    '🔥',
    '❤',
    '1',
  ),
  fc.integer({ min: 0, max: 0xff_ff }).map((unit) => String.fromCharCode(unit)),
);

test('nothing hidden survives, and cleaning again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const line = cleanLine(text, 1_000);
      expect(line.replace(/(?<=\p{ExtPict}[\ufe0f\p{EMod}]?)\u200d(?=\p{ExtPict})/gu, '')).not.toMatch(HIDDEN);
      expect(cleanLine(line, 1_000)).toBe(line);
      expect(
        cleanText(text, 1_000)
          .replace(/[\n\t]/gu, '')
          .replace(/\u200d/gu, ''),
      ).not.toMatch(HIDDEN);
    }),
  );
});
