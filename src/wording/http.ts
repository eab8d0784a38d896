/** Formats why a server does not serve us, and the remedy. */
import type { HttpFailure, ServerProblem, TokenOrigin, TokenState } from '../core/source-reasons.ts';
import { wordFileCause } from './files.ts';

const NAME_AGENTSIGHT = 'name the address of agentsight serve';
const GIVE_TOKEN =
  'give --token-file FILE or SIGHTLINE_TOKEN (agentsight keeps it as .dashboard_token in its storage folder)';

/** Formats a server's problem and its remedy. */
export function wordServerProblem(problem: ServerProblem): string {
  if (problem.code === 'ca_file') {
    const { why, path } = problem;
    const cause = why.code === 'no_certificate' ? 'it holds no certificate (PEM)' : wordFileCause(why);
    return `cannot use the CA file ${path}: ${cause}; name another one with --ca-file FILE`;
  }
  return wordFailure(problem);
}

function wordFailure({ server, failure, token }: Extract<ServerProblem, { code: 'http' }>): string {
  switch (failure.code) {
    case 'status':
      return wordStatus(failure.status, server, token);
    case 'network':
      return wordNetwork(failure.error, server);
    case 'stranger':
      return wordStranger(failure.uid, server, token);
    case 'timeout':
      return `${server} does not answer in time; check its load and the network`;
    case 'no_answer':
      return `${server} announces an answer again and again (HTTP 1xx) and gives none; ${NAME_AGENTSIGHT}`;
    case 'web_page':
      return `${server} answers with a web page instead of data; ${NAME_AGENTSIGHT} (0.5 or newer)`;
    case 'no_json':
      return `${server} answers with data that is not JSON; ${NAME_AGENTSIGHT}`;
    case 'other_json':
      return `${server} answers with JSON of an unknown shape; ${NAME_AGENTSIGHT}, or update sightline`;
    case 'cut':
      return `an answer of ${server} broke off in the middle`;
    case 'too_large':
      return `an answer of ${server} is too large; read its databases instead (sqlite:DIR)`;
  }
}

/** Formats a failure in short, as the reason of a skip. */
export function wordFailureShort(failure: HttpFailure): string {
  switch (failure.code) {
    case 'status':
      return `HTTP ${failure.status}`;
    case 'network':
      return failure.error;
    case 'stranger':
      return 'served by another user';
    case 'timeout':
      return 'timeout';
    case 'no_answer':
      return 'no answer';
    case 'web_page':
      return 'web page';
    case 'no_json':
      return 'no JSON';
    case 'other_json':
      return 'other JSON';
    case 'cut':
      return 'cut off';
    case 'too_large':
      return 'too large';
  }
}

function wordOrigin(origin: TokenOrigin): string {
  return origin.code === 'variable' ? 'SIGHTLINE_TOKEN' : `the file ${origin.path}`;
}

/** Formats why a configured token cannot be used. */
export function wordTokenProblem({ origin, why }: NonNullable<TokenState['problem']>): string {
  if (why.code === 'no_token') return `${wordOrigin(origin)} does not hold one`;
  return `${wordOrigin(origin)} cannot be read: ${wordFileCause(why)}`;
}

function wordStatus(status: number, server: string, token: TokenState): string {
  if (status === 401) {
    if (token.problem !== null)
      return `${server} requires a token, and ${wordTokenProblem(token.problem)}; ${GIVE_TOKEN}`;
    if (token.origin === null) return `${server} requires a token; ${GIVE_TOKEN}`;
    return `${server} refuses the token from ${wordOrigin(token.origin)}; agentsight may have a new one: ${GIVE_TOKEN}`;
  }
  if (status === 403) {
    return `${server} forbids our requests (HTTP 403); use a loopback address through ssh -L, or give it a token`;
  }
  if (status === 404) return `${server} has no such path (HTTP 404); ${NAME_AGENTSIGHT}`;
  if (status === 429) return `${server} limits our requests (HTTP 429); poll it less often with --interval SECONDS`;
  if (status === 503) return `${server} is busy or has no database (HTTP 503); check agentsight's log`;
  if (status >= 500) return `${server} fails (HTTP ${status}); check agentsight's log`;
  if (status >= 400)
    return `${server} does not understand our request (HTTP ${status}); update sightline or agentsight`;
  if (status < 200) {
    return `${server} switches to another protocol (HTTP ${status}) instead of answering; ${NAME_AGENTSIGHT}`;
  }
  if (status < 300) return `${server} answers without data (HTTP ${status}); ${NAME_AGENTSIGHT}`;
  return `${server} redirects us (HTTP ${status}); name the final address`;
}

function wordStranger(uid: number | null, server: string, { origin }: TokenState): string {
  const owner = uid === null ? 'its owner cannot be determined' : `it belongs to user ${uid}, not to root or to us`;
  const kept = `agentsight's own token${origin === null ? '' : ` (${wordOrigin(origin)})`} was not sent`;
  return `${server} asks for a token, but ${owner}: ${kept}; if this server may have it, give --token-file FILE`;
}

const CERTIFICATE = /CERT|ISSUER|SELF_SIGNED|UNABLE_TO_VERIFY|CRL/u;

function wordNetwork(error: string, server: string): string {
  if (error === 'ECONNREFUSED')
    return `nothing listens at ${server}; start agentsight serve there, or correct --source`;
  if (error === 'ENOTFOUND' || error === 'EAI_AGAIN') return `the host of ${server} is not known; correct --source`;
  if (error === 'EHOSTUNREACH' || error === 'ENETUNREACH') return `no route to ${server}; check the network`;
  if (error === 'CERT_HAS_EXPIRED') return `the certificate of ${server} has expired; renew it there`;
  if (error === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${server} is for another host; name the host as the certificate does`;
  }
  if (CERTIFICATE.test(error)) {
    return `the certificate of ${server} is not trusted (${error}); name its authority with --ca-file FILE`;
  }
  if (error === 'EPROTO' || error.startsWith('ERR_SSL')) return `${server} does not speak TLS; use http:// instead`;
  if (error.startsWith('HPE_')) return `${server} does not answer in HTTP; use https://, or correct --source`;
  if (error === 'ECONNRESET') return `${server} broke the connection; agentsight may be restarting`;
  return `${server} cannot be reached (${error}); check agentsight serve and the network`;
}
