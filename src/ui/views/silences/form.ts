import { withoutLast } from '../../widgets/text-input.ts';
import { cleanLine } from '../../../core/text.ts';
import type { Matcher } from '../../../core/signals.ts';
import type { Mono, Ms } from '../../../core/units.ts';
import { shortClock } from '../../render/values.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Durations that the form and the palette offer; after them the form has the end of the day's work, and a typed one. */
export const SILENCE_PRESETS = [
  { label: '15 min', ms: 15 * MINUTE_MS },
  { label: '1 h', ms: HOUR_MS },
  { label: '4 h', ms: 4 * HOUR_MS },
] as const;

/** The hour of the day at which work ends. */
const EVENING = 18;
/** A silence until the evening that is shorter lasts until the next one, ms. */
const SHORT_MS = 15 * MINUTE_MS;
/** Longest reason and longest typed duration, characters. */
const MAX_REASON = 200;
const MAX_DURATION = 12;
/** Longest silence, ms: every silence ends; a longer one belongs in the configuration file. */
const MAX_SILENCE_MS = 30 * 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FIELDS: readonly SilenceField[] = ['scope', 'duration', 'reason'];

export type FormAction =
  | { readonly type: 'field'; readonly by: 1 | -1 }
  /** Another scope. */
  | { readonly type: 'choice'; readonly by: 1 | -1 }
  /** Another duration. */
  | { readonly type: 'value'; readonly by: 1 | -1 }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'problem'; readonly problem: string };

/** Returns an empty form over the given scopes, from narrow to wide; one that is wide from the start is not chosen yet. */
export function newSilenceForm(scopes: readonly SilenceScope[], holds: readonly SeenHold[] = []): SilenceForm {
  const scope = scopes[0]?.isWide === true ? null : 0;
  return { scopes, scope, preset: 0, customDuration: '', reason: '', field: 'scope', problem: null, holds };
}

/** Returns the form after one action. */
export function changeForm(form: SilenceForm, action: FormAction): SilenceForm {
  switch (action.type) {
    case 'field': {
      const index = FIELDS.indexOf(form.field) + action.by + FIELDS.length;
      return { ...form, field: FIELDS[index % FIELDS.length] ?? 'scope', problem: null };
    }
    case 'choice':
      return { ...form, field: 'scope', scope: nextScope(form, action.by), problem: null };
    case 'value':
      return { ...form, preset: (form.preset + action.by + DURATIONS) % DURATIONS, problem: null };
    case 'text':
      return write(form, action.text);
    case 'erase':
      return erase(form);
    case 'problem':
      return { ...form, problem: action.problem };
  }
}

/** The presets, the evening, and a typed one. */
const DURATIONS = SILENCE_PRESETS.length + 2;
/** The indexes of the last two. */
const UNTIL_EVENING = SILENCE_PRESETS.length;
const OTHER = SILENCE_PRESETS.length + 1;

/** Returns the names of the durations, the typed one last. */
export function durationLabels(): readonly string[] {
  return [...SILENCE_PRESETS.map(({ label }) => label), `until ${EVENING}:00`, 'other'];
}

/** Returns true if the current field takes text: the reason, or a typed duration. */
export function takesText({ field, preset }: SilenceForm): boolean {
  return field === 'reason' || (field === 'duration' && preset === OTHER);
}

/** Returns true if the typed duration is the chosen one. */
export function isTyped({ preset }: SilenceForm): boolean {
  return preset === OTHER;
}

/** Returns the text of the current field. */
export function typedIn({ field, reason, customDuration }: SilenceForm): string {
  if (field === 'scope') return '';
  return field === 'reason' ? reason : customDuration;
}

/** Returns the silence that Enter creates at a moment, or the problem. */
export function silenceOf(
  form: SilenceForm,
  now: Ms,
): { readonly scope: SilenceScope; readonly durationMs: number; readonly reason: string | null } | string {
  const scope = form.scope === null ? undefined : form.scopes[form.scope];
  const durationMs = lengthOf(form, now);
  if (scope === undefined) return 'choose what: j and k';
  if (durationMs === null) return 'expected a duration such as 90s, 15m, 2h or 1d, at most 30d';
  const reason = form.reason.trim();
  return { scope, durationMs, reason: reason === '' ? null : reason };
}

/** Returns how long the silence would last from a moment on, ms; null for a typed duration that is none. */
export function lengthOf({ preset, customDuration }: SilenceForm, now: Ms): number | null {
  if (preset === UNTIL_EVENING) return untilEvening(now);
  return SILENCE_PRESETS[preset]?.ms ?? durationOf(customDuration);
}

/** Returns when the silence would end, as a time of day; null for a typed duration that is none. */
export function endOf(form: SilenceForm, now: Ms): string | null {
  const ms = lengthOf(form, now);
  return ms === null ? null : shortClock(now + ms);
}

function untilEvening(now: Ms): Ms {
  const end = new Date(now);
  end.setHours(EVENING, 0, 0, 0);
  if (end.getTime() - now < SHORT_MS) end.setDate(end.getDate() + 1);
  return end.getTime() - now;
}

/** Parses `90s`, `15m`, `1h30m` to ms; null if invalid or longer than 30 days. */
export function durationOf(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+)([smhd])/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
  const isWhole = parts.map(([part]) => part).join('') === text.trim();
  return isWhole && total > 0 && total <= MAX_SILENCE_MS ? total : null;
}

// From none the first step is to the nearest end.
function nextScope({ scope, scopes }: SilenceForm, by: 1 | -1): number {
  if (scope === null) return by === 1 ? 0 : scopes.length - 1;
  return (scope + by + scopes.length) % scopes.length;
}

// A digit typed over the presets starts a duration of one's own.
function write(form: SilenceForm, text: string): SilenceForm {
  const clean = cleanLine(text, MAX_REASON) || (/^ +$/.test(text) ? ' ' : '');
  if (form.field === 'reason') return { ...form, reason: (form.reason + clean).slice(0, MAX_REASON), problem: null };
  if (form.field !== 'duration') return form;
  if (form.preset !== OTHER && !/^\d/.test(clean)) return form;
  const customDuration = (form.customDuration + clean).slice(0, MAX_DURATION);
  return { ...form, preset: OTHER, customDuration, problem: null };
}

function erase(form: SilenceForm): SilenceForm {
  if (form.field === 'reason') return { ...form, reason: withoutLast(form.reason), problem: null };
  if (form.field === 'duration') return { ...form, customDuration: withoutLast(form.customDuration), problem: null };
  return form;
}

/** A choice of what a silence covers. `isWide`: every agent's; it is never chosen from the start. */
export type SilenceScope = { readonly label: string; readonly matcher: Matcher; readonly isWide?: true };

/** A hold that stood when the form was opened. */
export type SeenHold = { readonly workspace: string; readonly startedMono: Mono; readonly endsAt: Ms };

export type SilenceField = 'scope' | 'duration' | 'reason';

export type SilenceForm = {
  readonly scopes: readonly SilenceScope[];
  /** Index in `scopes`; null while none is chosen. */
  readonly scope: number | null;
  /** Index in the durations. */
  readonly preset: number;
  readonly customDuration: string;
  readonly reason: string;
  readonly field: SilenceField;
  /** The reason why Enter refused the form; null without a problem. */
  readonly problem: string | null;
  readonly holds: readonly SeenHold[];
};
