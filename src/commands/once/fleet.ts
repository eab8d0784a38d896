import type { Config } from '../../config/config.ts';
import { systemClock } from '../../effects/clock.ts';
import { complain, flushOutput, print, printJson } from '../../effects/terminal/output.ts';
import type { EngineView, FleetHost } from '../../engine/types.ts';
import { age, count, counted } from '../../wording/units.ts';
import { isoTime } from '../iso-time.ts';
import { openLogger } from '../logger.ts';
import { openConfiguredFleet } from '../tui/fleet.ts';
import { type FigureSums, todayOf } from '../../core/model/meters/figures.ts';
import type { Money } from '../../core/model/meters/money.ts';
import { moneyCell } from '../../wording/money.ts';
import { type FailOn, isAlarming, moneyJson, onceDocument } from './document.ts';
import type { OnceState } from './schema.ts';

/** The hosts of a fleet as `once --nats --json` prints them. */
export function hostsJson(view: Pick<EngineView, 'fleet' | 'at'>): NonNullable<OnceState['hosts']> {
  return (view.fleet?.hosts ?? []).map((host) => ({
    host: host.name,
    mode: host.mode,
    version: host.engine?.version ?? null,
    run: host.engine?.run ?? null,
    heard_at: isoTime(host.heardAt),
    unseen: host.isUnseen,
    lag_ms: host.lagMs,
    clock_ahead_ms: host.skewMs,
    name_conflict: host.twin && {
      refused_pid: host.twin.refused?.pid ?? null,
      refused_run: host.twin.refused?.run ?? null,
    },
    agents: host.agents,
    conversations: host.conversations,
    in_trouble: host.trouble,
    waiting: host.waiting,
    ...figuresJson(host.figures && { ...host.figures, today: todayOf(host.figures, view.at) }, host.pricesDate),
  }));
}

function fleetJson({ fleet, model, pricesDate }: EngineView): OnceState['fleet'] {
  if (fleet === undefined) return undefined;
  const { hosts, more, sums } = fleet;
  const sum = (of: (host: FleetHost) => number): number => hosts.reduce((total, host) => total + of(host), 0);
  return {
    hosts: hosts.length + more,
    unseen: hosts.filter(({ isUnseen }) => isUnseen).length,
    not_followed: more,
    in_trouble: sum(({ trouble }) => trouble),
    waiting: sum(({ waiting }) => waiting),
    agents: model.fleet.agents,
    conversations: model.fleet.conversations,
    ...figuresJson(sums, pricesDate),
  };
}

function figuresJson(figures: FigureSums | null, pricesDate: string | null) {
  const cost = (money: Money | null | undefined) =>
    money === null || money === undefined ? null : moneyJson(money, pricesDate);
  return {
    cost_last_hour: cost(figures?.hour),
    cost_today: cost(figures?.today),
    cost: cost(figures?.total),
    tokens: figures && {
      input_tokens: figures.tokens.inputTokens,
      output_tokens: figures.tokens.outputTokens,
      cache_read_tokens: figures.tokens.cacheReadTokens,
      cache_creation_tokens: figures.tokens.cacheCreationTokens,
      prompt_tokens: figures.tokens.promptTokens,
    },
  };
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
  const state = onceDocument({ view, sourcesOf: () => [], since: null });
  const sums = fleetJson(view);
  const doc: OnceState = { ...state, hosts: hostsJson(view), ...(sums !== undefined && { fleet: sums }) };
  if (json) printJson(doc);
  else print(tableOf(view));
  await flushOutput();
  log.close();
  if (!(view.fleet?.hosts.some(({ isUnseen }) => !isUnseen) ?? false)) return 3;
  return doc.interruptions.some((interruption) => isAlarming(interruption, failOn)) ? 1 : 0;
}

function tableOf({ fleet, at }: EngineView): string {
  const hosts = fleet?.hosts ?? [];
  const width = Math.max(4, ...hosts.map(({ name }) => name.length));
  const spent = (today: Money | null): string => {
    const amount = moneyCell(today, '');
    return amount === '' ? '' : `, ${amount} today`;
  };
  const line = (host: FleetHost): string => {
    const acts = host.isUnseen ? `unseen, was ${host.mode}` : host.mode;
    const seen = host.isUnseen ? `, heard ${age(host.heardAt, systemClock.now(), '')} ago` : '';
    const twin = host.twin === null ? '' : '; two hosts have this name';
    return `${host.name.padEnd(width)}  ${acts}: ${counted(host.agents, 'agent')}, ${count(host.trouble)} in trouble, ${count(host.waiting)} waiting${spent(host.figures && todayOf(host.figures, at))}${seen}${twin}\n`;
  };
  const today = fleet === undefined ? '' : spent(fleet.sums.today);
  return `${counted(hosts.length, 'host')}${today}\n${hosts.map(line).join('')}`;
}
