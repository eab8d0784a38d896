/**
 * The difference between two moments of a view, as data that is small on a wire. The parts of a view keep their reference
 * while nothing in them changes (`EngineView`), so that comparing costs what changed and not what there is; a general
 * differ of JSON documents walks all of it at each frame.
 */

/**
 * - `set`: another value.
 * - `in`: an object, some keys of which changed or are `gone`.
 * - `from`: a list, put together from pieces of the former one and from new elements.
 */
export type Patch =
  | { readonly set: unknown }
  | { readonly in: Readonly<Record<string, Patch>>; readonly gone?: readonly string[] }
  | { readonly from: readonly Piece[] };

/** `keep`: the former list's elements from the first index up to the second one (excluded). `at`: one of them, changed. */
export type Piece =
  | { readonly keep: readonly [from: number, to: number] }
  | { readonly at: number; readonly patch: Patch }
  | { readonly add: readonly unknown[] };

type Dictionary = Readonly<Record<string, unknown>>;

function isDictionary(value: unknown): value is Dictionary {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The change that leads from one value to another; null where there is none. Of equal values with two references too. */
export function diffOf(before: unknown, after: unknown): Patch | null {
  if (Object.is(before, after)) return null;
  if (Array.isArray(before) && Array.isArray(after)) return diffOfLists(before, after);
  if (isDictionary(before) && isDictionary(after)) return diffOfObjects(before, after);
  return { set: after };
}

function diffOfObjects(before: Dictionary, after: Dictionary): Patch | null {
  const changed: [string, Patch][] = [];
  for (const [key, value] of Object.entries(after)) {
    const patch = Object.hasOwn(before, key) ? diffOf(before[key], value) : { set: value };
    if (patch !== null) changed.push([key, patch]);
  }
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (changed.length === 0 && gone.length === 0) return null;
  // `fromEntries` defines: a key `__proto__` is a key like any other.
  return { in: Object.fromEntries(changed), ...(gone.length > 0 && { gone }) };
}

function diffOfLists(before: readonly unknown[], after: readonly unknown[]): Patch | null {
  // Most lists of a new view are new, and hold what the former ones held.
  if (before.length === after.length && after.every((element, index) => Object.is(element, before[index]))) return null;
  const pieces: GrowingPiece[] = [];
  const indices = new Map(before.map((element, index) => [element, index]));
  for (const [index, element] of after.entries()) add(pieces, pieceOf(before, indices, index, element));
  const [first] = pieces;
  const isSame =
    after.length === before.length && (first === undefined || (pieces.length === 1 && isWhole(first, before)));
  return isSame ? null : { from: pieces };
}

/** Finds an element in the former list: the same one, or the one at its index if that is an object too. */
function pieceOf(
  before: readonly unknown[],
  indices: ReadonlyMap<unknown, number>,
  index: number,
  element: unknown,
): GrowingPiece {
  const former = Object.is(before[index], element) && index < before.length ? index : indices.get(element);
  if (former !== undefined) return { keep: [former, former + 1] };
  const there = before[index];
  if (isDictionary(there) && isDictionary(element)) {
    const patch = diffOfObjects(there, element);
    if (patch === null) return { keep: [index, index + 1] };
    if (isSmall(patch, element)) return { at: index, patch };
  }
  return { add: [element] };
}

/** Less than half of an object's keys changed: else the whole element is no larger and holds more. */
function isSmall(patch: Patch, element: Dictionary): boolean {
  return 'in' in patch && Object.keys(patch.in).length * 2 < Object.keys(element).length;
}

/** A piece that takes in those which continue it. */
type GrowingPiece =
  { keep: [from: number, to: number] } | { readonly at: number; readonly patch: Patch } | { readonly add: unknown[] };

/** Adds a piece to the others, joined with the last one where they continue each other. */
function add(pieces: GrowingPiece[], piece: GrowingPiece): void {
  const last = pieces.at(-1);
  if (last && 'keep' in last && 'keep' in piece && last.keep[1] === piece.keep[0]) last.keep[1] = piece.keep[1];
  else if (last && 'add' in last && 'add' in piece) last.add.push(...piece.add);
  else pieces.push(piece);
}

function isWhole(piece: Piece, before: readonly unknown[]): boolean {
  return 'keep' in piece && piece.keep[0] === 0 && piece.keep[1] === before.length;
}

/** Thrown by `patched`: the change was made of another value than the one that is here. */
export class PatchError extends Error {}

/**
 * The value after a change. What did not change keeps its reference. Throws `PatchError` where the change does not fit, or
 * asks for a list of more than `maxLength` elements (a few bytes could ask for any number).
 */
export function patched(before: unknown, patch: Patch, maxLength = MAX_LIST): unknown {
  if ('set' in patch) return patch.set;
  if ('in' in patch) {
    if (!isDictionary(before)) throw new PatchError('not an object');
    const gone = new Set(patch.gone);
    const kept = Object.entries(before).filter(([key]) => !gone.has(key));
    const changed = Object.entries(patch.in).map(([key, inner]) => {
      const value = Object.hasOwn(before, key) ? before[key] : undefined;
      return [key, patched(value, inner, maxLength)] as const;
    });
    return Object.fromEntries([...kept, ...changed]);
  }
  if (!Array.isArray(before)) throw new PatchError('not a list');
  const list: unknown[] = [];
  for (const piece of patch.from) {
    const elements = elementsOf(before, piece, maxLength);
    if (list.length + elements.length > maxLength) throw new PatchError('a list that is too long');
    for (const element of elements) list.push(element);
  }
  return list;
}

/** The longest list that a view holds, with room to spare: `limits.ts` bounds signals, calls and conversations below it. */
const MAX_LIST = 200_000;

function elementsOf(before: readonly unknown[], piece: Piece, maxLength: number): readonly unknown[] {
  if ('add' in piece) return piece.add;
  const [from, to] = 'keep' in piece ? piece.keep : [piece.at, piece.at + 1];
  if (from > to || to > before.length) throw new PatchError('elements that are not here');
  return 'keep' in piece ? before.slice(from, to) : [patched(before[from], piece.patch, maxLength)];
}
