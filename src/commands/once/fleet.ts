import type { Config } from '../../config/config.ts';
import { systemClock } from '../../effects/clock.ts';
import { complain, flushOutput, print, printJson } from '../../effects/terminal/output.ts';
import type { EngineView, FleetHost } from '../../engine/types.ts';
import { age, count, counted } from '../../wording/units.ts';
import { isoTime } from '../iso-time.ts';
import { openLogger } from '../logger.ts';
import { openConfiguredFleet } from '../tui/fleet.ts';
import { type FailOn, isAlarming, onceDocument } from './document.ts';
import type { OnceState } from './schema.ts';

/** The hosts of a fleet as `once --nats --json` prints them. */
export function hostsJson(view: Pick<EngineView, 'fleet'>): NonNullable<OnceState['hosts']> {
  return (view.fleet?.hosts ?? []).map((host) => ({
    host: host.name,
    mode: host.mode,
    version: host.engine?.version ?? null,
    run: host.engine?.run ?? null,
    heard_at: isoTime(host.heardAt),
    unseen: host.isUnseen,
    lag_ms: host.lagMs,
    clock_ahead_ms: host.skewMs,
    agents: host.agents,
    conversations: host.conversations,
    in_trouble: host.trouble,
    waiting: host.waiting,
  }));
}

/** Prints what all hosts of a fleet are known to be right now; resolves to the exit code. */
export async function runOnceFleet(
  config: Config,
  { json, failOn }: { readonly json: boolean; readonly failOn: FailOn },
): Promise<number> {
  const log = openLogger(config.talk, complain);
  const fleet = await openConfiguredFleet(config, log.talk, () => undefined);
  fleet.commit();
  const view = fleet.store.getState();
  await fleet.close();
  const doc: OnceState = { ...onceDocument({ view, sourcesOf: () => [], since: null }), hosts: hostsJson(view) };
  if (json) printJson(doc);
  else print(tableOf(view));
  await flushOutput();
  log.close();
  if (!(view.fleet?.hosts.some(({ isUnseen }) => !isUnseen) ?? false)) return 3;
  return doc.interruptions.some((interruption) => isAlarming(interruption, failOn)) ? 1 : 0;
}

function tableOf({ fleet }: EngineView): string {
  const hosts = fleet?.hosts ?? [];
  const width = Math.max(4, ...hosts.map(({ name }) => name.length));
  const line = (host: FleetHost): string => {
    const acts = host.isUnseen ? `unseen, was ${host.mode}` : host.mode;
    const seen = host.isUnseen ? `, heard ${age(host.heardAt, systemClock.now(), '')} ago` : '';
    return `${host.name.padEnd(width)}  ${acts}: ${counted(host.agents, 'agent')}, ${count(host.trouble)} in trouble, ${count(host.waiting)} waiting${seen}\n`;
  };
  return `${counted(hosts.length, 'host')}\n${hosts.map(line).join('')}`;
}
