import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffOf, patched, PatchError } from '../../src/remote/patch.ts';

const leaf = fc.oneof(fc.string(), fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(null));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 3 }), fc.constant('__proto__')), tie('value'), { maxKeys: 6 }),
  ),
}));

function changed(before: unknown, after: unknown): unknown {
  const patch = diffOf(before, after);
  return patch === null ? before : patched(before, patch);
}

test('the change between any two values leads from the one to the other', () => {
  fc.assert(
    fc.property(value, value, (before, after) => {
      expect(changed(before, after)).toEqual(after);
    }),
  );
});

test('a list that is reordered, shortened and added to is put together again', () => {
  const rows = fc.array(fc.record({ id: fc.string(), n: fc.integer(), text: fc.string() }), { maxLength: 20 });
  fc.assert(
    fc.property(rows, rows, fc.array(fc.nat(30), { maxLength: 30 }), (before, more, picks) => {
      const all = [...before, ...more];
      const after = picks.flatMap((pick) => (all[pick] === undefined ? [] : [all[pick]]));
      const result = changed(before, after);
      expect(result).toEqual(after);
      // What was there is the same object, so that a screen draws only what changed.
      for (const [index, row] of after.entries())
        if (before.includes(row)) expect((result as unknown[])[index]).toBe(row);
    }),
  );
});

test('nothing changed: no patch, though the lists are two', () => {
  const rows = [{ id: 'a' }, { id: 'b' }];
  expect(diffOf({ rows }, { rows: [...rows] })).toBeNull();
  expect(diffOf({ rows: [] }, { rows: [] })).toBeNull();
});

test('a new first row, one changed row and the same rest are told without the rest', () => {
  const rest = Array.from({ length: 500 }, (_, n) => ({ id: `r${n}`, text: 'x'.repeat(200), calls: n, failed: 0 }));
  const [first, ...others] = rest;
  const patch = diffOf(rest, [{ ...first, calls: 9 }, ...others]);
  expect(patch).toEqual({ from: [{ at: 0, patch: { in: { calls: { set: 9 } } } }, { keep: [1, 500] }] });
  expect(diffOf(rest, [{ id: 'new' }, ...rest])).toEqual({ from: [{ add: [{ id: 'new' }] }, { keep: [0, 500] }] });
});

test('a row that changed and so came first is told by its change', () => {
  const rows = Array.from({ length: 300 }, (_, n) => ({
    conversationId: `c${n}`,
    text: 'x'.repeat(200),
    calls: n,
    at: n,
  }));
  const moved = { ...rows[250], calls: 9, at: 999 };
  const after = [moved, ...rows.slice(0, 250), ...rows.slice(251)];
  expect(diffOf(rows, after)).toEqual({
    from: [
      { at: 250, patch: { in: { calls: { set: 9 }, at: { set: 999 } } } },
      { keep: [0, 250] },
      { keep: [251, 300] },
    ],
  });
});

test('rows of which some changed, in any order, lead from the one list to the other', () => {
  const row = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    n: fc.nat(2),
    deep: fc.array(fc.nat(3)),
  });
  const rows = fc.uniqueArray(row, { selector: ({ name }) => name, maxLength: 30 });
  fc.assert(
    fc.property(rows, rows, fc.array(fc.nat(60), { maxLength: 60 }), (before, more, picks) => {
      const all = [...before, ...more];
      const after = picks.flatMap((pick) => (all[pick] === undefined ? [] : [all[pick]]));
      expect(changed(before, after)).toEqual(after);
    }),
  );
});

describe('a change that does not fit is refused', () => {
  test.each([
    ['an object where a list is', [1], { in: {} }],
    ['a list where an object is', { a: 1 }, { from: [] }],
    ['elements that are not here', [1], { from: [{ keep: [0, 2] as const }] }],
    ['an element that is not here', [1], { from: [{ at: 1, patch: { set: 2 } }] }],
    ['elements from the end to the front', [1, 2], { from: [{ keep: [2, 1] as const }] }],
  ])('%s', (_, before, patch) => {
    expect(() => patched(before, patch)).toThrow(PatchError);
  });

  test('a list that a few bytes make a thousand times longer, again and again', () => {
    const twice = { from: Array.from({ length: 1000 }, () => ({ keep: [0, 1000] as const })) };
    expect(() =>
      patched(
        Array.from({ length: 1000 }, () => 0),
        twice,
      ),
    ).toThrow(PatchError);
  });
});
