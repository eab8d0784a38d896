/** A count in at most five characters: 950, 1.2k, 41k, 1.2M. */
export function tokens(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  if (count < 999_500) return scaled(count / 1_000, 'k');
  if (count < 999_500_000) return scaled(count / 1e6, 'M');
  return count < 999.5e9 ? scaled(count / 1e9, 'G') : scaled(count / 1e12, 'T');
}

/** A sum of tokens or calls; marked where some of it is known by a summary alone. */
export function summed(count: number, summary: object | null): string {
  return summary === null ? tokens(count) : `~${tokens(count)}`;
}

/** A ratio (0…1) in whole percent, in at most five characters; null gives `unknown`. */
export function percent(ratio: number | null, unknown: string): string {
  if (ratio === null) return unknown;
  // A feed that counts cached tokens and input apart may claim more than the whole.
  return ratio >= 1.005 ? '>100%' : `${Math.round(ratio * 100)}%`;
}

/** `1 call`, `2 calls`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${tokens(count)} ${count === 1 ? one : many}`;
}

function scaled(value: number, unit: string): string {
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
}
