/** Names of sources, and their own accounts of themselves. */

import { parseListenAddress } from './address.ts';
import type { Result } from './result.ts';
import type { SkipDetail, SourceDetail, SourceUriProblem } from './source-reasons.ts';
import type { Ms } from './units.ts';
import { cleanLine } from './text.ts';

/** A source is named by its URI; `MEDIA` has the forms. */
export type SourceUri = string;

/** The naming of the sources of one medium. A `root` is a folder or file, several at commas, or nothing: the default. */
type Naming = {
  /** As help writes it. */
  readonly form: string;
  /** The text before the colon of a URI; none where the form is the whole name. */
  readonly schemes: readonly string[];
  /** The kind of the text behind it. */
  readonly rest: 'path' | 'root' | 'address' | 'listen' | 'nothing';
};

/**
 * THE table of media: the grammar of source URIs, help and completions derive from it. `feeds/index.ts` has the row of
 * each that opens it.
 */
export const MEDIA = {
  sqlite: { form: 'sqlite:DIR', schemes: ['sqlite'], rest: 'path' },
  jsonl: { form: 'jsonl:FILE', schemes: ['jsonl'], rest: 'path' },
  logtail: { form: 'logtail:FILE', schemes: ['logtail'], rest: 'path' },
  http: { form: 'http(s)://HOST:PORT', schemes: ['http', 'https'], rest: 'address' },
  claude: { form: 'claude:[DIR]', schemes: ['claude'], rest: 'root' },
  codex: { form: 'codex:[DIR]', schemes: ['codex'], rest: 'root' },
  gemini: { form: 'gemini:[DIR]', schemes: ['gemini'], rest: 'root' },
  opencode: { form: 'opencode:[PATH]', schemes: ['opencode'], rest: 'root' },
  qwen: { form: 'qwen:[DIR]', schemes: ['qwen'], rest: 'root' },
  otlp: { form: 'otlp:HOST:PORT', schemes: ['otlp'], rest: 'listen' },
  stdin: { form: '-', schemes: [], rest: 'nothing' },
} as const satisfies Readonly<Record<string, Naming>>;

export type Medium = keyof typeof MEDIA;

/** The media that are agents' own records. */
export type RecordMedium = { [M in Medium]: (typeof MEDIA)[M]['rest'] extends 'root' ? M : never }[Medium];

export const RECORD_MEDIUM_NAMES = (Object.keys(MEDIA) as readonly Medium[]).filter(isRecordMedium);

/** Returns true for a medium that is an agent's own records. */
export function isRecordMedium(medium: Medium): medium is RecordMedium {
  return MEDIA[medium].rest === 'root';
}

export const MEDIUM_NAMES = Object.keys(MEDIA) as readonly Medium[];

const NAMINGS = Object.entries(MEDIA) as readonly (readonly [Medium, Naming])[];
const BY_SCHEME: ReadonlyMap<string, readonly [Medium, Naming]> = new Map(
  NAMINGS.flatMap((entry) => entry[1].schemes.map((scheme) => [scheme, entry] as const)),
);

/** Returns the medium that the name of a source begins with; null where it is none of them. */
export function mediumOfUri(uri: SourceUri): Medium | null {
  return BY_SCHEME.get(uri.slice(0, Math.max(0, uri.indexOf(':'))))?.[0] ?? null;
}

/** Every form of a source's name, for help. */
export const SOURCE_FORMS: readonly string[] = NAMINGS.map(([, { form }]) => form);

/** The beginnings of sources' names, for completions: `sqlite:`, `http://`, `-`. */
export const SOURCE_BEGINNINGS: readonly string[] = NAMINGS.flatMap(([, { form, schemes, rest }]) =>
  rest === 'nothing' ? [form] : schemes.map((scheme) => `${scheme}:${rest === 'address' ? '//' : ''}`),
);

/** The position up to which a source was read. */
export type ReadPosition =
  /** The newest rows, by their numbers; at least one of the two is known. */
  | { readonly code: 'rows'; readonly call: string | null; readonly interruption: string | null }
  | { readonly code: 'byte'; readonly offset: number; readonly line: number }
  | { readonly code: 'time'; readonly at: Ms };

export type SkipReason = 'malformed' | 'oversized' | 'unsupported';

export type Skipped = Readonly<Record<SkipReason, number>>;

export const HEALTH_STATES = ['ok', 'degraded', 'lost', 'absent'] as const;

export type HealthState = (typeof HEALTH_STATES)[number];

/** A kind of record that a version of an agent writes and that is not understood. */
export type UnknownKind = { readonly version: string | null; readonly kind: string; readonly count: number };

/** Records that are left alone because they are old. */
export type OlderRecords = {
  /** Records written at this time or later are read. */
  readonly from: Ms;
  readonly files: number;
  readonly bytes: number;
  /** Files of them that wait to be read because they were asked for. */
  readonly reading: number;
};

/** A source's own account of itself. */
export type SourceHealth = {
  readonly uri: SourceUri;
  readonly medium: Medium;
  readonly status: HealthState;
  /** The problem, or what is being read. */
  readonly detail: SourceDetail;
  /** True once the source has reached its present end for the first time. */
  readonly caughtUp: boolean;
  /**
   * True once the newest of what was there is read, on which live news may depend, while the rest is still being read;
   * left out by sources that read what was there in one go.
   */
  readonly recentRead?: boolean;
  /** True once the source has ended for good (standard input). */
  readonly ended: boolean;
  /** Opaque text that continues this source after a restart; null where it cannot be continued. */
  readonly cursor: string | null;
  /** Age of the newest unread byte or row in ms, 0 when nothing waits, null when unknown. */
  readonly lagMs: number | null;
  readonly skipped: Skipped;
  /** The latest skip, null when none. */
  readonly lastSkip: SkipDetail | null;
  /** Kinds of records that are not understood, by the version that wrote them; left out where none were met. */
  readonly unknownKinds?: readonly UnknownKind[];
  /** The facts that records of this kind lack; left out where the feed has all of them. */
  readonly gaps?: readonly string[];
  /** The records that are left alone because they are old; null, and left out: none. */
  readonly older?: OlderRecords | null;
  /** Since when the present `status` holds. */
  readonly since: Ms;
  /** The time when a source that fails is asked again; null while it serves, left out where it is watched instead. */
  readonly retryAt?: Ms | null;
};

/** A source cannot be read: lost, or never there. */
export function isDark({ health }: { readonly health: Pick<SourceHealth, 'status'> }): boolean {
  return health.status === 'lost' || health.status === 'absent';
}

/**
 * A source taken apart. `location` is the path as it was written, the origin and path of an HTTP server, host and port to
 * listen on, or empty for standard input.
 */
export type Source = { readonly uri: SourceUri; readonly medium: Medium; readonly location: string };

/** The highest port of TCP. */
const MAX_PORT = 65_535;

/** The kind of file that a path names now; null where it names none, or nothing that can be followed. */
export type PathKind = 'folder' | 'file' | 'fifo' | null;

/**
 * The one grammar of what names a source. A bare path becomes the URI that it stands for: a folder (as `kindOf` sees
 * it, or because it ends in a slash) or a `.db` is agentsight's database, a `.jsonl` or a FIFO lines. Whether the
 * source can be read is the feed's business.
 */
export function parseSource(text: string, kindOf: (path: string) => PathKind): Result<Source, SourceUriProblem> {
  const whole = NAMINGS.find(([, { form, rest }]) => rest === 'nothing' && form === text);
  if (whole) return accept(text, whole[0], '');
  if (text.trim() === '' || text.includes('\0')) return refuse(text, null);
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/isu.exec(text) ?? [];
  if (scheme !== undefined) {
    const [medium, naming] = BY_SCHEME.get(scheme.toLowerCase()) ?? [];
    if (medium === undefined) return refuse(text, null);
    if (naming?.rest === 'root') return accept(`${medium}:${rest}`, medium, rest);
    if (naming?.rest === 'listen') return parseListen(text, medium, rest);
    return naming?.rest === 'address' ? parseAddress(text, medium) : parsePath(medium, rest);
  }
  const kind = kindOf(text);
  const medium = mediumOf(text, kind);
  return medium === null ? refuse(text, hintFor(text, kind)) : accept(`${medium}:${text}`, medium, text);
}

/**
 * Splits one text into several sources: at commas or white space that a new source follows, at commas alone where it is
 * a bare path.
 */
export function splitSources(text: string): readonly string[] {
  return text
    .trim()
    .split(BETWEEN_SOURCES)
    .map((part) => part.replace(/[,\s]+$/u, ''))
    .filter((part) => part !== '');
}

const BETWEEN_SOURCES = new RegExp(
  `[,\\s]+(?=${SOURCE_BEGINNINGS.map((beginning) => (beginning === '-' ? '-(?:[,\\s]|$)' : beginning)).join('|')})|,\\s*(?=~?/|\\.{1,2}/)`,
  'iu',
);

/** A path whose tilde no shell has replaced: that of `sqlite:~/…`, or one in a file. */
export function withHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}

/** Characters of a refused source that are quoted. */
const MAX_QUOTED = 80;

function accept(uri: SourceUri, medium: Medium, location: string): Result<Source, SourceUriProblem> {
  return { ok: true, value: { uri, medium, location } };
}

function refuse(text: string, hint: 'lines' | 'databases' | null): Result<Source, SourceUriProblem> {
  return { ok: false, reason: { code: 'no_source', text: cleanLine(text, MAX_QUOTED), hint } };
}

function parseAddress(text: string, medium: Medium): Result<Source, SourceUriProblem> {
  const port = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/iu.exec(text)?.[1];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= MAX_PORT)) {
    return { ok: false, reason: { code: 'bad_port', port: cleanLine(port, MAX_QUOTED), max: MAX_PORT } };
  }
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return refuse(text, null);
  const { username, password, search, hash, origin, pathname } = url;
  // The address is shown on the screen and kept in the state folder: no secret may be in it, and the refusal repeats none.
  if (username + password + search + hash !== '') {
    return { ok: false, reason: { code: 'credentials_in_address' } };
  }
  return accept(text, medium, origin + pathname.replace(/\/+$/u, ''));
}

// HOST:PORT, and [::1]:PORT; port 0 is any that is free.
function parseListen(text: string, medium: Medium, address: string): Result<Source, SourceUriProblem> {
  const parsed = parseListenAddress(address);
  if (parsed === null) return refuse(text, null);
  return accept(`${medium}:${address}`, medium, `${parsed.host}:${parsed.port}`);
}

function parsePath(medium: Medium, path: string): Result<Source, SourceUriProblem> {
  if (path === '') return { ok: false, reason: { code: 'no_path', medium } };
  return accept(`${medium}:${path}`, medium, path);
}

function mediumOf(path: string, kind: PathKind): 'sqlite' | 'jsonl' | null {
  if (kind === 'folder' || path.endsWith('/')) return 'sqlite';
  if (kind === 'fifo' || /\.(?:jsonl|ndjson)$/iu.test(path)) return 'jsonl';
  return /\.db$/iu.test(path) ? 'sqlite' : null;
}

function hintFor(path: string, kind: PathKind): 'lines' | 'databases' | null {
  if (kind === 'file' || /\.(?:json|log)$/iu.test(path)) return 'lines';
  return path.includes('/') ? 'databases' : null;
}
