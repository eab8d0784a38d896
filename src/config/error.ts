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

/** Why a file operation failed, in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'we may not read it',
    EPERM: 'we may not read it',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is no folder',
    ELOOP: 'its links go round in a circle',
  };
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}
