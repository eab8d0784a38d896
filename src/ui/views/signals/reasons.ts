import type { Signal } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import type { SignalRecord, Why } from '../../../core/reactor/types.ts';
import { configured, left, timeOfDay } from '../../render/values.ts';
import { wordDowngrade } from '../../../wording/fates.ts';

/** One thing that had a say in what became of a signal. */
export type Reason = { readonly name: string; readonly words: string };

/** Why a signal got its fate: the rule, the settings and the timers of that moment; what was not in force is left out. */
export function whyOf({ signal, why }: SignalRecord, now: Ms): readonly Reason[] {
  const found = why === undefined ? [{ name: 'settings', words: unknownWhy(signal) }] : decided(why, signal, now);
  const rule = signal.downgraded === null ? [] : [{ name: 'crash', words: wordDowngrade(signal.downgraded) }];
  return [...rule, ...found];
}

function unknownWhy({ historical }: Signal): string {
  return historical
    ? 'it was there when sightline attached: shown, never acted upon'
    : 'it was decided by an earlier version, which kept no settings';
}

function decided(why: Why, { type: signal }: Signal, now: Ms): readonly Reason[] {
  const { policy, mode, debounceMs, graceMs, trailing, queued } = why;
  const from = policy.rule === 'default' ? 'by default' : `by the rule of its ${policy.rule}, ${policy.from}`;
  const after = trailing ? 'and one more when the window closes' : 'and none when the window closes';
  return [
    { name: 'rule', words: `${signal} → ${policy.action}, ${from}` },
    {
      name: 'mode',
      words: `${mode} at ${timeOfDay(why.at, now)}, ${graceMs === 0 ? 'no countdown' : `a countdown of ${configured(graceMs)}`}`,
    },
    { name: 'debounce', words: `one checkpoint in ${configured(debounceMs)} ${after}` },
    ...timers(why, now),
    ...(queued > 0 ? [{ name: 'queue', words: `${queued} unsettled in this workspace, this one included` }] : []),
    ...(why.silenceId === null ? [] : [{ name: 'silence', words: `held back by ${why.silenceId}` }]),
  ];
}

function timers({ at, windowEndsAt, windowSnapshot, holdEndsAt, backoffEndsAt, failures, breakerOpen }: Why, now: Ms) {
  const then = (endsAt: Ms): string => `until ${timeOfDay(endsAt, now)}, ${left(endsAt, at)} then`;
  const reasons: Reason[] = [];
  if (windowEndsAt !== null) {
    const opened = windowSnapshot === null ? '' : `, opened by ${windowSnapshot}`;
    reasons.push({ name: 'window', words: `${then(windowEndsAt)}${opened}` });
  }
  if (holdEndsAt !== null) reasons.push({ name: 'hold', words: `announced, ${then(holdEndsAt)}` });
  if (backoffEndsAt !== null) reasons.push({ name: 'backoff', words: then(backoffEndsAt) });
  if (failures > 0) reasons.push({ name: 'failures', words: `${failures} in a row` });
  if (breakerOpen) reasons.push({ name: 'breaker', words: 'open: automatic checkpoints were stopped' });
  return reasons;
}
