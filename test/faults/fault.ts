import { readFileSync } from 'node:fs';

/** One kind of attack or failure against the built program or the real modules, tried again and again. */
export type Fault = {
  /** What is attempted, as the table prints it: "folder swapped for a link during a rollback". */
  readonly name: string;
  /** What this fault cannot be shown without; it is counted as skipped elsewhere. */
  readonly needs: readonly Need[];
  /** How often it is tried: in CI (all faults together stay within three minutes), and in `npm run faults`. */
  readonly tries: { readonly short: number; readonly full: number };
  /** Attempts it once, the `n`th time; resolves to null where the program held, else to what gave way. */
  readonly attempt: (n: number) => Promise<string | null>;
};

/** `root`: user id 0 with the capability to mount, which a container may lack. */
export type Need = 'linux' | 'root';

/** The result of one fault. */
export type Report = {
  readonly fault: Fault;
  readonly tried: number;
  /** One entry for each attempt that did not hold. */
  readonly broken: readonly string[];
  /** The need that this machine does not meet, or null. */
  readonly skipped: Need | null;
  readonly seconds: number;
};

/** Tries one fault `tries` times, in order, to the end even where an attempt did not hold. */
export async function tryFault(fault: Fault, tries: number): Promise<Report> {
  const startedAt = performance.now();
  const skipped = fault.needs.find((need) => !isMet(need)) ?? null;
  const broken: string[] = [];
  for (let n = 0; skipped === null && n < tries; n += 1) {
    const failure = await fault.attempt(n).catch((error: unknown) => `the attempt itself failed: ${String(error)}`);
    if (failure !== null) broken.push(`try ${n}: ${failure}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return { fault, tried: skipped === null ? tries : 0, broken, skipped, seconds };
}

function isMet(need: Need): boolean {
  switch (need) {
    case 'linux':
      return process.platform === 'linux';
    case 'root':
      return process.getuid?.() === 0 && (process.platform !== 'linux' || mayMount());
  }
}

const CAP_SYS_ADMIN = 21n;

function mayMount(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}
