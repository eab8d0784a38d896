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
  let changed: [string, Patch][] | null = null;
  const keys = Object.keys(after);
  for (const key of keys) {
    const value = after[key];
    const patch = Object.hasOwn(before, key) ? diffOf(before[key], value) : { set: value };
    if (patch !== null) (changed ??= []).push([key, patch]);
  }
  const former = Object.keys(before);
  // As many keys, and each of the new ones was there unless it is told: none is gone.
  const gone =
    changed === null && former.length === keys.length ? NONE : former.filter((key) => !Object.hasOwn(after, key));
  if (changed === null && gone.length === 0) return null;
  // `fromEntries` defines: a key `__proto__` is a key like any other.
  return { in: Object.fromEntries(changed ?? []), ...(gone.length > 0 && { gone }) };
}

const NONE: readonly string[] = [];

function diffOfLists(before: readonly unknown[], after: readonly unknown[]): Patch | null {
  const { kept, left } = walk(before, after);
  if (kept === null) return null;
  const pieces: GrowingPiece[] = [];
  let places: ReadonlyMap<unknown, number> | null = null;
  for (const [index, former] of kept.entries())
    if (former >= 0) add(pieces, { keep: [former, former + 1] });
    else add(pieces, pieceOf(before, (places ??= placesOf(before, left)), index, after[index]));
  const [first] = pieces;
  const isSame = after.length === before.length && pieces.length === 1 && first !== undefined && isWhole(first, before);
  return isSame ? null : { from: pieces };
}

/** The number of elements that are searched for the one at which two lists meet again. */
const AHEAD = 8;

/**
 * Walks two lists in step: of the new one, the index that each element had (-1: met on no way), and of the former one, the
 * indices that were passed over. Most lists of a new view hold what the former ones held, but for a row or two that
 * changed or moved; a map of all of them would cost more than everything else. `kept` is null where the lists are the same.
 */
function walk(
  before: readonly unknown[],
  after: readonly unknown[],
): { readonly kept: readonly number[] | null; readonly left: readonly number[] } {
  let kept: number[] | null = null;
  const left: number[] = [];
  let from = 0;
  for (let to = 0; to < after.length; to += 1) {
    if (from < before.length && Object.is(before[from], after[to])) {
      kept?.push(from);
      from += 1;
      continue;
    }
    kept ??= Array.from({ length: to }, (_, index) => index);
    const [passed, isNew] = meeting(before, from, after, to);
    for (const end = from + passed; from < end; from += 1) left.push(from);
    if (isNew) kept.push(-1);
    else to -= 1;
  }
  if (kept === null && from < before.length) kept = Array.from({ length: after.length }, (_, index) => index);
  for (; from < before.length; from += 1) left.push(from);
  return { kept, left };
}

/** The elements of the former list to pass over, and whether the one of the new list has to be told. */
function meeting(
  before: readonly unknown[],
  from: number,
  after: readonly unknown[],
  to: number,
): readonly [passed: number, isNew: boolean] {
  for (let ahead = 1; ahead <= AHEAD; ahead += 1) {
    if (from + ahead < before.length && Object.is(before[from + ahead], after[to])) return [ahead, false];
    if (to + ahead < after.length && Object.is(before[from], after[to + ahead])) return [0, true];
  }
  return [Math.min(1, before.length - from), true];
}

/** The indices of the elements that were passed over, by themselves and by what they are called. */
function placesOf(list: readonly unknown[], passed: readonly number[]): ReadonlyMap<unknown, number> {
  const places = new Map<unknown, number>();
  for (const index of passed) {
    const element = list[index];
    const name = nameOf(element);
    if (name !== null) places.set(name, index);
    places.set(element, index);
  }
  return places;
}

/** The fields that name a row of a view, the most particular first: a moved row is sent as its changes. */
const NAMES = ['callId', 'interruptionId', 'conversationId', 'name', 'path', 'at', 'seq'] as const;

function nameOf(element: unknown): string | null {
  if (!isDictionary(element)) return null;
  const key = NAMES.find((one) => Object.hasOwn(element, one));
  const name = key && element[key];
  return typeof name === 'string' || typeof name === 'number' ? `${key}:${name}` : null;
}

/** Finds an element among those passed over: the same one, one called the same, or the one at its index if both are objects. */
function pieceOf(
  before: readonly unknown[],
  places: ReadonlyMap<unknown, number>,
  index: number,
  element: unknown,
): GrowingPiece {
  const former = places.get(element);
  if (former !== undefined && Object.is(before[former], element)) return { keep: [former, former + 1] };
  const namesake = places.get(nameOf(element));
  const at = namesake ?? index;
  const there = before[at];
  if (isDictionary(there) && isDictionary(element)) {
    const patch = diffOfObjects(there, element);
    if (patch === null) return { keep: [at, at + 1] };
    if (namesake !== undefined || isSmall(patch, element)) return { at, patch };
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
