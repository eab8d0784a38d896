import { createHash } from 'node:crypto';

/** A stream of choices that depends on its seed and label alone. */
export type Random = {
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number;
  /** One of a list, which must not be empty. */
  readonly pick: <T>(list: readonly [T, ...T[]]) => T;
  /** Lower-case hexadecimal digits. */
  readonly hex: (digits: number) => string;
  readonly uuid: () => string;
};

/**
 * Choices for one label of a scenario. Every label has a stream of its own, so that playing a part alone gives the
 * same rows as playing it among the others.
 */
export function randomStream(seed: number, label: string): Random {
  let counter = 0;
  const block = (): Buffer => createHash('sha256').update(`${seed}/${label}/${counter++}`).digest();
  const int = (min: number, max: number): number => min + (block().readUInt32BE(0) % (max - min + 1));
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += block().toString('hex');
    return text.slice(0, digits);
  };
  return {
    int,
    hex,
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
}
