import type { Server } from 'node:http';
import { errnoOf, fileReasonOf } from '../../core/errno.ts';
import type { Feed, FeedSink } from '../../core/feed.ts';
import type { SourceDetail, TelemetryDetail, TokenState } from '../../core/source-reasons.ts';
import type { SourceUri, UnknownKind } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { healthReport } from '../jsonl/health-report.ts';
import { isLoopback, listen } from './server.ts';
import { Telemetry } from './telemetry.ts';
import { pause } from '../pause.ts';

export type OtlpOptions = {
  readonly host: string;
  readonly port: number;
  readonly uri: SourceUri;
  /** Reads the bearer token: a text, null where none is set, or why it cannot be used. */
  readonly token: () => Promise<string | null | NonNullable<TokenState['problem']>>;
  readonly now?: () => Ms;
};

/** Between two tries to listen, ms. */
const RETRY_MS = 5_000;
/** Kinds of records that are told apart; more are counted with none. */
const MAX_UNKNOWN_KINDS = 256;

/** Listens for the telemetry of agents: OTLP over HTTP, as JSON. */
export function otlpFeed(options: OtlpOptions): Feed {
  return { uri: options.uri, medium: 'otlp', open: (sink, signal) => follow(options, sink, signal) };
}

async function follow(
  { host, port, uri, token, now = Date.now }: OtlpOptions,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<void> {
  const unknown = new Map<string, { version: string | null; kind: string; count: number }>();
  const health = healthReport({
    uri,
    medium: 'otlp',
    sink,
    now,
    progressOf: () => {
      const unknownKinds: readonly UnknownKind[] = Array.from(unknown.values(), (one) => ({ ...one }));
      return { cursor: null, lagMs: 0, ...(unknownKinds.length > 0 && { unknownKinds }) };
    },
  });
  const telemetry = new Telemetry({
    malformed: (count) => health.skip('malformed', { code: 'nameless_records', count }),
    unknown: (kind, version) => {
      const key = `${version ?? ''}\n${kind}`;
      const known = unknown.get(key) ?? { version, kind, count: 0 };
      known.count += 1;
      if (unknown.size < MAX_UNKNOWN_KINDS || unknown.has(key)) unknown.set(key, known);
    },
  });
  let flushing: NodeJS.Timeout | null = null;
  const progress = (): void => {
    health.progress();
    const due = health.flushIn();
    if (due === null || flushing !== null) return;
    flushing = setTimeout(() => {
      flushing = null;
      health.flush();
    }, due);
  };
  while (!signal.aborted) {
    const secret = await token();
    const problem = problemWith(host, secret);
    if (problem !== null) health.change({ status: 'lost', detail: problem, retryAt: now() + RETRY_MS });
    else {
      const server = await tryListen({
        host,
        port,
        token: typeof secret === 'string' ? secret : null,
        onRefused: (why) => {
          health.skip('unsupported', { code: 'refused_request', why });
          progress();
        },
        onPost: ({ body, isVerified }) => {
          const events = telemetry.take(body, isVerified);
          if (events.length > 0) sink.events(events);
          progress();
        },
      });
      if ('code' in server) health.change({ status: 'lost', detail: server, retryAt: now() + RETRY_MS });
      else {
        health.change({
          status: 'ok',
          detail: listeningOn(server, typeof secret === 'string'),
          caughtUp: true,
          retryAt: null,
        });
        await pause(null, signal);
        server.closeAllConnections();
        server.close();
        break;
      }
    }
    await pause(RETRY_MS, signal);
  }
  if (flushing !== null) clearTimeout(flushing);
  health.flush();
}

function problemWith(host: string, secret: Awaited<ReturnType<OtlpOptions['token']>>): TelemetryDetail | null {
  if (typeof secret === 'object' && secret !== null) return { code: 'token_unusable', problem: secret };
  return secret !== null || isLoopback(host) ? null : { code: 'token_missing', host };
}

async function tryListen(options: Parameters<typeof listen>[0]): Promise<Server | TelemetryDetail> {
  try {
    return await listen(options);
  } catch (error) {
    const address = `${options.host}:${options.port}`;
    if (errnoOf(error) === 'EADDRINUSE') return { code: 'address_in_use', address };
    return { code: 'cannot_listen', address, why: fileReasonOf(error) };
  }
}

function listeningOn(server: Server, hasToken: boolean): SourceDetail {
  const address = server.address();
  const at = typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : '';
  return { code: 'listening', address: at, hasToken };
}
