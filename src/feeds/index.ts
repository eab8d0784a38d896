import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Feed } from '../core/feed.ts';
import type { Result } from '../core/result.ts';
import {
  isRecordMedium,
  type Medium,
  parseSource,
  type ReadPosition,
  type RecordMedium,
  type Source,
  type SourceHealth,
  type SourceUri,
  withHome,
} from '../core/sources.ts';
import type { Ms } from '../core/units.ts';
import type { HttpOptions } from './http/index.ts';
import { positionOf as httpPosition } from './http/cache/cursor.ts';
import { positionOf as linesPosition } from './jsonl/cursor.ts';
import { agentsightTokenFile } from './locate.ts';
import { positionOf as sqlitePosition } from './sqlite/cursor.ts';
import { positionOf as recordsPosition } from './records/cursor.ts';
import type { RecordsAudit } from './records/index.ts';
import { RECORD_MEDIA, recordsEnv, ROOTS } from './records/locate.ts';
import type { AuditProblem, SourceUriProblem } from '../core/source-reasons.ts';

/** Options for opening a source. */
export type SourceOptions = {
  /** `SourceHealth.cursor` of an earlier run of the same source, null for none. */
  readonly cursor?: string | null;
  /** The stream behind `-`; default: standard input. */
  readonly input?: Readable;
  readonly now?: () => Ms;
  /** Read the newest of a long past before the rest of it, where the medium allows that. */
  readonly newestFirst?: boolean;
  /** Of agents' records: files that were last written before (Unix ms) are read when they change; null reads all. */
  readonly recordsSince?: Ms | null;
  /**
   * Of HTTP sources: the file with their token, the one with the authority that signed their certificate, and the longest
   * wait between two polls, ms. Of OTLP sources: the file with the token that senders have to give.
   */
  readonly http?: {
    readonly tokenFile: string | null;
    readonly caFile: string | null;
    readonly otlpTokenFile?: string | null;
    readonly intervalMs?: Ms | null;
  };
};

/** Makes the feed of a source; nothing is touched before it is opened. */
export type FeedOpener = (options?: SourceOptions) => Feed;

/** Loads what reads the source that a URI names: the code of a medium that nobody names is never compiled. */
export async function loadSource(text: string): Promise<Result<FeedOpener, SourceUriProblem>> {
  const parsed = parseSource(text, unseen);
  if (!parsed.ok) return parsed;
  const source = parsed.value;
  const open = await FEEDS[source.medium].load();
  return { ok: true, value: (options = {}) => open(source, options) };
}

/** Returns how far a source was read; null where it has no cursor. */
export function positionOf({ medium, cursor }: Pick<SourceHealth, 'medium' | 'cursor'>): ReadPosition | null {
  return FEEDS[medium].position(cursor);
}

/** Sorts feeds by what they know of a call: the database has what HTTP and the files leave out, or has it in better order. */
export function byRichness(a: Pick<Feed, 'medium'>, b: Pick<Feed, 'medium'>): number {
  return FEEDS[a.medium].richness - FEEDS[b.medium].richness;
}

/** The operations on sources of one medium. */
type FeedRow = {
  readonly load: () => Promise<(source: Source, options: SourceOptions) => Feed>;
  readonly position: (cursor: string | null) => ReadPosition | null;
  /** The order in which feeds that report the same call are asked for its content, lowest first. */
  readonly richness: number;
};

/** THE table of feeds: a row for each medium of core's grammar (`MEDIA`). */
const FEEDS: Readonly<Record<Medium, FeedRow>> = {
  sqlite: {
    load: async () => {
      const { sqliteFeed } = await import('./sqlite/sqlite-feed.ts');
      return ({ uri, location }, { cursor = null, now, newestFirst = false }) =>
        sqliteFeed({ path: pathOf(location), uri, cursor, newestFirst, ...(now && { now }) });
    },
    position: sqlitePosition,
    richness: 0,
  },
  http: {
    load: async () => {
      const { httpFeed } = await import('./http/index.ts');
      return ({ uri, location }, { cursor = null, now, newestFirst = false, http }) =>
        httpFeed({ base: location, uri, cursor, newestFirst, ...(now && { now }), ...httpAccess(http) });
    },
    position: httpPosition,
    richness: 1,
  },
  jsonl: linesRow('jsonl', 2),
  logtail: linesRow('logtail', 3),
  ...recordsRows(5),
  otlp: {
    load: async () => {
      const [{ otlpFeed }, { readToken }] = await Promise.all([
        import('./otlp/index.ts'),
        import('./http/request/token.ts'),
      ]);
      return ({ uri, location }, { http, now }) => {
        const colon = location.lastIndexOf(':');
        const [host, port] = [location.slice(0, colon), Number(location.slice(colon + 1))];
        return otlpFeed({ host, port, uri, token: () => readToken(http?.otlpTokenFile ?? null), ...(now && { now }) });
      };
    },
    position: () => null,
    richness: 6,
  },
  stdin: {
    load: async () => {
      const { stdinFeed } = await import('./jsonl/stdin.ts');
      return (_, { input = process.stdin, now }) => stdinFeed({ input, ...(now && { now }) });
    },
    position: () => null,
    richness: 4,
  },
};

function linesRow(format: 'jsonl' | 'logtail', richness: number): FeedRow {
  return {
    load: async () => {
      const { jsonlFeed } = await import('./jsonl/index.ts');
      return ({ uri, location }, { cursor = null, now }) =>
        jsonlFeed({ path: pathOf(location), format, uri, cursor, ...(now && { now }) });
    },
    position: linesPosition,
    richness,
  };
}

/** An audit of one source of an agent's own records. */
export type SourceAudit = RecordsAudit & {
  readonly uri: SourceUri;
  readonly medium: RecordMedium;
  readonly agent: string;
};

/**
 * Reads a source of an agent's own records to its end and compares our sums with the naive ones. `since`: files that were
 * last written before (Unix ms) are left out; null reads all.
 */
export async function auditSource(text: string, since: Ms | null): Promise<Result<SourceAudit, AuditProblem>> {
  const parsed = parseSource(text, unseen);
  if (!parsed.ok) return parsed;
  const { uri, medium, location } = parsed.value;
  if (!isRecordMedium(medium)) return { ok: false, reason: { code: 'no_records', uri } };
  const roots = rootsOf(medium, location);
  const [{ auditRecords }, { PROVIDERS }] = await Promise.all([
    import('./records/index.ts'),
    import('./records/registry.ts'),
  ]);
  const audit = await auditRecords({ medium, roots, uri, since }, new AbortController().signal);
  return { ok: true, value: { uri, medium, agent: PROVIDERS[medium].agent, ...audit } };
}

function recordsRows(richness: number): Readonly<Record<RecordMedium, FeedRow>> {
  const rows = RECORD_MEDIA.map((medium) => [medium, recordsRow(medium, richness)] as const);
  return Object.fromEntries(rows) as Record<RecordMedium, FeedRow>;
}

function recordsRow(medium: RecordMedium, richness: number): FeedRow {
  return {
    load: async () => {
      const { recordsFeed } = await import('./records/index.ts');
      return ({ uri, location }, { cursor = null, now, recordsSince = null, newestFirst = false }) =>
        recordsFeed({
          medium,
          roots: rootsOf(medium, location),
          uri,
          cursor,
          since: recordsSince,
          // A run that goes on for weeks.
          forgetAfterMs: newestFirst ? RECORDS_KEPT_MS : null,
          ...(now && { now }),
        });
    },
    position: recordsPosition,
    richness,
  };
}

/** A call of agents' records that ended so long ago is hardly reported again, ms. */
const RECORDS_KEPT_MS = 600_000;

/** The roots that a URI of records names: those at its commas, or the default ones. */
function rootsOf(medium: RecordMedium, location: string): readonly string[] {
  const named = location.split(',').map((root) => root.trim());
  const roots = named.filter((root) => root !== '');
  return (roots.length > 0 ? roots : ROOTS[medium](recordsEnv())).map(pathOf);
}

function pathOf(location: string): string {
  return resolve(withHome(location, homedir()));
}

// The configuration has resolved bare paths; of a source without a scheme only the name counts here.
const unseen = (): null => null;

function httpAccess(http: SourceOptions['http']): Pick<HttpOptions, 'token' | 'caFile' | 'intervalMs'> {
  const value = process.env['SIGHTLINE_TOKEN'] || null;
  const token = { file: http?.tokenFile ?? null, value, ownFile: agentsightTokenFile };
  return { token, caFile: http?.caFile ?? null, intervalMs: http?.intervalMs ?? null };
}
