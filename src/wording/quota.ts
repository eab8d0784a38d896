import type { AccountQuota } from '../core/model/meters/quota.ts';
import type { LimitReached, QuotaWindow } from '../core/sessions.ts';
import { MINUTE_MS, type Ms } from '../core/units.ts';
import { configured, percent, timeOfDay, timeToCome } from './units.ts';

const WEEK_MINUTES = 10_080;

/** Names the window of a limit by its length: `5 h`, `wk`; else as the agent does. */
export function windowName({ name, windowMinutes }: Pick<QuotaWindow, 'name' | 'windowMinutes'>): string {
  if (windowMinutes === WEEK_MINUTES) return 'wk';
  return windowMinutes === null ? name : configured(windowMinutes * MINUTE_MS);
}

/** Words how full a window is: `63 %, resets 16:20`. */
export function wordWindow({ usedPercent, resetsAt }: QuotaWindow, now: Ms): string {
  const resets = resetsAt === null ? '' : `, resets ${timeToCome(resetsAt, now)}`;
  return `${percent(Math.min(1, Math.max(0, usedPercent / 100)), '')}${resets}`;
}

/** Words that a limit was reached: `limit reached 14:02:10, resets 3pm (Europe/Berlin)`. */
export function wordReached({ at, resetsAt, resets }: LimitReached, now: Ms): string {
  return `limit reached ${timeOfDay(at, now)}${wordReset({ resetsAt, resets }, now)}`;
}

/** Words when a limit that was reached is reset: `, resets 3pm (Europe/Berlin)`; empty where that is not known. */
export function wordReset({ resetsAt, resets }: Pick<LimitReached, 'resetsAt' | 'resets'>, now: Ms): string {
  const when = resetsAt === null ? resets : timeToCome(resetsAt, now);
  return when === null ? '' : `, resets ${when}`;
}

/** Names an account among others: its agent, and where the agent has several, the folder of its records. */
export function accountName(
  { agent, account }: Pick<AccountQuota, 'agent' | 'account'>,
  all: readonly AccountQuota[],
): string {
  const isAlone = all.filter((one) => one.agent === agent).length < 2;
  return isAlone || account === null ? agent : `${agent} ${account.slice(account.indexOf(':') + 1)}`;
}
