import { isLoopback, parseListenAddress } from '../core/address.ts';
import type { Call } from '../core/calls.ts';
import type { Engine } from '../engine/types.ts';
import type { LogLevel } from '../effects/terminal/output.ts';
import type { MetricsServer } from '../metrics/server.ts';
import { wordListenCause } from '../wording/files.ts';

/** The metrics of a front end that follows the feed. */
export type MetricsEndpoint = {
  readonly hook: (hook: string, outcome: 'delivered' | 'failed' | 'dropped') => void;
  readonly call: (call: Call, previous: Call | null) => void;
  /** Counts what the engine emits, and serves it from now on. */
  readonly follow: (engine: Engine, queued: () => ReadonlyMap<string, number>) => Promise<void>;
  readonly close: () => void;
};

/**
 * Loads the metrics where an address is configured; null otherwise. An address that cannot be used is no reason to leave
 * the workspaces unguarded: it is reported.
 */
export async function openMetrics(
  address: string | null,
  talk: (text: string, level?: LogLevel) => void,
): Promise<MetricsEndpoint | null> {
  const listen = address === null ? null : parseListenAddress(address);
  if (listen === null) return null;
  const [{ createMetrics }, { serveMetrics }] = await Promise.all([
    import('../metrics/metrics.ts'),
    import('../metrics/server.ts'),
  ]);
  const metrics = createMetrics();
  let server: MetricsServer | null = null;
  let forget = (): void => undefined;
  return {
    call: metrics.call,
    hook: metrics.hook,
    follow: async (engine, queued) => {
      forget = engine.listen(metrics.event);
      const opened = await serveMetrics(listen, (format) => {
        engine.commit();
        return metrics.text(engine.store.getState(), queued(), format);
      });
      if (!opened.ok) return talk(`no metrics on ${address}: ${wordListenCause(opened.reason)}`, 'error');
      server = opened.value;
      talk(`metrics: http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${server.port}/metrics`);
      if (isLoopback(listen.host)) return;
      talk(
        `every client that can connect to ${address} can read the names of agents, models and workspaces`,
        'warning',
      );
    },
    close: () => {
      forget();
      server?.close();
    },
  };
}
