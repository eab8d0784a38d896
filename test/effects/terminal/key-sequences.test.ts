import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ESCAPE_MS, PASTE_MS, SequenceAssembler, SPLIT_MS } from '../../../src/effects/terminal/key-sequences.ts';

const ESC = '\u001b';
/** What terminals send for keys, for the mouse, and around a paste; each holds letters that act when they are typed. */
const SEQUENCES = [
  'A',
  'B',
  'C',
  'D',
  'F',
  'H',
  'Z',
  'I',
  'O',
  '1;5A',
  '1;2D',
  '3~',
  '5~',
  '15~',
  '200;5~',
  '[A',
  '[E',
  '5$',
  '2^',
  '<0;12;3M',
  '<65;1;1m',
  'Max!',
  '?62;c',
  '12;40R',
  '97;5u',
  '27;5;9~',
].map((rest) => `${ESC}[${rest}`);
const FUNCTIONS = ['A', 'a', 'P', 'S', 'M', '1;2P', '5c'].map((rest) => `${ESC}O${rest}`);
const OTHERS = [
  `${ESC}${ESC}[A`,
  `${ESC}${ESC}OA`,
  `${ESC}]11;rgb:ffff/afaf/cafa\u0007`,
  `${ESC}P>|xterm(388)${ESC}\\`,
];
const PASTE = [`${ESC}[200~xfcaAy${ESC}[201~`, `${ESC}[200~yA[${ESC}[A c${ESC}[201~`];
const ALL = [...SEQUENCES, ...FUNCTIONS, ...OTHERS, ...PASTE];

type Piece = { readonly bytes: string; readonly delay: number };

/** What comes out of pieces of which each arrives `delay` ms behind the one before. */
function assembled(pieces: readonly Piece[]): string {
  const assembler = new SequenceAssembler();
  let keys = '';
  for (const { bytes, delay } of pieces) {
    let left = delay;
    for (let due = assembler.patience; due !== null && due <= left; due = assembler.patience) {
      keys += assembler.expire().keys;
      left -= due;
    }
    keys += assembler.push(bytes).keys;
  }
  return keys;
}

/** The keys beside whole sequences. */
function plainKeys(keys: string): string {
  const longestFirst = ALL.toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, sequence) => rest.replaceAll(sequence, ''), keys).replaceAll(ESC, '');
}

test('no key ever comes out of a split sequence, wherever it is split and however late the rest is', () => {
  const split = fc
    .record({
      sequences: fc.array(fc.constantFrom(...ALL), { minLength: 1, maxLength: 4 }),
      cuts: fc.array(fc.nat(80), { maxLength: 8 }),
      delays: fc.array(fc.constantFrom(0, 5, 20, 60, ESCAPE_MS - 1, ESCAPE_MS, 250, 1_000, SPLIT_MS - ESCAPE_MS - 1), {
        minLength: 9,
        maxLength: 9,
      }),
    })
    .map(({ sequences, cuts, delays }) => {
      const bytes = sequences.join('');
      const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length])].toSorted(
        (a, b) => a - b,
      );
      return ends.map((end, at) => ({ bytes: bytes.slice(ends[at - 1] ?? 0, end), delay: delays[at] ?? 0 }));
    });
  fc.assert(
    fc.property(split, (pieces) => {
      expect(plainKeys(assembled(pieces))).toBe('');
    }),
    { numRuns: 5_000 },
  );
});

test.each(ALL)('%j arrives whole in every split that is not longer than a pause within it', (sequence) => {
  for (let cut = 1; cut < sequence.length; cut += 1) {
    const whole = assembled([{ bytes: sequence, delay: 0 }]);
    const pieces = [
      { bytes: sequence.slice(0, cut), delay: 0 },
      { bytes: sequence.slice(cut), delay: ESCAPE_MS - 1 },
    ];
    expect(assembled(pieces)).toBe(whole);
  }
});

test('the rest of a sequence whose escape byte was taken for the Escape key is dropped', () => {
  expect(assembled([piece(ESC), piece('[', 400), piece('A', 400), piece('j', 10)])).toBe(`${ESC}j`);
});

test('keys behind the Escape key are keys, another sequence too', () => {
  expect(assembled([piece(ESC), piece('j', 300)])).toBe(`${ESC}j`);
  expect(assembled([piece(ESC), piece(`${ESC}[A`, 300)])).toBe(`${ESC}${ESC}[A`);
});

test('a paste that began late is a paste all the same', () => {
  const keys = assembled([piece(ESC), piece('[20', 500), piece('0~x', 500), piece(`f${ESC}[201~`, 500)]);
  expect(keys).toBe(`${ESC}${ESC}[200~xf${ESC}[201~`);
});

test('a paste without its end is over after a while, and keys are keys again', () => {
  expect(assembled([piece(`${ESC}[200~rm -rf`), piece('q', PASTE_MS)])).toBe(`${ESC}[200~rm -rf${ESC}[201~q`);
});

test('a sequence without its end is dropped, and keys are keys again', () => {
  expect(assembled([piece(`${ESC}[1;`), piece('q', SPLIT_MS)])).toBe('q');
  expect(assembled([piece(`${ESC}P`), piece('q', SPLIT_MS)])).toBe('q');
});

test('control characters and other sequences break a sequence off', () => {
  expect(assembled([piece(`${ESC}[1;\u0003`)])).toBe('\u0003');
  expect(assembled([piece(`${ESC}]2;x\u0003`)])).toBe('\u0003');
  expect(assembled([piece(`${ESC}[1${ESC}[B`)])).toBe(`${ESC}[B`);
});

test('a long sequence keeps little and is still dropped whole', () => {
  const assembler = new SequenceAssembler();
  assembler.push(`${ESC}[`);
  for (let part = 0; part < 1_000; part += 1) expect(assembler.push('1;1;1;1;').keys).toBe('');
  expect(assembler.push('Aj').keys).toBe('j');
});

test('reports of the mouse are told apart from keys', () => {
  const assembler = new SequenceAssembler();
  expect(assembler.push(`a${ESC}[<0;12;3Mb${ESC}[<6`)).toEqual({ keys: 'ab', mouse: ['[<0;12;3M'], columns: [] });
  expect(assembler.push('5;1;1Mc')).toEqual({ keys: 'c', mouse: ['[<65;1;1M'], columns: [] });
});

function piece(bytes: string, delay = 0): Piece {
  return { bytes, delay };
}
