import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Pricer } from '../core/model/types.ts';
import { type PricedModel, type PriceTable, createPricer } from '../core/prices.ts';

/** The table: beside this folder in the sources, beside the chunks in the built program; `npm run prices` writes it. */
const TABLE = fileURLToPath(new URL('../share/prices.json', import.meta.url));

let table: PriceTable | null = null;

/** Makes what prices calls by the shipped table, with models of the configuration before it. */
export function loadPricer(own: readonly PricedModel[] = []): Pricer {
  table ??= JSON.parse(readFileSync(TABLE, 'utf8')) as PriceTable;
  return createPricer(table, own);
}
