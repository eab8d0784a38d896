import type { Price, PricedModel, Prices } from '../core/prices.ts';

/** A model as the configuration file writes it: dollars a million tokens, or its context window alone. */
export type WrittenPrice = Amounts & {
  /** Tokens. */
  readonly context_window?: number | undefined;
  /** Prices of every token of a call whose prompt has more than `above` tokens, the smallest first. */
  readonly tiers?: readonly ({ readonly above: number } & Amounts)[] | undefined;
};

type Amounts = {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cache_read?: number | undefined;
  readonly cache_write?: number | undefined;
  readonly cache_write_1h?: number | undefined;
};

/** The names of the file for what a table calls otherwise. */
const NAMES = {
  input: 'input',
  output: 'output',
  cache_read: 'read',
  cache_write: 'write',
  cache_write_1h: 'write1h',
} as const satisfies Readonly<Record<keyof Amounts, keyof Prices>>;

const WRITTEN = Object.keys(NAMES) as readonly (keyof Amounts)[];
const PICO_A_TOKEN = 1_000_000;

/** Turns the prices of the file into models of the table; each name means that model alone. */
export function pricesFrom(written: Readonly<Record<string, WrittenPrice>>): readonly PricedModel[] {
  return Object.entries(written).map(([id, one]) => {
    const given = WRITTEN.flatMap((name) => {
      const price = priceFrom(one, name);
      return price === null ? [] : [[NAMES[name], price] as const];
    });
    const prices = { from: null, input: 0, output: 0, ...Object.fromEntries(given) };
    const window = one.context_window ?? null;
    return { id, match: { equals: id }, window, prices: given.length === 0 ? [] : [prices] };
  });
}

function priceFrom(one: WrittenPrice, name: keyof Amounts): Price | null {
  const pico = (dollars: number): number => Math.round(dollars * PICO_A_TOKEN);
  const base = one[name];
  const tiers = (one.tiers ?? []).flatMap(({ above, ...amounts }) => {
    const price = amounts[name];
    return price === undefined ? [] : [{ start: above, price: pico(price) }];
  });
  if (base === undefined) return null;
  return tiers.length === 0 ? pico(base) : { base: pico(base), tiers };
}

/** Writes prices as the file has them. */
export function pricesToFile(models: readonly PricedModel[]): Readonly<Record<string, WrittenPrice>> {
  return Object.fromEntries(
    models.map(({ id, window, prices: [one] }) => [
      id,
      { ...(one !== undefined && writtenPrice(one)), ...(window !== null && { context_window: window }) },
    ]),
  );
}

function writtenPrice(prices: Prices): WrittenPrice {
  const starts = WRITTEN.flatMap((name) => tiersOf(prices[NAMES[name]]).map(({ start }) => start));
  const tiers = [...new Set(starts)]
    .sort((a, b) => a - b)
    .map((above) => {
      const of = (price: Price | undefined): number | undefined =>
        tiersOf(price).find(({ start }) => start === above)?.price;
      return { above, ...amountsOf(prices, of) };
    });
  const base = amountsOf(prices, (price) => (typeof price === 'object' ? price.base : price));
  const { input = 0, output = 0 } = base;
  return { ...base, input, output, ...(tiers.length > 0 && { tiers }) };
}

function tiersOf(price: Price | undefined): readonly { readonly start: number; readonly price: number }[] {
  return typeof price === 'object' ? price.tiers : [];
}

function amountsOf(prices: Prices, of: (price: Price | undefined) => number | undefined): Amounts {
  return Object.fromEntries(
    WRITTEN.flatMap((name) => {
      const pico = of(prices[NAMES[name]]);
      return pico === undefined ? [] : [[name, pico / PICO_A_TOKEN]];
    }),
  );
}
