import { fileReasonOf } from '../../../core/errno.ts';
import type { Result } from '../../../core/result.ts';
import type { ServerProblem } from '../../../core/source-reasons.ts';
import type { Ms } from '../../../core/units.ts';
import { type Client, createClient } from './client.ts';
import { type TokenSources, type Tokens, tokensFrom } from './token.ts';
import { readHead } from '../../trust.ts';

/** Options for reaching a server. */
export type ServerOptions = {
  /** `http(s)://HOST:PORT` of `agentsight serve`, with a path where it stands behind one. */
  readonly base: string;
  readonly token?: TokenSources;
  /** PEM file of the authority that signed the server's certificate; null: the usual authorities. */
  readonly caFile?: string | null;
  /** Longest silence of the server, ms. */
  readonly silenceMs?: Ms;
};

export type Connection = { readonly client: Client; readonly tokens: Tokens };

const SILENCE_MS = 10_000;
/** Largest bundle of authorities, bytes; that of a distribution is a quarter of it. */
const MAX_CA_BYTES = 1024 * 1024;
const NO_TOKEN: TokenSources = { file: null, value: null, ownFile: null };

/** Creates a client for a server, which is not asked yet; or returns what is wrong with the authority's file. */
export async function connect(options: ServerOptions): Promise<Result<Connection, ServerProblem>> {
  const { base, token = NO_TOKEN, caFile = null, silenceMs = SILENCE_MS } = options;
  const authority = await readAuthority(caFile);
  if (!authority.ok) return authority;
  // agentsight's own token is for the agentsight of this machine only.
  const tokens = tokensFrom(isLoopback(base) ? token : { ...token, ownFile: null });
  return { ok: true, value: { tokens, client: createClient({ base, tokens, ca: authority.value, silenceMs }) } };
}

async function readAuthority(file: string | null): Promise<Result<string | null, ServerProblem>> {
  if (file === null) return { ok: true, value: null };
  try {
    const ca = await readHead(file, MAX_CA_BYTES);
    if (ca.includes('-----BEGIN CERTIFICATE-----')) return { ok: true, value: ca };
    return { ok: false, reason: { code: 'ca_file', path: file, why: { code: 'no_certificate' } } };
  } catch (error) {
    return { ok: false, reason: { code: 'ca_file', path: file, why: fileReasonOf(error) } };
  }
}

/** Returns true if the address is one of this machine without asking a name service. */
function isLoopback(base: string): boolean {
  const { hostname } = new URL(base);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(hostname);
}
