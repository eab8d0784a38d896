import { type Explained, explainConfig, setAt } from '../config/config.ts';
import type { CommandValues, Flags } from '../config/options.ts';
import { EXIT } from './exit-codes.ts';
import { cleanJson, complain, printJson, printLines } from '../effects/terminal/output.ts';

/**
 * Prints the configuration as it was understood: a configuration file with every value and its origin as a comment, the
 * same without comments, rows of key, value and origin, or the schema of the file. Resolves to the exit code. Throws
 * ConfigError.
 */
export async function runConfig(flags: Flags, { json, schema, file }: CommandValues<'config'>): Promise<number> {
  if (schema) {
    const { fileJsonSchema } = await import('../config/file-schema.ts');
    return document(fileJsonSchema());
  }
  const { config, rows } = explainConfig(flags);
  for (const notice of config.notices) complain(notice);
  if (file) return document(fileContent(rows.filter(isSet)));
  if (json) return document(rows.map(({ name, value, origin }) => ({ name, value, origin })));
  printLines(commented(rows));
  return EXIT.done;
}

function document(value: unknown): number {
  printJson(value, { indent: 2 });
  return EXIT.done;
}

function isSet({ inFile, value }: Explained): boolean {
  return inFile && value !== null;
}

/** The content of a configuration file that gives the same values. */
function fileContent(rows: readonly Explained[]): unknown {
  const content: Record<string, unknown> = {};
  for (const { name, value } of rows) setAt(content, name, value);
  return content;
}

/** A part of the file: its keys with their rows, or with parts of it. */
type Part = Map<string, Part | Explained>;

// The file's reader allows comments, so that this can be pasted.
function commented(rows: readonly Explained[]): readonly string[] {
  const outside = rows.filter(({ inFile }) => !inFile);
  const top: Part = new Map();
  for (const row of rows) if (row.inFile) addRow(top, row);
  return [
    ...outside.map(({ name, value, origin }) => `// ${name} ${cleanJson(value)} (${origin}; not a key of the file)`),
    ...linesOf(top, ''),
  ];
}

function addRow(top: Part, row: Explained): void {
  const steps = row.name.split('.');
  const last = steps.pop() ?? row.name;
  let part = top;
  for (const step of steps) {
    const next = part.get(step);
    const inner: Part = next instanceof Map ? next : new Map();
    part.set(step, inner);
    part = inner;
  }
  part.set(last, row);
}

function linesOf(part: Part, indent: string): readonly string[] {
  const inner = `${indent}  `;
  const entries = [...part];
  const last = entries.findLastIndex(([, entry]) => entry instanceof Map || isSet(entry));
  const lines = entries.flatMap(([key, entry], index): readonly string[] => {
    const comma = index < last ? ',' : '';
    const name = JSON.stringify(key);
    if (!(entry instanceof Map)) {
      const comment = `// ${entry.origin}`;
      if (!isSet(entry)) return [`${inner}// ${name}: not set (${entry.origin})`];
      return [`${inner}${name}: ${cleanJson(entry.value)}${comma} ${comment}`];
    }
    const [open = '{', ...rest] = linesOf(entry, inner);
    return [`${inner}${name}: ${open}`, ...rest.slice(0, -1), `${inner}}${comma}`];
  });
  return ['{', ...lines, `${indent}}`];
}
