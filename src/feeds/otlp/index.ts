import type { Server } from 'node:http';
import { errnoOf, fileReasonOf } from '../../core/errno.ts';
import type { Feed, FeedSink } from '../../core/feed.ts';
import type { SourceDetail, TelemetryDetail, TokenState } from '../../core/source-reasons.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { healthReport } from '../jsonl/health-report.ts';
import { unknownKinds } from '../unknown-kinds.ts';
import { isLoopback } from '../../core/address.ts';
import { listen } from './server.ts';
import { Telemetry, type TelemetryReport } from './telemetry.ts';
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

/** Listens for the telemetry of agents: OTLP over HTTP, as JSON. */
export function otlpFeed(options: OtlpOptions): Feed {
  return { uri: options.uri, medium: 'otlp', open: (sink, signal) => follow(options, sink, signal) };
}

async function follow(
  { host, port, uri, token, now = Date.now }: OtlpOptions,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<void> {
  const unknown = unknownKinds();
  const health = healthReport({
    uri,
    medium: 'otlp',
    sink,
    now,
    progressOf: () => {
      const kinds = unknown.list();
      return { cursor: null, lagMs: 0, ...(kinds.length > 0 && { unknownKinds: kinds }) };
    },
  });
  const report: TelemetryReport = {
    malformed: (count) => health.skip('malformed', { code: 'nameless_records', count }),
    unknown: unknown.count,
  };
  // What anybody sends pushes nothing out of what is remembered of senders with the token.
  const telemetry = { verified: new Telemetry(report), unverified: new Telemetry(report) };
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
          const events = telemetry[isVerified ? 'verified' : 'unverified'].take(body, isVerified);
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
