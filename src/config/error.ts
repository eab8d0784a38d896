import { cleanLine } from '../core/text.ts';

/** Longest line of an error for people. */
const MAX_LINE = 600;

/**
 * What was asked for cannot be done: a wrong flag, variable or configuration file. Exit code 2. The message says what
 * is wrong and what to do about it.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(...lines: readonly string[]) {
    super(lines.map((line) => cleanLine(line, MAX_LINE)).join('\n'));
  }
}

/** A value as it is quoted in an error. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return cleanLine(text, 80);
}

/** Returns the code of a system error (`ENOENT`), or an empty string. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Words the reason why a file operation failed. */
export function fileProblem(error: unknown): string {
  const code = errnoOf(error);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
    ELOOP: 'its links form a circle',
  };
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}
