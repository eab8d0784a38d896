import { Gauge, type Registry } from 'prom-client';
import { hourMoney, rowToday, workspaceMoney } from '../core/model/meters/money.ts';
import { quotasOf } from '../core/model/meters/quota.ts';
import type { EngineView } from '../engine/types.ts';
import { boundedLabel } from './labels.ts';

const PICO_PER_DOLLAR = 1e12;
/** Different values of each label; the rest is `other`. */
const MAX_AGENTS = 50;
const MAX_ACCOUNTS = 50;
const MAX_WINDOWS = 20;
const MAX_WORKSPACES = 100;
const MINUTES_PER_HOUR = 60;

/** Shows what agents spent in the last hour and today, and the limits of their plans, at each scrape. */
export function moneyGauges(registers: Registry[]): (view: EngineView) => void {
  const spent = new Gauge({
    name: 'sightline_spent_dollars',
    help: 'List price of the calls of an agent in the last 60 minutes (hour) and on the local day (today), as far as it is known.',
    labelNames: ['gen_ai_agent_name', 'span'],
    registers,
  });
  const inWorkspace = new Gauge({
    name: 'sightline_workspace_spent_dollars',
    help: 'The same of the calls of a workspace, and of all of them that are known (total).',
    labelNames: ['workspace', 'span'],
    registers,
  });
  const ofAccount = ['gen_ai_agent_name', 'account'] as const;
  const used = new Gauge({
    name: 'sightline_quota_used_ratio',
    help: "Used part of a plan's limit, as the records of the account tell it; none where they do not.",
    labelNames: [...ofAccount, 'window'],
    registers,
  });
  const resets = new Gauge({
    name: 'sightline_quota_reset_timestamp_seconds',
    help: 'Time at which that limit is reset.',
    labelNames: [...ofAccount, 'window'],
    registers,
  });
  const reached = new Gauge({
    name: 'sightline_quota_reached',
    help: "1 while a plan's limit is reached: no call of the account has succeeded since.",
    labelNames: ofAccount,
    registers,
  });
  const agentOf = boundedLabel(MAX_AGENTS);
  const accountOf = boundedLabel(MAX_ACCOUNTS);
  const windowOf = boundedLabel(MAX_WINDOWS);
  const workspaceOf = boundedLabel(MAX_WORKSPACES);
  return ({ model, workspaces, at }) => {
    for (const gauge of [spent, inWorkspace, used, resets, reached]) gauge.reset();
    for (const agent of model.agents) {
      const labels = { gen_ai_agent_name: agentOf(agent.name) };
      const spans = { hour: hourMoney(agent, at, false), today: rowToday(agent, at, false) };
      for (const [span, money] of Object.entries(spans)) {
        if (money === null || money.basis === 'unknown') continue;
        spent.inc({ ...labels, span }, Number(money.pico) / PICO_PER_DOLLAR);
      }
    }
    for (const { path, spent: all } of workspaces) {
      for (const [span, money] of Object.entries(workspaceMoney(all, at))) {
        if (money === null || money.basis === 'unknown') continue;
        inWorkspace.inc({ workspace: workspaceOf(path), span }, Number(money.pico) / PICO_PER_DOLLAR);
      }
    }
    for (const quota of quotasOf(model.conversations, at)) {
      const labels = { gen_ai_agent_name: agentOf(quota.agent), account: accountOf(quota.account ?? 'agentsight') };
      reached.set(labels, quota.reached === null ? 0 : 1);
      for (const window of quota.windows) {
        const minutes = window.windowMinutes;
        const name = windowOf(minutes === null ? window.name : `${minutes / MINUTES_PER_HOUR}h`);
        used.set({ ...labels, window: name }, window.usedPercent / 100);
        if (window.resetsAt !== null) resets.set({ ...labels, window: name }, window.resetsAt / 1_000);
      }
    }
  };
}
