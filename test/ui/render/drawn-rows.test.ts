import fc from 'fast-check';
import { expect, test } from 'vitest';
import Output from '../../../node_modules/ink/build/output.js';
import { drawRemembered } from '../../../src/ui/render/drawn-rows.ts';

type Written = { readonly x: number; readonly y: number; readonly text: string; readonly line: string | null };
type Clip = Readonly<Record<'x1' | 'x2' | 'y1' | 'y2', number | undefined>>;
type Frame = {
  readonly width: number;
  readonly height: number;
  readonly clip: Clip | null;
  readonly writes: readonly Written[];
};

/** Cells of every kind: narrow, wide, of several code points, of none, with styles that end, end elsewhere, or never. */
const SIGNS = [
  'a',
  ' ',
  '日',
  'ｶ',
  '👍🏽',
  'é',
  '\u200b',
  '…',
  '\u001b[1m',
  '\u001b[22m',
  '\u001b[41mx\u001b[49m',
  '\u001b[36m',
  '\n',
];

const line = fc.array(fc.constantFrom(...SIGNS), { maxLength: 14 }).map((signs) => signs.join(''));
const written = fc.record({
  x: fc.integer({ min: -2, max: 12 }),
  y: fc.integer({ min: -2, max: 5 }),
  text: fc.oneof(
    { weight: 6, arbitrary: fc.constant(' ') },
    fc.constantFrom('ab', '日', 'a\nb', '\u001b[1mb\u001b[22m'),
  ),
  line: fc.oneof({ weight: 4, arbitrary: line }, fc.constant(null)),
});
const bound = fc.option(fc.integer({ min: -1, max: 12 }), { nil: undefined });
const frame = fc.record({
  width: fc.integer({ min: 1, max: 12 }),
  height: fc.integer({ min: 0, max: 5 }),
  clip: fc.oneof(fc.constant(null), fc.record({ x1: bound, x2: bound, y1: bound, y2: bound })),
  writes: fc.array(written, { maxLength: 8 }),
});

function outputOf({ width, height, clip, writes }: Frame): Output {
  const output = new Output({ width, height });
  if (clip !== null) output.clip(clip);
  for (const { x, y, text, line: transformed } of writes)
    output.write(x, y, text, { transformers: transformed === null ? [] : [() => transformed] });
  if (clip !== null) output.unclip();
  return output;
}

test('a frame is drawn as Ink draws it, and again where its rows are known', () => {
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), (frames) => {
      for (const one of [...frames, ...frames])
        expect(drawRemembered(outputOf(one))).toEqual(new Output(one).get.call(outputOf(one)));
    }),
    { numRuns: 1_000 },
  );
});

test('a row of a screen is drawn once: what is written over it counts, and its column', () => {
  const row = (writes: readonly [number, string][]): string =>
    drawRemembered(
      outputOf({
        width: 12,
        height: 1,
        clip: { x1: 0, x2: 12, y1: 0, y2: 1 },
        writes: writes.map(([x, text]) => ({ x, y: 0, text: ' ', line: text })),
      }),
    ).output;
  expect(row([[0, 'abcdef']])).toBe('abcdef');
  expect(row([[1, 'abcdef']])).toBe(' abcdef');
  expect(
    row([
      [0, 'abcdef'],
      [2, 'XY'],
    ]),
  ).toBe('abXYef');
  expect(
    row([
      [2, 'XY'],
      [0, 'abcdef'],
    ]),
  ).toBe('abcdef');
});
