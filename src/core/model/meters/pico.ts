/**
 * Picodollars that are added up, `pico` and `morePico` together: big integers cost ten times what numbers do, and each call is
 * counted in a dozen places.
 */
export type PicoSum = { pico: number; morePico: bigint };

/** Adds an amount, exactly. */
export function addPico(sum: PicoSum, amount: bigint): void {
  const one = Number(amount);
  const all = sum.pico + one;
  if (Number.isSafeInteger(one) && Number.isSafeInteger(all)) sum.pico = all;
  else {
    sum.morePico += BigInt(sum.pico) + amount;
    sum.pico = 0;
  }
}

/** Returns what was added up. */
export function picoOf({ pico, morePico }: Readonly<PicoSum>): bigint {
  return morePico + BigInt(pico);
}
