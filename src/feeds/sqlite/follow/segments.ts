import { MAX_CALLS, MAX_CALLS_PER_CONVERSATION } from '../../../core/limits.ts';

/** A row that was read last, and what never changes in it. */
export type Position = { readonly last: bigint; readonly anchor: string | null };

/** Rows after `last` up to `end`, still to be read. */
export type Segment = Position & {
  readonly end: bigint;
  readonly arrival: 'historical' | 'gap';
  /** True if no live event depends on it: it is read after all others. */
  readonly isFar: boolean;
};

/** Rows of the past that come first: as many calls as one conversation keeps. */
const RECENT_ROWS = BigInt(MAX_CALLS_PER_CONVERSATION);
/** With those that come next, as many as are kept whole: what is older is counted only. */
const KEPT_ROWS = BigInt(MAX_CALLS);

/**
 * Returns the segments to read after attaching: the past up to `pastEnd`, and what came since a run that `left` it somewhere. Newest
 * first means in parts, each in the order of ids: the newest rows (what a screen shows, and what a live failure may be
 * the fifth of), the gap, the other rows that are kept whole; then the rest, of a long gap too. Descending all the way
 * would be wrong: the windows of rule S4 follow from their first call, so that a past of more calls than are kept apart
 * must come in order.
 */
export function segmentsOf({ pastEnd, left, end, newestFirst }: PartsOf): readonly Segment[] {
  const before = (rows: bigint): bigint => (newestFirst && end > rows ? end - rows : 0n);
  const [recent, kept] = [before(RECENT_ROWS), before(KEPT_ROWS)];
  const past = { anchor: null, arrival: 'historical' as const, isFar: false };
  const gap = left === null ? [] : partsOfGap(left, kept, end);
  const segments: readonly Segment[] = [
    { ...past, last: recent, end: pastEnd },
    ...gap.filter(({ isFar }) => !isFar),
    { ...past, last: kept, end: lower(recent, pastEnd) },
    { ...past, last: 0n, end: lower(kept, pastEnd), isFar: true },
    ...gap.filter(({ isFar }) => isFar),
  ];
  return segments.filter((segment) => segment.end > segment.last);
}

/** Returns where to go on after a restart: before the first row of a gap that is not read yet, null where there is none. */
export function positionLeft(segments: readonly Segment[]): Position | null {
  const gaps = segments.filter(({ arrival }) => arrival === 'gap');
  return gaps.reduce<Position | null>((least, gap) => (least === null || gap.last < least.last ? gap : least), null);
}

/** Returns the gap after a known position. */
export function gapOf({ last, anchor }: Position, end: bigint): Segment {
  return { last, anchor, end, arrival: 'gap', isFar: false };
}

/** The segments with another gap, behind all but the rest of the past. */
export function withGap(segments: readonly Segment[], gap: Segment): Segment[] {
  return [...segments.filter(({ isFar }) => !isFar), gap, ...segments.filter(({ isFar }) => isFar)];
}

type PartsOf = {
  readonly pastEnd: bigint;
  readonly left: Position | null;
  readonly end: bigint;
  readonly newestFirst: boolean;
};

function partsOfGap(left: Position, kept: bigint, end: bigint): readonly Segment[] {
  if (left.last >= kept) return [gapOf(left, end)];
  return [gapOf({ last: kept, anchor: null }, end), { ...gapOf(left, kept), isFar: true }];
}

function lower(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
