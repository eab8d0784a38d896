import type { Result } from '../../../core/result.ts';
import type { Ms } from '../../../core/units.ts';
import { type Client, createClient } from './client.ts';
import { type TokenPlaces, type Tokens, tokensFrom } from './token.ts';
import { readHead } from '../../trust.ts';

/** Options for reaching a server. */
export type ServerOptions = {
  /** `http(s)://HOST:PORT` of `agentsight serve`, with a path where it stands behind one. */
  readonly base: string;
  readonly token?: TokenPlaces;
  /** PEM file of the authority that has signed the server's certificate; the usual ones where it is null. */
  readonly caFile?: string | null;
  /** Longest silence of the server, ms. */
  readonly silenceMs?: Ms;
};

export type Connection = { readonly client: Client; readonly tokens: Tokens };

const SILENCE_MS = 10_000;
/** Largest bundle of authorities, bytes; that of a distribution is a quarter of it. */
const MAX_CA_BYTES = 1024 * 1024;
const NO_TOKEN: TokenPlaces = { file: null, value: null, ownFile: null };

/** A client for a server, which is not asked yet; or what is wrong with the authority's file. */
export async function connect(options: ServerOptions): Promise<Result<Connection>> {
  const { base, token = NO_TOKEN, caFile = null, silenceMs = SILENCE_MS } = options;
  const authority = await readAuthority(caFile);
  if (!authority.ok) return authority;
  // agentsight's own token belongs to the agentsight of this machine, and to nobody else.
  const tokens = tokensFrom(isLoopback(base) ? token : { ...token, ownFile: null });
  return { ok: true, value: { tokens, client: createClient({ base, tokens, ca: authority.value, silenceMs }) } };
}

async function readAuthority(file: string | null): Promise<Result<string | null>> {
  if (file === null) return { ok: true, value: null };
  try {
    const ca = await readHead(file, MAX_CA_BYTES);
    if (ca.includes('-----BEGIN CERTIFICATE-----')) return { ok: true, value: ca };
    return { ok: false, reason: `the file ${file} holds no certificate (PEM); name another one with --ca-file` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { ok: false, reason: `the file ${file} cannot be read (${code}); name another one with --ca-file` };
  }
}

/** Returns true if the address leads to this machine, whatever its name service says. */
function isLoopback(base: string): boolean {
  const { hostname } = new URL(base);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(hostname);
}
