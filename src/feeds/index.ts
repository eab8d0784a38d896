import type { Readable } from 'node:stream';
import type { Result } from '../core/checkpointer.ts';
import type { Feed, Ms, SourceUri } from '../core/events.ts';
import { httpFeed, type HttpOptions } from './http/index.ts';
import { resolveInterruption } from './http/resolve.ts';
import { jsonlFeed } from './jsonl/index.ts';
import { stdinFeed } from './jsonl/stdin.ts';
import { agentsightTokenFile } from './locate.ts';
import { parseSourceUri } from './source-uri.ts';
import { sqliteFeed } from './sqlite/sqlite-feed.ts';

/** What opening a source may need besides its name. */
export type SourceOptions = {
  /** `SourceHealth.cursor` of an earlier run of the same source, null for none. */
  readonly cursor?: string | null;
  /** What `-` reads; the process's standard input where it is left out. */
  readonly input?: Readable;
  readonly now?: () => Ms;
  /** Of HTTP sources: the file with their token, and the one with the authority that signed their certificate. */
  readonly http?: { readonly tokenFile: string | null; readonly caFile: string | null };
};

/** The feed that a source's URI names; nothing is touched before it is opened. */
export function openSource(text: string, options: SourceOptions = {}): Result<Feed> {
  const parsed = parseSourceUri(text);
  if (!parsed.ok) return parsed;
  const { uri, medium, path } = parsed.value;
  const { cursor = null, now = Date.now, input } = options;
  switch (medium) {
    case 'sqlite':
      return { ok: true, value: sqliteFeed({ path, uri, cursor, now }) };
    case 'jsonl':
    case 'logtail':
      return { ok: true, value: jsonlFeed({ path, format: medium, uri, cursor, now }) };
    case 'stdin':
      return { ok: true, value: stdinFeed({ input: input ?? process.stdin, now }) };
    case 'http':
      return { ok: true, value: httpFeed({ base: path, uri, cursor, now, ...httpAccess(options.http) }) };
  }
}

/**
 * Marks an interruption as resolved where the source offers that: only a server does. The caller has asked whether it
 * should be done.
 */
export async function resolveInSource(
  uri: SourceUri,
  interruptionId: string,
  { http }: Pick<SourceOptions, 'http'>,
  signal: AbortSignal,
): Promise<Result<null>> {
  const parsed = parseSourceUri(uri);
  if (!parsed.ok) return parsed;
  const { medium, path } = parsed.value;
  if (medium !== 'http') return { ok: false, reason: `${uri} is only read; resolve it with agentsight's own command` };
  return resolveInterruption({ base: path, ...httpAccess(http) }, interruptionId, signal);
}

function httpAccess(http: SourceOptions['http']): Pick<HttpOptions, 'token' | 'caFile'> {
  const value = process.env['SIGHTLINE_TOKEN'] || null;
  const token = { file: http?.tokenFile ?? null, value, ownFile: agentsightTokenFile };
  return { token, caFile: http?.caFile ?? null };
}
