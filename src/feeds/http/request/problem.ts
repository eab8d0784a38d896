import type { Ms } from '../../../core/units.ts';

/** The ways in which a request fails. */
export type ProblemKind =
  | { readonly type: 'status'; readonly status: number; readonly retryAfterMs: Ms | null }
  | { readonly type: 'network'; readonly code: string }
  /** Neither root nor we serve there, but user `uid` (null: it cannot be determined): agentsight's own token was not sent. */
  | { readonly type: 'stranger'; readonly uid: number | null }
  | { readonly type: 'timeout' }
  /** Interim answers (1xx) without end. */
  | { readonly type: 'no answer' }
  | { readonly type: 'web page' }
  | { readonly type: 'no JSON' }
  | { readonly type: 'other JSON' }
  | { readonly type: 'cut' }
  | { readonly type: 'too large' };

/** A request that brought no answer that we can use. What the server said is not part of it: it is not ours to trust. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind) {
    super(kind.type === 'status' ? `HTTP ${kind.status}` : kind.type);
    this.kind = kind;
  }
}

/** Anything that was thrown while a request was made, as a problem. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new HttpProblem({ type: 'network', code });
}

/** Returns how long the server asks us to wait, null if it does not. `value` is the header, in seconds or as a date. */
export function retryAfterMs(value: string | undefined, now: Ms): Ms | null {
  if (value === undefined) return null;
  const ms = /^\d{1,9}$/u.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null;
}

const MAX_RETRY_AFTER_MS = 3_600_000;

/** Returns true if nothing listens there (as opposed to something that does not serve us). */
export function isNothingThere({ kind }: HttpProblem): boolean {
  return kind.type === 'network' && NOTHING_THERE.has(kind.code);
}

/** Returns true if the requested record was deleted. */
export function isGone({ kind }: HttpProblem): boolean {
  return kind.type === 'status' && kind.status === 404;
}

/** Returns true if a retry may help before the source is reported lost: overload, a restart, a network failure. */
export function isPassing({ kind }: HttpProblem): boolean {
  if (kind.type === 'status') {
    return (kind.status >= 500 || kind.status === 429) && (kind.retryAfterMs ?? 0) <= SHORT_RETRY_AFTER_MS;
  }
  return kind.type === 'timeout' || kind.type === 'cut' || (kind.type === 'network' && kind.code === 'ECONNRESET');
}

/** Returns true if the problem concerns this request only: other requests may succeed. */
export function isAboutTheAnswer({ kind }: HttpProblem): boolean {
  if (kind.type === 'status') return kind.status === 500 || kind.status === 400 || kind.status === 404;
  return kind.type !== 'network' && kind.type !== 'stranger';
}

const SHORT_RETRY_AFTER_MS = 10_000;
const NOTHING_THERE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Words a problem and its remedy. `place` is the server as the user named it. */
export function explain({ kind }: HttpProblem, place: string, token: TokenWords): string {
  switch (kind.type) {
    case 'status':
      return explainStatus(kind.status, place, token);
    case 'network':
      return explainNetwork(kind.code, place);
    case 'stranger':
      return explainStranger(kind.uid, place, token);
    case 'timeout':
      return `${place} does not answer in time; it is overloaded, or something on the way swallows the traffic`;
    case 'no answer':
      return `${place} announces an answer again and again (HTTP 1xx) and gives none; name the address of agentsight serve`;
    case 'web page':
      return `${place} answers with a web page instead of data; name the address of agentsight serve (0.5 or newer)`;
    case 'no JSON':
      return `${place} answers with something that is not JSON; name the address of agentsight serve`;
    case 'other JSON':
      return `${place} answers with JSON of an unknown shape; it is no agentsight, or one that sightline does not know yet`;
    case 'cut':
      return `an answer of ${place} broke off in the middle; asked again`;
    case 'too large':
      return `an answer of ${place} is too large to be read; read its databases instead (sqlite:DIR)`;
  }
}

/** The state of the token, without the token. */
export type TokenWords = {
  /** The origin of the current token (`the file /x`), null if there is none. */
  readonly from: string | null;
  /** The reason why a configured token cannot be used, null if it can. */
  readonly trouble: string | null;
};

const HOW_TO_GIVE =
  'give --token-file FILE or SIGHTLINE_TOKEN (agentsight keeps it as .dashboard_token in its storage folder)';

function explainStatus(status: number, place: string, token: TokenWords): string {
  if (status === 401) {
    if (token.trouble !== null) return `${place} wants a token, and ${token.trouble}`;
    if (token.from === null) return `${place} wants a token: ${HOW_TO_GIVE}`;
    return `${place} refuses the token from ${token.from}; agentsight may have a new one: ${HOW_TO_GIVE}`;
  }
  if (status === 403) {
    return `${place} forbids our requests (HTTP 403); ask it by a loopback name through ssh -L, or give it a token`;
  }
  if (status === 404) return `${place} has no such path (HTTP 404); name the address of agentsight serve`;
  if (status === 429) return `${place} asks for fewer requests (HTTP 429); sightline waits as it was told`;
  if (status === 503) return `${place} is busy or has no database (HTTP 503); look at agentsight's log`;
  if (status >= 500) return `${place} fails (HTTP ${status}); look at agentsight's log`;
  if (status >= 400) return `${place} does not understand our request (HTTP ${status}); update sightline or agentsight`;
  if (status < 200) {
    return `${place} switches to another protocol (HTTP ${status}) instead of answering; name the address of agentsight serve`;
  }
  if (status < 300) return `${place} answers without data (HTTP ${status}); name the address of agentsight serve`;
  return `${place} sends us elsewhere (HTTP ${status}); name the final address`;
}

function explainStranger(uid: number | null, place: string, token: TokenWords): string {
  const owner = uid === null ? 'its owner cannot be determined' : `it belongs to user ${uid}, not to root or to us`;
  const kept = `agentsight's own token${token.from === null ? '' : ` (${token.from})`} was not sent`;
  return `${place} asks for a token, but ${owner}: ${kept}; if this server may have it, give --token-file FILE`;
}

const CERTIFICATE = /CERT|ISSUER|SELF_SIGNED|UNABLE_TO_VERIFY|CRL/u;

function explainNetwork(code: string, place: string): string {
  if (code === 'ECONNREFUSED') return `nothing listens at ${place}; start agentsight serve there, or correct --source`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host of ${place} is not known; correct --source`;
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return `there is no way to ${place}; check the network`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${place} has expired; renew it there`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${place} is for another host; name the host as the certificate does`;
  }
  if (CERTIFICATE.test(code)) {
    return `the certificate of ${place} is not trusted (${code}); name its authority with --ca-file FILE`;
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `${place} does not speak TLS; say http:// instead`;
  if (code.startsWith('HPE_')) return `${place} does not answer in HTTP; is it https://, or another service?`;
  if (code === 'ECONNRESET') return `${place} broke the connection; agentsight may be restarting`;
  return `${place} cannot be reached (${code}); check agentsight serve and the network`;
}
