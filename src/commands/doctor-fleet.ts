import type { Config } from '../config/config.ts';
import type { Ms } from '../core/units.ts';
import { duration } from '../wording/units.ts';
import { wordTwin } from '../wording/fleet.ts';
import type { Check } from './doctor.ts';
import { problemIn } from '../remote/nats/broker.ts';
import { openConfiguredFleet, operatorOf } from './tui/fleet.ts';

/** Clocks that differ by more are a warning, ms: times of that host are moved by it on the screen. */
const SKEW_MS: Ms = 2_000;

/** Checks the broker of a fleet as a console meets it: address, TLS, permissions, and the clock of each host. */
export async function fleetChecks(config: Pick<Config, 'nats'>): Promise<readonly Check[]> {
  const said: string[] = [];
  const fleet = await openConfiguredFleet(
    config,
    (line) => said.push(line),
    () => undefined,
  );
  fleet.commit();
  const connection = fleet.connection();
  const { hosts = [] } = fleet.store.getState().fleet ?? {};
  const name = `broker ${config.nats.url}`;
  const info = connection?.info;
  const checks: Check[] =
    info === undefined
      ? [{ name, state: 'failed', detail: problemIn(said.at(-1) ?? 'it does not answer') }]
      : [
          { name, state: 'ok', detail: `nats-server ${info.version}, ${info.tls_required ? 'TLS' : 'no TLS'}` },
          info.jetstream === true
            ? { name: `${name} JetStream`, state: 'ok', detail: 'events and hosts are kept' }
            : { name: `${name} JetStream`, state: 'failed', detail: 'off: start nats-server with JetStream (-js)' },
          ...said
            .filter((line) => /permission/iu.test(line))
            .map((line): Check => ({
              name: `${name} permissions`,
              state: 'failed',
              detail: `${problemIn(line)}; in subjects this console is ${operatorOf(config.nats)} (--nats-name)`,
            })),
          ...(hosts.length === 0
            ? [{ name: `${name} hosts`, state: 'warning' as const, detail: 'none is there: sightline headless --nats' }]
            : []),
        ];
  await fleet.close();
  return [
    ...checks,
    ...hosts
      .filter(({ twin }) => twin !== null)
      .map(({ name: host, twin }): Check => ({
        name: `host ${host} name`,
        state: 'failed',
        detail: wordTwin(twin?.refused ?? null),
      })),
    ...hosts.map(({ name: host, isUnseen, mode, skewMs, engine }): Check => {
      const clock =
        Math.abs(skewMs) <= SKEW_MS
          ? 'its clock agrees'
          : `its clock is ${duration(Math.abs(skewMs), '')} ${skewMs > 0 ? 'ahead' : 'behind'}: synchronize it`;
      return {
        name: `host ${host}`,
        state: isUnseen || Math.abs(skewMs) > SKEW_MS ? 'warning' : 'ok',
        detail: isUnseen ? 'unseen' : `${mode}, version ${engine?.version ?? 'unknown'}, ${clock}`,
      };
    }),
  ];
}
