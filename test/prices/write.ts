/** Writes the table of prices from a package that keeps them: `npm run prices -- VERSION-DATE`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findProvider, type MatchLogic, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices';
import type { PricedModel, PricedProvider, Price, Prices, PriceTable } from '../../src/core/prices.ts';

/** Makers of models, and the clouds that the agents' records name. Resellers' prices are not the makers'. */
const PROVIDERS = [
  'anthropic',
  'openai',
  'google',
  'deepseek',
  'x-ai',
  'mistral',
  'moonshotai',
  'minimax',
  'zai',
  'zhipuai',
  'cohere',
  'aws',
  'azure',
] as const;
const PICO_PER_DOLLAR_A_MILLION = 1_000_000;
const OUTPUT = join(import.meta.dirname, '../../src/share/prices.json');

function pico(price: ModelPrice[string]): Price | undefined {
  if (price === undefined) return undefined;
  const each = (dollars: number): number => Math.round(dollars * PICO_PER_DOLLAR_A_MILLION);
  if (typeof price === 'number') return each(price);
  return { base: each(price.base), tiers: price.tiers.map(({ start, price: one }) => ({ start, price: each(one) })) };
}

function pricesOf(model: ModelPrice, from: string | null): Prices | null {
  const [input, output] = [pico(model['input_mtok']), pico(model['output_mtok'])];
  if (input === undefined || output === undefined) return null;
  const [read, write, write1h] = [
    pico(model['cache_read_mtok']),
    pico(model['cache_write_mtok']),
    pico(model['cache_write_1h_mtok']),
  ];
  return {
    from: from === null ? null : Date.parse(from),
    input,
    output,
    ...(read !== undefined && { read }),
    ...(write !== undefined && { write }),
    ...(write1h !== undefined && { write1h }),
  };
}

// What costs another price at night, or is billed by something else than tokens, has none here.
function modelOf({ id, match, context_window, prices }: ModelInfo): readonly PricedModel[] {
  const all = Array.isArray(prices) ? prices : [{ prices }];
  if (all.some(({ constraint }) => constraint?.type === 'time_of_date')) return [];
  const list = all.map(({ constraint, prices: one }) =>
    pricesOf(one, constraint?.type === 'start_date' ? constraint.start_date : null),
  );
  const known = list.filter((one) => one !== null).sort((a, b) => (a.from ?? -Infinity) - (b.from ?? -Infinity));
  return known.length === list.length
    ? [{ id, match: matchOf(match), window: context_window ?? null, prices: known }]
    : [];
}

function matchOf(match: MatchLogic): PricedModel['match'] {
  return match;
}

function providerOf(id: string): PricedProvider {
  const found = findProvider({ providerId: id });
  if (found?.id !== id) throw new Error(`no provider ${id}`);
  const { provider_match, model_match, models } = found;
  return { id, provider: provider_match ?? null, models: model_match ?? null, list: models.flatMap(modelOf) };
}

const date = process.argv[2];
if (date === undefined) throw new Error('give the day on which the package was published, as YYYY-MM-DD');
const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
const { version } = JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8')) as { version: string };
const table: PriceTable = {
  source: `@pydantic/genai-prices ${version}`,
  date,
  providers: PROVIDERS.map(providerOf),
};
const rows = table.providers.map((provider) => {
  const { list, ...head } = provider;
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},"list":[\n${list.map((model) => JSON.stringify(model)).join(',\n')}\n]}`;
});
const { source } = table;
writeFileSync(OUTPUT, `{"source":${JSON.stringify(source)},"date":"${date}","providers":[\n${rows.join(',\n')}\n]}\n`);
