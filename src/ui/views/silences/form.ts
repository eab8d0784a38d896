import { withoutLast } from '../../widgets/text-input.ts';
import { cleanLine } from '../../../core/text.ts';
import type { Matcher } from '../../../core/signals.ts';

/** Durations that the form offers; the choice after them is a typed one. */
export const SILENCE_PRESETS = [
  { label: '15m', ms: 900_000 },
  { label: '1h', ms: 3_600_000 },
  { label: '4h', ms: 14_400_000 },
] as const;

/** Longest reason and longest typed duration, characters. */
const MAX_REASON = 200;
const MAX_DURATION = 12;
/** Longest silence, ms: every silence ends; a longer one belongs in the configuration file. */
const MAX_SILENCE_MS = 30 * 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FIELDS: readonly SilenceField[] = ['scope', 'duration', 'reason'];

export type FormAction =
  | { readonly type: 'field'; readonly by: 1 | -1 }
  | { readonly type: 'choice'; readonly by: 1 | -1 }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'problem'; readonly problem: string };

/** Returns an empty form over the given scopes; `scopes` is not empty. */
export function newSilenceForm(scopes: readonly SilenceScope[]): SilenceForm {
  return { scopes, scope: 0, preset: 0, customDuration: '', reason: '', field: 'scope', problem: null };
}

/** Returns the form after one action. */
export function changeForm(form: SilenceForm, action: FormAction): SilenceForm {
  switch (action.type) {
    case 'field': {
      const index = FIELDS.indexOf(form.field) + action.by + FIELDS.length;
      return { ...form, field: FIELDS[index % FIELDS.length] ?? 'scope', problem: null };
    }
    case 'choice':
      return choose(form, action.by);
    case 'text':
      return write(form, action.text);
    case 'erase':
      return erase(form);
    case 'problem':
      return { ...form, problem: action.problem };
  }
}

/** Returns true if the current field takes text: the reason, or a custom duration. */
export function takesText({ field, preset }: SilenceForm): boolean {
  return field === 'reason' || (field === 'duration' && preset === SILENCE_PRESETS.length);
}

/** Returns the text of the current field. */
export function typedIn({ field, reason, customDuration }: SilenceForm): string {
  if (field === 'scope') return '';
  return field === 'reason' ? reason : customDuration;
}

/** Returns the number of choices of the current field. */
export function choicesOf({ field, scopes }: SilenceForm): number {
  if (field === 'scope') return scopes.length;
  return field === 'duration' ? SILENCE_PRESETS.length + 1 : 0;
}

/** Returns the silence that Enter creates, or the problem. */
export function silenceOf(
  form: SilenceForm,
): { readonly scope: SilenceScope; readonly durationMs: number; readonly reason: string | null } | string {
  const scope = form.scopes[form.scope];
  const durationMs = SILENCE_PRESETS[form.preset]?.ms ?? durationOf(form.customDuration);
  if (scope === undefined) return 'choose a scope';
  if (durationMs === null) return 'expected a duration such as 90s, 15m, 2h or 1d, at most 30d';
  const reason = form.reason.trim();
  return { scope, durationMs, reason: reason === '' ? null : reason };
}

/** Parses `90s`, `15m`, `1h30m` to ms; null if invalid or longer than 30 days. */
export function durationOf(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+)([smhd])/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
  const isWhole = parts.map(([part]) => part).join('') === text.trim();
  return isWhole && total > 0 && total <= MAX_SILENCE_MS ? total : null;
}

function choose(form: SilenceForm, by: 1 | -1): SilenceForm {
  const next = (value: number, count: number): number => (value + by + count) % count;
  if (form.field === 'scope') return { ...form, scope: next(form.scope, form.scopes.length), problem: null };
  if (form.field === 'duration')
    return { ...form, preset: next(form.preset, SILENCE_PRESETS.length + 1), problem: null };
  return form;
}

// A digit typed over the presets starts a custom duration.
function write(form: SilenceForm, text: string): SilenceForm {
  const clean = cleanLine(text, MAX_REASON) || (/^ +$/.test(text) ? ' ' : '');
  if (form.field === 'reason') return { ...form, reason: (form.reason + clean).slice(0, MAX_REASON), problem: null };
  if (form.field !== 'duration') return form;
  if (form.preset !== SILENCE_PRESETS.length && !/^\d/.test(clean)) return form;
  const customDuration = (form.customDuration + clean).slice(0, MAX_DURATION);
  return { ...form, preset: SILENCE_PRESETS.length, customDuration, problem: null };
}

function erase(form: SilenceForm): SilenceForm {
  if (form.field === 'reason') return { ...form, reason: withoutLast(form.reason), problem: null };
  if (form.field === 'duration') return { ...form, customDuration: withoutLast(form.customDuration), problem: null };
  return form;
}

/** A choice of what a silence covers. */
export type SilenceScope = { readonly label: string; readonly matcher: Matcher };

export type SilenceField = 'scope' | 'duration' | 'reason';

export type SilenceForm = {
  readonly scopes: readonly SilenceScope[];
  readonly scope: number;
  /** Index in `SILENCE_PRESETS`; the one after the last means the typed duration. */
  readonly preset: number;
  readonly customDuration: string;
  readonly reason: string;
  readonly field: SilenceField;
  /** Why Enter refused the form; null without a problem. */
  readonly problem: string | null;
};
