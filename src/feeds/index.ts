import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Feed } from '../core/feed.ts';
import type { Result } from '../core/result.ts';
import { parseSource, withHome } from '../core/sources.ts';
import type { Ms } from '../core/units.ts';
import { httpFeed, type HttpOptions } from './http/index.ts';
import { jsonlFeed } from './jsonl/index.ts';
import { stdinFeed } from './jsonl/stdin.ts';
import { agentsightTokenFile } from './locate.ts';
import { sqliteFeed } from './sqlite/sqlite-feed.ts';

/** What opening a source may need besides its name. */
export type SourceOptions = {
  /** `SourceHealth.cursor` of an earlier run of the same source, null for none. */
  readonly cursor?: string | null;
  /** What `-` reads; the process's standard input where it is left out. */
  readonly input?: Readable;
  readonly now?: () => Ms;
  /** Read the newest of a long past before the rest of it, where the medium allows that. */
  readonly newestFirst?: boolean;
  /**
   * Of HTTP sources: the file with their token, the one with the authority that signed their certificate, and the longest
   * wait between two looks, ms.
   */
  readonly http?: {
    readonly tokenFile: string | null;
    readonly caFile: string | null;
    readonly intervalMs?: Ms | null;
  };
};

/** The feed that a source's URI names; nothing is touched before it is opened. */
export function openSource(text: string, options: SourceOptions = {}): Result<Feed> {
  const parsed = parseSource(text, unseen);
  if (!parsed.ok) return { ok: false, reason: `a source ${parsed.reason}` };
  const { uri, medium, place } = parsed.value;
  const path = resolve(withHome(place, homedir()));
  const { cursor = null, now = Date.now, newestFirst = false, input } = options;
  switch (medium) {
    case 'sqlite':
      return { ok: true, value: sqliteFeed({ path, uri, cursor, now, newestFirst }) };
    case 'jsonl':
    case 'logtail':
      return { ok: true, value: jsonlFeed({ path, format: medium, uri, cursor, now }) };
    case 'stdin':
      return { ok: true, value: stdinFeed({ input: input ?? process.stdin, now }) };
    case 'http':
      return { ok: true, value: httpFeed({ base: place, uri, cursor, now, newestFirst, ...httpAccess(options.http) }) };
  }
}

// The configuration has looked at what a bare path names; of what comes here without a scheme only the name is asked.
const unseen = (): null => null;

function httpAccess(http: SourceOptions['http']): Pick<HttpOptions, 'token' | 'caFile' | 'intervalMs'> {
  const value = process.env['SIGHTLINE_TOKEN'] || null;
  const token = { file: http?.tokenFile ?? null, value, ownFile: agentsightTokenFile };
  return { token, caFile: http?.caFile ?? null, intervalMs: http?.intervalMs ?? null };
}
