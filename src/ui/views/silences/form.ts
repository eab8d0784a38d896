import type { Matcher } from '../../../core/signals.ts';
import { HOUR_MS, MINUTE_MS, type Mono, type Ms } from '../../../core/units.ts';
import { EVENING, type Length, type ScopeForm, newForm } from '../../widgets/scope-form.ts';

/** Durations that the form and the palette offer; after them the form has the end of the day's work, and a typed one. */
export const SILENCE_PRESETS = [
  { label: '15 min', ms: 15 * MINUTE_MS },
  { label: '1 h', ms: HOUR_MS },
  { label: '4 h', ms: 4 * HOUR_MS },
] as const;

const LENGTHS: readonly Length[] = [
  ...SILENCE_PRESETS,
  { label: `until ${EVENING}:00`, isEvening: true },
  { label: 'other', isTyped: true },
];

/** A choice of what a silence covers. */
export type SilenceScope = { readonly label: string; readonly matcher: Matcher; readonly isWide?: true };

/** A hold that stood when the form was opened. */
export type SeenHold = { readonly workspace: string; readonly startedMono: Mono; readonly endsAt: Ms };

export type SilenceForm = ScopeForm<SilenceScope> & { readonly holds: readonly SeenHold[] };

/** Returns an empty form over the given scopes. */
export function newSilenceForm(scopes: readonly SilenceScope[], holds: readonly SeenHold[] = []): SilenceForm {
  return { ...newForm(scopes, LENGTHS), holds };
}
