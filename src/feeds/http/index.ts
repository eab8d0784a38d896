import { readFile } from 'node:fs/promises';
import type { Feed, FeedSink, Ms, SourceUri } from '../../core/events.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { createClient } from './request/client.ts';
import { Follower } from './follower.ts';
import { isLoopback } from './request/loopback.ts';
import { tokensFrom, type TokenPlaces } from './request/token.ts';

export type HttpOptions = {
  /** `http(s)://HOST:PORT` of `agentsight serve`. */
  readonly base: string;
  /** How the source is named; the base where it is left out. */
  readonly uri?: SourceUri;
  readonly token?: TokenPlaces;
  /** PEM file of the authority that has signed the server's certificate; the usual ones where it is null. */
  readonly caFile?: string | null;
  /** `SourceHealth.cursor` of an earlier run: what came since then is a gap. Null for none. */
  readonly cursor?: string | null;
  readonly now?: () => Ms;
  /** Longest silence of the server, ms. */
  readonly silenceMs?: Ms;
};

const SILENCE_MS = 10_000;
const NO_TOKEN: TokenPlaces = { file: null, value: null, ownFile: null };

/** Follows agentsight over its HTTP interface by asking again and again: there is no push. */
export function httpFeed(options: HttpOptions): Feed {
  const uri = options.uri ?? options.base;
  return { uri, medium: 'http', open: (sink, signal) => openServer(uri, options, sink, signal) };
}

async function openServer(uri: string, options: HttpOptions, sink: FeedSink, signal: AbortSignal): Promise<void> {
  const { base, cursor = null, now = Date.now, silenceMs = SILENCE_MS } = options;
  const authority = await readAuthority(options.caFile ?? null);
  if ('trouble' in authority) {
    tellTrouble(uri, authority.trouble, sink, now());
    return untilAborted(signal);
  }
  const places = options.token ?? NO_TOKEN;
  // agentsight's own token belongs to the agentsight of this machine, and to nobody else.
  const tokens = tokensFrom(isLoopback(base) ? places : { ...places, ownFile: null });
  const client = createClient({ base, tokens, ca: authority.ca, silenceMs });
  try {
    await new Follower({ uri, client, tokens, cursor, now }, sink).run(signal);
  } finally {
    client.close();
  }
}

async function readAuthority(
  file: string | null,
): Promise<{ readonly ca: string | null } | { readonly trouble: string }> {
  if (file === null) return { ca: null };
  try {
    const ca = await readFile(file, 'utf8');
    if (ca.includes('-----BEGIN CERTIFICATE-----')) return { ca };
    return { trouble: `the file ${file} holds no certificate (PEM); name another one with --ca-file` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { trouble: `the file ${file} cannot be read (${code}); name another one with --ca-file` };
  }
}

function tellTrouble(uri: string, words: string, sink: FeedSink, since: Ms): void {
  sink.health({
    uri,
    medium: 'http',
    health: 'lost',
    detail: cleanLine(words, MAX_TEXT_LENGTH),
    caughtUp: false,
    ended: false,
    cursor: null,
    lagMs: null,
    skipped: { malformed: 0, oversized: 0, unsupported: 0 },
    lastSkip: null,
    since,
  });
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
