/** Amounts as people write them. */

/** `1 file`, `3 210 files` */
export function count(amount: number, noun: string): string {
  const digits = String(amount).replace(/\B(?=(?:\d{3})+$)/gu, '\u00a0');
  return `${digits} ${noun}${amount === 1 ? '' : 's'}`;
}

/** `2 kB`, `120 MB`, `1.5 GB` */
export function describeBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1_000)} kB`;
  return bytes < 1_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}
