/** List prices of models: a plain table, and what a call costs by it. Exact: whole picodollars (1e-12 of a dollar). */
import { type Ms, type Ns, msToNs, nsToMs } from './units.ts';
import { isFailed, promptTokens } from './model/meters/totals.ts';
import { PRICE_DAY_MS, PRICE_STEPS } from './past/past.ts';
import type { ModelWindow, Pricer } from './model/types.ts';

/** Which names a rule means. */
export type Match =
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly or: readonly Match[] }
  | { readonly and: readonly Match[] };

/** Picodollars a token; with tiers: of every token of a call whose prompt is larger than `start` tokens. */
export type Price = number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };

/** Prices from a day on (null: always); left out: not known, and the input's price for what is read or written. */
export type Prices = {
  readonly from: Ms | null;
  readonly input: Price;
  readonly output: Price;
  readonly read?: Price;
  /** Cache writes that are kept for 5 minutes, and for an hour. */
  readonly write?: Price;
  readonly write1h?: Price;
};

export type PricedModel = {
  readonly id: string;
  readonly match: Match;
  /** Tokens of its context; null where it is not known. */
  readonly window: number | null;
  /** The latest last; none where the configuration names a window alone. */
  readonly prices: readonly Prices[];
};

export type PricedProvider = {
  readonly id: string;
  /** The names of it, and the models that are its own; null: neither is told. */
  readonly provider: Match | null;
  readonly models: Match | null;
  readonly list: readonly PricedModel[];
};

export type PriceTable = {
  /** Its origin, and the day of that: `2026-09-23`. */
  readonly source: string;
  readonly date: string;
  readonly providers: readonly PricedProvider[];
};

type Known = { readonly priced: PricedModel | null; readonly window: ModelWindow | null };

const UNKNOWN: Known = { priced: null, window: null };

/** Models that are remembered; the feed names them, and may name any number. */
const MAX_KNOWN = 512;

/** Makes what prices calls by a table; `own` are models of the configuration: what they tell comes first. */
export function createPricer(table: PriceTable, own: readonly PricedModel[] = []): Pricer {
  // By provider, then by model: a text of both would be made for each call.
  const known = new Map<string | null, Map<string, Known>>();
  let count = 0;
  const find = (provider: string | null, model: string | null): Known => {
    if (model === null) return UNKNOWN;
    const found = known.get(provider)?.get(model);
    if (found !== undefined) return found;
    if (count >= MAX_KNOWN) {
      known.clear();
      count = 0;
    }
    const listed = findModel(table, provider, model);
    const stated = own.find(({ match }) => isMatch(match, model)) ?? null;
    const priced = stated === null || stated.prices.length === 0 ? listed : stated;
    const made = { priced, window: windowFrom(stated, true) ?? windowFrom(listed, false) };
    const ofProvider = known.get(provider) ?? new Map<string, Known>();
    known.set(provider, ofProvider.set(model, made));
    count += 1;
    return made;
  };
  return {
    date: table.date,
    costOf: (call) => {
      const { provider, model, usage, startNs } = call;
      // A call that is open, or that failed without an answer, is not billed.
      if (usage === null) return call.status === 'pending' || isFailed(call) ? undefined : null;
      const prices = pricesAt(find(provider, model).priced, startNs);
      if (prices === null) return null;
      const { outputTokens: output, cacheReadTokens, cacheCreationTokens, cacheCreation1hTokens = 0 } = usage;
      const prompt = promptTokens(provider, usage);
      const [read, created] = [cacheReadTokens ?? 0, cacheCreationTokens ?? 0];
      const fresh = Math.max(0, prompt - read - created);
      return total(prices, { fresh, read, created, created1h: cacheCreation1hTokens, output }, prompt);
    },
    costOfSums: ({ provider, model, day, over, sums, freshTokens: fresh, created1hTokens: created1h }) => {
      const found = find(provider, model).priced;
      const prices = pricesAt(found, msToNs(day * PRICE_DAY_MS));
      const later = pricesAt(found, msToNs((day + 1) * PRICE_DAY_MS - 1));
      if (prices === null || prices !== later || !hasKnownSteps(prices)) return null;
      const { cacheReadTokens: read, cacheCreationTokens: created, outputTokens: output } = sums;
      if (![fresh, read, created, created1h, output].every(Number.isSafeInteger)) return null;
      return total(prices, { fresh, read, created, created1h, output }, over + 1);
    },
    windowOf: (provider, model) => find(provider, model).window,
  };
}

function windowFrom(model: PricedModel | null, isStated: boolean): ModelWindow | null {
  const tokens = model?.window ?? null;
  return tokens === null ? null : { tokens, isStated };
}

type Tokens = Readonly<Record<'fresh' | 'read' | 'created' | 'created1h' | 'output', number>>;

// Whole numbers all along: a token of $0.075 a million is 75 000 picodollars. Big ones only where the sum is not exact without.
function total(prices: Prices, tokens: Tokens, prompt: number): bigint | null {
  const { input, read = input, write = input, write1h, output } = prices;
  const long = Math.min(tokens.created, tokens.created1h);
  if (long > 0 && write1h === undefined) return null;
  const created = tokens.created - long;
  const sum =
    counted(tokens.fresh) * priceOf(input, prompt) +
    counted(tokens.read) * priceOf(read, prompt) +
    counted(created) * priceOf(write, prompt) +
    counted(long) * priceOf(write1h ?? 0, prompt) +
    counted(tokens.output) * priceOf(output, prompt);
  if (sum <= Number.MAX_SAFE_INTEGER) return BigInt(sum);
  const times = (count: number, price: Price): bigint => BigInt(counted(count)) * BigInt(priceOf(price, prompt));
  const ofPrompt = times(tokens.fresh, input) + times(tokens.read, read) + times(created, write);
  return ofPrompt + times(long, write1h ?? 0) + times(tokens.output, output);
}

function counted(tokens: number): number {
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : 0;
}

function priceOf(price: Price, prompt: number): number {
  if (typeof price === 'number') return price;
  let each = price.base;
  for (const tier of price.tiers) if (prompt > tier.start) each = tier.price;
  return each;
}

function hasKnownSteps({ input, output, read = 0, write = 0, write1h = 0 }: Prices): boolean {
  const isKnown = ({ start }: { readonly start: number }): boolean => PRICE_STEPS.some((step) => step === start);
  return [input, output, read, write, write1h].every(
    (price) => typeof price === 'number' || price.tiers.every(isKnown),
  );
}

function pricesAt(model: PricedModel | null, startNs: Ns): Prices | null {
  if (model === null) return null;
  const { prices } = model;
  const [first] = prices;
  // Most models have one price, and a time in ms costs a big integer.
  if (prices.length === 1 && first?.from === null) return first;
  const at = nsToMs(startNs);
  return prices.findLast(({ from }) => from === null || from <= at) ?? null;
}

// The provider that is named, where it has the model; else the one whose own the model is: a gateway names itself.
function findModel({ providers }: PriceTable, provider: string | null, model: string): PricedModel | null {
  const name = provider?.toLowerCase() ?? null;
  const named = providers.filter((one) => name !== null && (one.id === name || isMatch(one.provider, name)));
  const owners = providers.filter((one) => isMatch(one.models, model));
  for (const { list } of [...named, ...owners]) {
    const found = list.find(({ match }) => isMatch(match, model));
    if (found !== undefined) return found;
  }
  return null;
}

function isMatch(match: Match | null, name: string): boolean {
  if (match === null) return false;
  const lower = name.toLowerCase();
  if ('equals' in match) return lower === match.equals.toLowerCase();
  if ('starts_with' in match) return lower.startsWith(match.starts_with.toLowerCase());
  if ('ends_with' in match) return lower.endsWith(match.ends_with.toLowerCase());
  if ('contains' in match) return lower.includes(match.contains.toLowerCase());
  if ('regex' in match) return new RegExp(match.regex, 'u').test(lower);
  return 'or' in match ? match.or.some((one) => isMatch(one, name)) : match.and.every((one) => isMatch(one, name));
}

const PICO_PER_CENT = 10_000_000_000n;
const PICO_PER_DOLLAR = 1_000_000_000_000n;

/** Writes picodollars as a decimal string of dollars, exactly: `0.4231`. */
export function dollarsOf(pico: bigint): string {
  const sign = pico < 0n ? '-' : '';
  const abs = pico < 0n ? -pico : pico;
  const rest = String(abs % PICO_PER_DOLLAR)
    .padStart(12, '0')
    .replace(/0+$/u, '');
  return `${sign}${abs / PICO_PER_DOLLAR}${rest === '' ? '' : `.${rest}`}`;
}

const PICO_DIGITS = 12;

/** Returns dollars as picodollars, by their decimal digits: 0.1 is a tenth here, not the nearest binary fraction. */
export function picoOfDollars(usd: number): bigint {
  return picoOfText(String(usd));
}

/** Returns dollars that `dollarsOf` wrote as picodollars. */
export function picoOfText(usd: string): bigint {
  const [whole = '0', rest = ''] = usd.split('.');
  return BigInt(whole + rest.slice(0, PICO_DIGITS).padEnd(PICO_DIGITS, '0'));
}

/** Rounds picodollars to whole cents, half up. */
export function centsOf(pico: bigint): number {
  return Number((pico + PICO_PER_CENT / 2n) / PICO_PER_CENT);
}
