import { left } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import { covers } from '../../../core/reactor/silences/view.ts';
import { SILENCE_PRESETS, type SilenceForm } from './form.ts';

/** Describes the form that makes a silence. */
export function describeSilenceForm({
  scopes,
  scope,
  preset,
  ownDuration,
  reason,
  field,
  problem,
}: SilenceForm): string {
  const values = {
    scope: `${scopes[scope]?.label ?? ''}, choice ${scope + 1} of ${scopes.length}`,
    duration: SILENCE_PRESETS[preset]?.label ?? `own, ${ownDuration || 'nothing yet'}`,
    reason: reason || 'none',
  };
  const all = `silence ${values.scope}; duration ${values.duration}; reason ${values.reason}`;
  return `${problem === null ? '' : `${problem}; `}${all}; at ${field}; enter creates, escape cancels, tab goes on, left and right choose`;
}

/** Describes the selected silence. */
export function describeSilences(context: Context): string {
  const { silence } = context.selected;
  if (silence === null) return 'no silence is on; escape closes the list';
  const rows = context.shown.silences;
  const { matcher, endsAt, heldBack } = silence;
  return `silence ${rows.indexOf(silence) + 1} of ${rows.length}: ${covers(matcher)}, ${left(endsAt, context.view.now)} left, held back ${heldBack}; u ends it, plus extends it, escape closes the list`;
}
