import { randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { loadTriage } from '../../src/commands/triage.ts';
import { type Clock, systemClock } from '../../src/effects/clock.ts';
import type { EngineName } from '../../src/engine/types.ts';
import { type FleetConsole, type FleetDeps, openFleet } from '../../src/remote/nats/console.ts';
import { type FleetHost, publishHost } from '../../src/remote/nats/host.ts';
import type { FleetHostDeps } from '../../src/remote/nats/host-deps.ts';
import { until } from './until.ts';
import { brokerAt } from './nats-server.ts';
import type { ScreenWorld } from './view.ts';

/** As the program counts what is wrong. */
export const triage = await loadTriage();

export const ENGINE: EngineName = { run: 'run-1', pid: 4711, user: 'root', version: '0.3.0', command: 'headless' };

/** The machine's clock, set by so many ms. */
export function clockAhead(ms: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + ms };
}

/** Publishes the engine of a world on a broker, and waits until that is known there. */
export async function hostOn(...args: Parameters<typeof publishedOn>): Promise<ReturnType<typeof publishedOn>> {
  const host = publishedOn(...args);
  const [, url, { host: token = 'build-07' } = {}] = args;
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const key = `$KV.sightline_hosts.${token}`;
  // The message itself must not be asked for: nats-server 2.9.10 crashes where a stream is just being made (`jsMsgGetRequest`).
  await until(async () => {
    const info = await manager.streams.info('KV_sightline_hosts', { subjects_filter: key }).catch(() => null);
    return info?.state.subjects?.[key] !== undefined;
  });
  await connection.close();
  return host;
}

/** The same at once, whether the broker is there or not; `said` collects what it logs. */
export function publishedOn(
  world: Pick<ScreenWorld, 'engine'>,
  url: string,
  { run = 'run-1', ...more }: Partial<FleetHostDeps> & { readonly run?: string } = {},
): FleetHost & { readonly said: string[] } {
  const said: string[] = [];
  const host = publishHost({
    engine: world.engine,
    name: { ...ENGINE, run },
    host: 'build-07',
    broker: brokerAt(url),
    content: false,
    clock: systemClock,
    triage,
    talk: (line) => said.push(line),
    ...more,
  });
  onTestFinished(host.close);
  return { ...host, said };
}

export type TestConsole = FleetConsole & { readonly said: string[]; readonly events: string[] };

/** Opens a console of the operator `ops`. */
export async function fleetConsole(url: string, more: Partial<FleetDeps> = {}): Promise<TestConsole> {
  const said: string[] = [];
  const events: string[] = [];
  const fleet = openFleet({
    broker: brokerAt(url),
    user: 'ops',
    version: '0.3.0',
    content: false,
    clock: systemClock,
    newId: randomUUID,
    triage,
    talk: (line) => said.push(line),
    event: (host, line) => events.push(`${host} ${line}`),
    ...more,
  });
  onTestFinished(fleet.close);
  await fleet.ready;
  return { ...fleet, said, events };
}

/** A connection of the test's own, and all that passes by on a broker. */
export async function listener(url: string): Promise<{ readonly connection: NatsConnection; readonly heard: Msg[] }> {
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  const heard: Msg[] = [];
  connection.subscribe('>', { callback: (_, message) => void heard.push(message) });
  await connection.flush();
  return { connection, heard };
}
