import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { SourceUri } from '../core/events.ts';
import { type PathKind, parseSource as parse, withHome } from '../core/source.ts';
import { ConfigError } from './error.ts';

/** The URI of what names a source, a bare path included. Throws ConfigError. */
export function parseSource(text: string, name: string): SourceUri {
  const parsed = parse(text, kindOf);
  if (!parsed.ok) throw new ConfigError(`${name} ${parsed.reason}`);
  return parsed.value.uri;
}

/**
 * Several sources in one variable: separated by commas or white space that a new source follows, by commas alone where
 * it is a bare path.
 */
export function splitSources(text: string): readonly string[] {
  return text
    .trim()
    .split(/[,\s]+(?=(?:sqlite|jsonl|logtail):|https?:\/\/|-(?:[,\s]|$))|,\s*(?=~?\/|\.{1,2}\/)/i)
    .map((part) => part.replace(/[,\s]+$/, ''))
    .filter((part) => part !== '');
}

function kindOf(path: string): PathKind {
  try {
    const stats = statSync(withHome(path, homedir()));
    if (stats.isDirectory()) return 'folder';
    if (stats.isFIFO()) return 'fifo';
    return stats.isFile() ? 'file' : null;
  } catch {
    return null;
  }
}
