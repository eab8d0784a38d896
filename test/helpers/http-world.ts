import type { Call } from '../../src/core/calls.ts';
import type { FactEvent } from '../../src/core/feed.ts';
import type { Interruption } from '../../src/core/interruptions.ts';
import { httpFeed, type HttpOptions } from '../../src/feeds/http/index.ts';
import { callLineOf } from './agentsight-lines.ts';
import type { AgentsightWriter, Fields } from './agentsight-writer.ts';
import { serveAgentsight, type TestServer } from './agentsight-server.ts';
import { followFeed, type Followed } from './follow-feed.ts';
import { startWriter } from './sqlite-world.ts';
import { tempDir } from './temp-dir.ts';

/** agentsight's databases, the process that writes them, its server, and a feed that has caught up. */
export type HttpWorld = {
  readonly folder: string;
  readonly writer: AgentsightWriter;
  readonly server: TestServer;
  readonly feed: Followed;
};

type WorldOptions = Parameters<typeof serveAgentsight>[1] & {
  /** Writes what is there before the feed opens. */
  readonly before?: (writer: AgentsightWriter) => Promise<unknown>;
  readonly feed?: Partial<HttpOptions>;
};

export async function httpWorld({ before, feed: options, ...server }: WorldOptions = {}): Promise<HttpWorld> {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await before?.(writer);
  const served = await serveAgentsight(folder, { version: 'new', ...server });
  const feed = followHttp(served.base, options);
  await feed.caughtUp();
  return { folder, writer, server: served, feed };
}

export function followHttp(base: string, options: Partial<HttpOptions> = {}): Followed {
  return followFeed(httpFeed({ base, silenceMs: 2_000, ...options }));
}

/** A finished call as agentsight writes it: its columns, and the event beside them. */
export function callFields(id: string, fields: Fields = {}, error: string | null = null): Fields {
  const status = Number(fields['status_code'] ?? 200);
  return { call_id: id, trace_id: id, event_json: callLineOf({ id, status, error }), ...fields };
}

/** What was said about one call row, oldest first. */
export function callsOf(
  events: readonly FactEvent[],
  record: number,
): readonly (Call & { readonly arrival: string })[] {
  return events.flatMap((event) =>
    event.type === 'call' && event.record === String(record) ? [{ ...event.call, arrival: event.arrival }] : [],
  );
}

export function interruptionsOf(
  events: readonly FactEvent[],
): readonly (Interruption & { readonly arrival: string; readonly record: string })[] {
  return events.flatMap((event) =>
    event.type === 'interruption' ? [{ ...event.interruption, arrival: event.arrival, record: event.record }] : [],
  );
}

/** Requests whose path begins so. */
export function countRequests(server: TestServer, path: string): number {
  return server.requests.filter((request) => request.startsWith(path)).length;
}
