import type { Feed, FeedSink } from '../../core/feed.ts';
import type { Result } from '../../core/result.ts';
import type { ResolveProblem, ServerProblem } from '../../core/source-reasons.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { Mono, Ms } from '../../core/units.ts';
import { readContent } from './content.ts';
import { Follower } from './follower.ts';
import { type ServerOptions, connect } from './request/connect.ts';
import { HttpProblem, isGone } from './request/problem.ts';
import { monotonic } from '../monotonic.ts';
import { pause } from '../pause.ts';
import { searchServer } from './search.ts';

export type HttpOptions = ServerOptions & {
  /** The name of the source; default: the base. */
  readonly uri?: SourceUri;
  /** `SourceHealth.cursor` of an earlier run: what came since then is a gap. Null for none. */
  readonly cursor?: string | null;
  /** True if live events wait for the latest part of a long history only, false for all of it. */
  readonly newestFirst?: boolean;
  readonly now?: () => Ms;
  /** Monotonic time, ms: for every wait, whatever the wall clock is set to. */
  readonly mono?: () => Mono;
  /** Longest wait between two polls while nothing changes; null for the usual one. */
  readonly intervalMs?: Ms | null;
};

/** Follows agentsight over its HTTP interface by asking again and again: there is no push. */
export function httpFeed(options: HttpOptions): Feed {
  const uri = options.uri ?? options.base;
  return {
    uri,
    medium: 'http',
    open: (sink, signal) => openServer(uri, options, sink, signal),
    content: (record, call) => readContent(options, record, call),
    search: (search, signal) => searchServer(options, search, signal),
    resolve: (interruptionId, signal) => resolveInterruption(options, interruptionId, signal),
  };
}

async function openServer(uri: string, options: HttpOptions, sink: FeedSink, signal: AbortSignal): Promise<void> {
  const { cursor = null, newestFirst = false, now = Date.now, mono = monotonic, intervalMs = null } = options;
  const connected = await connect(options);
  if (!connected.ok) {
    reportProblem(uri, connected.reason, sink, now());
    return pause(null, signal);
  }
  const { client, tokens } = connected.value;
  try {
    await new Follower({ uri, client, tokens, cursor, newestFirst, now, mono, intervalMs }, sink).run(signal);
  } finally {
    client.close();
  }
}

function reportProblem(uri: string, detail: ServerProblem, sink: FeedSink, since: Ms): void {
  sink.health({
    uri,
    medium: 'http',
    status: 'lost',
    detail,
    caughtUp: false,
    ended: false,
    cursor: null,
    lagMs: null,
    skipped: { malformed: 0, oversized: 0, unsupported: 0 },
    lastSkip: null,
    since,
  });
}

const DEADLINE_MS = 10_000;

/**
 * Marks an interruption as resolved on the server. The server keeps that for all its users;
 * the caller has confirmed it.
 */
async function resolveInterruption(
  server: ServerOptions,
  interruptionId: string,
  signal: AbortSignal,
): Promise<Result<null, ResolveProblem>> {
  const connected = await connect(server);
  if (!connected.ok) return connected;
  const { client, tokens } = connected.value;
  try {
    await client.post(`/api/interruptions/${encodeURIComponent(interruptionId)}/resolve`, DEADLINE_MS, signal);
    return { ok: true, value: null };
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const { failure } = error;
    if (isGone(error)) return { ok: false, reason: { code: 'interruption_unknown', server: server.base } };
    return { ok: false, reason: { code: 'http', server: server.base, failure, token: tokens.state() } };
  } finally {
    client.close();
  }
}
