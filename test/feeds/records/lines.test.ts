/** Lines of records that come in pieces: the same as if they had come at once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  FIRST_LINE,
  lineBuffer,
  type LinesPosition,
  MAX_RECORD_BYTES,
  readLines,
} from '../../../src/feeds/records/lines.ts';

const MIB = 1024 * 1024;

type Told = { readonly records: unknown[]; malformed: number; oversized: number };

/** Reads a file that grows to each of the sizes in turn, and to its end, on from where it was left. */
async function readGrowing(bytes: Buffer, sizes: readonly number[]): Promise<Told & { readonly end: LinesPosition }> {
  const told: Told = { records: [], malformed: 0, oversized: 0 };
  const target = {
    decoder: { state: null, record: (value: unknown) => void told.records.push(value) },
    malformed: () => void (told.malformed += 1),
    oversized: () => void (told.oversized += 1),
  };
  const buffer = lineBuffer();
  let end = FIRST_LINE;
  for (const size of [...sizes, bytes.length]) {
    let at = end.offset;
    const read = async (into: Buffer, offset: number, length: number): Promise<number> => {
      const count = bytes.copy(into, offset, at, Math.min(size, at + length));
      at += count;
      return count;
    };
    end = await readLines(read, end, target, buffer, new AbortController().signal);
  }
  return { ...told, end };
}

const BEFORE = '{"n":1}\n';
const AFTER = '{"n":2}\n{"n":3}\n';
const HUGE = Buffer.concat([
  Buffer.from(BEFORE),
  Buffer.from(`{"text":"${'x'.repeat(2 * MAX_RECORD_BYTES + 5 * MIB)}"}\n`),
  Buffer.from(AFTER),
]);

test('a line that is too long counts once, however it grows, and no other line is lost', async () => {
  const pieces = [
    [],
    [9 * MIB, 17 * MIB, 18 * MIB, 33 * MIB, 36 * MIB],
    Array.from({ length: 36 }, (_, index) => (index + 1) * MIB),
    [MAX_RECORD_BYTES + BEFORE.length, HUGE.length - AFTER.length - 1, HUGE.length - AFTER.length],
  ];
  for (const sizes of pieces) {
    const { records, malformed, oversized, end } = await readGrowing(HUGE, sizes);
    expect({ records, malformed, oversized }, sizes.join(' ')).toEqual({
      records: [{ n: 1 }, { n: 2 }, { n: 3 }],
      malformed: 0,
      oversized: 1,
    });
    expect(end).toEqual({ offset: HUGE.length, isInOversized: false });
  }
});

test('what stands of a line that is too long is not read again', async () => {
  const { oversized, end } = await readGrowing(HUGE.subarray(0, 20 * MIB), [17 * MIB, 18 * MIB, 19 * MIB]);
  expect(oversized).toBe(1);
  expect(end).toEqual({ offset: 20 * MIB, isInOversized: true });
});

test('lines in any pieces are the lines', async () => {
  const line = fc.constantFrom(
    '{"n":1}',
    '{"n":2}{"n":3}',
    '{"torn":',
    '',
    ' ',
    '{"text":"\u{1F4A5}ü"}',
    '{"n":{"m":[1]}}\r',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
      const sizes = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
      expect(await readGrowing(bytes, sizes)).toMatchObject(await readGrowing(bytes, []));
    }),
  );
});
