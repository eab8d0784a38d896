import leven from 'leven';

/** The longest name that is compared: the distance takes time by the square of it. */
const MAX_WORD = 64;

/** Returns `; did you mean 'x'?` for the nearest of `known`, or an empty string where none is near. */
export function didYouMean(typed: string, known: readonly string[]): string {
  if (typed.length > MAX_WORD) return '';
  const ranked = known
    .map((candidate) => ({ candidate, distance: leven(typed.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, best.candidate.length * 0.4)
    ? `; did you mean '${best.candidate}'?`
    : '';
}
