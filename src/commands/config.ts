import type { Explained } from '../config/explain.ts';
import type { Config } from '../core/config-type.ts';

type ExplainedConfig = { readonly config: Config; readonly rows: readonly Explained[] };

/** Prints the configuration as it was understood; returns the exit code. */
export function runConfig({ config, rows }: ExplainedConfig, { json }: { readonly json: boolean }): number {
  for (const notice of config.notices) process.stderr.write(`sightline: ${notice}\n`);
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
  return 0;
}

function table(rows: readonly Explained[]): string {
  const texts = rows.map(({ name, value, origin }) => ({ name, value: JSON.stringify(value ?? null), origin }));
  const nameWidth = Math.max(...texts.map(({ name }) => name.length));
  const originWidth = Math.max(...texts.map(({ origin }) => origin.length));
  return texts
    .map(({ name, value, origin }) => `${name.padEnd(nameWidth)}  ${origin.padEnd(originWidth)}  ${value}\n`)
    .join('');
}
