import { type Explained, explainConfig, setAt } from '../config/config.ts';
import type { CommandValues, Flags } from '../config/options.ts';
import { EXIT } from '../core/exit-codes.ts';
import { complain, printJson, printLines } from '../effects/terminal/output.ts';

/**
 * Prints the configuration as it was understood: a table of keys, values and their origins, the same as JSON, a file
 * with every value in effect, or the schema of the file. Resolves to the exit code. Throws ConfigError.
 */
export async function runConfig(flags: Flags, { json, schema, file }: CommandValues<'config'>): Promise<number> {
  if (schema) {
    const { fileJsonSchema } = await import('../config/file-schema.ts');
    return document(fileJsonSchema());
  }
  const { config, rows } = explainConfig(flags);
  for (const notice of config.notices) complain(notice);
  if (file) return document(fileContent(rows));
  if (json) return document(rows.map(({ name, value, origin }) => ({ name, value, origin })));
  printLines(table(rows));
  return EXIT.done;
}

function document(value: unknown): number {
  printJson(value, { indent: 2 });
  return EXIT.done;
}

/** The content of a configuration file that would give the same values; what has no value is left out. */
function fileContent(rows: readonly Explained[]): unknown {
  const content: Record<string, unknown> = {};
  for (const { name, value } of rows.filter((row) => row.inFile && row.value !== null)) {
    setAt(content, name, value);
  }
  return content;
}

function table(rows: readonly Explained[]): readonly string[] {
  const texts = rows.map(({ name, value, origin }) => ({ name, value: JSON.stringify(value ?? null), origin }));
  const nameWidth = Math.max(...texts.map(({ name }) => name.length));
  const originWidth = Math.max(...texts.map(({ origin }) => origin.length));
  return texts.map(({ name, value, origin }) => `${name.padEnd(nameWidth)}  ${origin.padEnd(originWidth)}  ${value}`);
}
