import { type Explained, explainConfig } from '../config/config.ts';
import type { CommandValues, Flags } from '../config/options.ts';

/**
 * Prints the configuration as it was understood: a table of keys, values and their origins, the same as JSON, a file
 * with every value in effect, or the schema of the file. Resolves to the exit code. Throws ConfigError.
 */
export async function runConfig(flags: Flags, { json, schema, file }: CommandValues<'config'>): Promise<number> {
  if (schema) {
    const { fileJsonSchema } = await import('../config/file-schema.ts');
    return print(JSON.stringify(fileJsonSchema(), null, 2));
  }
  const { config, rows } = explainConfig(flags);
  for (const notice of config.notices) process.stderr.write(`sightline: ${notice}\n`);
  if (file) return print(JSON.stringify(fileContent(rows), null, 2));
  return print(
    json
      ? JSON.stringify(
          rows.map(({ name, value, origin }) => ({ name, value, origin })),
          null,
          2,
        )
      : table(rows),
  );
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** The content of a configuration file that would give the same values; what has no value is left out. */
function fileContent(rows: readonly Explained[]): unknown {
  const content: Record<string, unknown> = {};
  for (const { name, value } of rows.filter((row) => row.inFile && row.value !== null)) {
    const steps = name.split('.');
    const last = steps.pop() ?? name;
    let part = content;
    for (const step of steps) part = (part[step] ??= {}) as Record<string, unknown>;
    part[last] = value;
  }
  return content;
}

function table(rows: readonly Explained[]): string {
  const texts = rows.map(({ name, value, origin }) => ({ name, value: JSON.stringify(value ?? null), origin }));
  const nameWidth = Math.max(...texts.map(({ name }) => name.length));
  const originWidth = Math.max(...texts.map(({ origin }) => origin.length));
  return texts
    .map(({ name, value, origin }) => `${name.padEnd(nameWidth)}  ${origin.padEnd(originWidth)}  ${value}`)
    .join('\n');
}
