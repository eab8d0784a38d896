import type { PricedModel } from '../core/prices.ts';

/** Prices of a model as the configuration file writes them: dollars a million tokens. */
export type WrittenPrice = {
  readonly input: number;
  readonly output: number;
  readonly cache_read?: number | undefined;
  readonly cache_write?: number | undefined;
  readonly cache_write_1h?: number | undefined;
};

const PICO_A_TOKEN = 1_000_000;

/** Turns the prices of the file into models of the table; each name means that model alone. */
export function pricesFrom(written: Readonly<Record<string, WrittenPrice>>): readonly PricedModel[] {
  const pico = (dollars: number): number => Math.round(dollars * PICO_A_TOKEN);
  return Object.entries(written).map(([id, { input, output, cache_read, cache_write, cache_write_1h }]) => ({
    id,
    match: { equals: id },
    window: null,
    prices: [
      {
        from: null,
        input: pico(input),
        output: pico(output),
        ...(cache_read !== undefined && { read: pico(cache_read) }),
        ...(cache_write !== undefined && { write: pico(cache_write) }),
        ...(cache_write_1h !== undefined && { write1h: pico(cache_write_1h) }),
      },
    ],
  }));
}

/** Writes prices as the file has them. */
export function pricesToFile(models: readonly PricedModel[]): Readonly<Record<string, WrittenPrice>> {
  const dollars = (price: unknown): number | undefined =>
    typeof price === 'number' ? price / PICO_A_TOKEN : undefined;
  return Object.fromEntries(
    models.map(({ id, prices: [one] }) => {
      const [read, write, write1h] = [dollars(one?.read), dollars(one?.write), dollars(one?.write1h)];
      const price: WrittenPrice = {
        input: dollars(one?.input) ?? 0,
        output: dollars(one?.output) ?? 0,
        ...(read !== undefined && { cache_read: read }),
        ...(write !== undefined && { cache_write: write }),
        ...(write1h !== undefined && { cache_write_1h: write1h }),
      };
      return [id, price];
    }),
  );
}
