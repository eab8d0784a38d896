import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonlFeed, type JsonlOptions } from '../../src/feeds/jsonl/index.ts';
import { callLineOf } from './agentsight-lines.ts';
import { followFeed, type Followed } from './follow-feed.ts';
import { tempDir } from './temp-dir.ts';

/** Follows a file of calls until the test ends. */
export function followFile(path: string, options: Pick<JsonlOptions, 'pollMs' | 'cursor'> = {}): Followed {
  return followFeed(jsonlFeed({ path, format: 'jsonl', ...options }));
}

/** A new file with calls of these ids, a line each. */
export function fileWith(...ids: readonly string[]): string {
  const path = join(tempDir(), 'events.jsonl');
  append(path, ...ids);
  return path;
}

/** Writes calls of these ids at the end of a file. */
export function append(path: string, ...ids: readonly string[]): void {
  appendFileSync(path, linesOf(...ids));
}

/** Calls of these ids as lines, each with its line feed. */
export function linesOf(...ids: readonly string[]): string {
  return ids.map((id) => `${callLineOf({ id })}\n`).join('');
}
