import { cleanLine } from '../core/text.ts';

/** Longest line of an error for people. */
const MAX_LINE = 600;

/**
 * A wrong flag, variable or configuration file. Exit code 2. The message names the problem and the remedy.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(...lines: readonly string[]) {
    super(lines.map((line) => cleanLine(line, MAX_LINE)).join('\n'));
  }
}

/** A value as it is quoted in an error. */
export function quote(value: unknown): string {
  return cleanLine(typeof value === 'string' ? `'${value}'` : described(value), 80);
}

// What a program that embeds us gives may be anything: a bigint and a circle have no JSON.
function described(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'bigint' ? `${value}n` : 'an object that is no plain data';
  }
}
