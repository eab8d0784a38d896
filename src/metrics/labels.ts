import { cleanLine } from '../core/text.ts';

/** The bucket of all values that found no place. */
const OTHER = 'other';
/** Longest value of a label, UTF-16 units: names come from the feed. */
const MAX_VALUE = 100;

/**
 * Returns a function that gives the label for a value: the first `max` values keep their own, all later ones are `other`.
 * A value that once has a place keeps it, so that no counter moves to another series. Values come from what agents write:
 * without a bound, one that calls itself differently in each call would fill Prometheus' memory, and ours.
 */
export function boundedLabel(max: number): (value: string | null) => string {
  const known = new Set<string>();
  return (value) => {
    const label = cleanLine(value ?? 'unknown', MAX_VALUE) || 'unknown';
    if (known.has(label)) return label;
    if (known.size >= max) return OTHER;
    known.add(label);
    return label;
  };
}
