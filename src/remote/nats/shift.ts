/** Times of a host whose clock is another one, by our clock. */

/** The names of facts that are Unix ms; `…Ns` are Unix ns. */
const TIME = /^(?:at|since)$|At$/u;
const NS = /Ns$/u;
/** Unix ms begin here for us: smaller numbers are durations and counts. */
const FIRST_MS = 100_000_000_000;
const NS_PER_MS = 1_000_000n;

/** Returns a function that moves all times within a value by so many ms. */
export function shiftBy(ms: number): <T>(value: T) => T {
  if (ms === 0) return (value) => value;
  const ns = BigInt(Math.round(ms)) * NS_PER_MS;
  const shift = (value: unknown, key: string): unknown => {
    if (typeof value === 'number') return TIME.test(key) && value > FIRST_MS ? value + ms : value;
    if (typeof value === 'bigint') return NS.test(key) ? value + ns : value;
    if (Array.isArray(value)) return value.map((one) => shift(one, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shift(inner, name)]));
  };
  return (value) => shift(value, '') as typeof value;
}
