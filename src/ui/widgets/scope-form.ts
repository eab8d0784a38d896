/** The state of a form that asks what, for how long and why: a silence, an acknowledgement. */
import { withoutLast } from './text-input.ts';
import { cleanLine } from '../../core/text.ts';
import type { Ms } from '../../core/units.ts';
import { shortClock } from '../render/values.ts';

/** One choice of how long; null: for as long as what is meant lasts. */
export type Length =
  | { readonly label: string; readonly ms: Ms | null }
  /** Until the end of the day's work. */
  | { readonly label: string; readonly isEvening: true }
  /** A typed duration. */
  | { readonly label: string; readonly isTyped: true };

/** A choice of what is meant. `isWide`: every agent's; it is never chosen from the start. */
type Scope = { readonly label: string; readonly isWide?: true };

export type FormField = 'scope' | 'duration' | 'reason';

export type ScopeForm<S extends Scope> = {
  /** From narrow to wide. */
  readonly scopes: readonly S[];
  /** Index in `scopes`; null while none is chosen. */
  readonly scope: number | null;
  readonly lengths: readonly Length[];
  /** Index in `lengths`. */
  readonly preset: number;
  readonly customDuration: string;
  readonly reason: string;
  readonly field: FormField;
  /** The reason why Enter refused the form; null without a problem. */
  readonly problem: string | null;
};

export type FormAction =
  | { readonly type: 'field'; readonly by: 1 | -1 }
  /** Another scope. */
  | { readonly type: 'choice'; readonly by: 1 | -1 }
  /** Another duration. */
  | { readonly type: 'value'; readonly by: 1 | -1 }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'problem'; readonly problem: string };

/** The hour of the day at which work ends. */
export const EVENING = 18;
/** A time until the evening that is shorter than this lasts until the next one, ms. */
const SHORT_MS = 900_000;
/** Longest reason and longest typed duration, characters. */
const MAX_REASON = 200;
const MAX_DURATION = 12;
/** Longest duration, ms: a longer silence belongs in the configuration file. */
const MAX_LENGTH_MS = 30 * 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FIELDS: readonly FormField[] = ['scope', 'duration', 'reason'];

/** Returns an empty form over the given scopes; one that is wide from the start is not chosen yet. */
export function newForm<S extends Scope>(scopes: readonly S[], lengths: readonly Length[]): ScopeForm<S> {
  const scope = scopes[0]?.isWide === true ? null : 0;
  return { scopes, scope, lengths, preset: 0, customDuration: '', reason: '', field: 'scope', problem: null };
}

/** Returns the form after one action. */
export function changeForm<S extends Scope, F extends ScopeForm<S>>(form: F, action: FormAction): F {
  switch (action.type) {
    case 'field': {
      const index = FIELDS.indexOf(form.field) + action.by + FIELDS.length;
      return { ...form, field: FIELDS[index % FIELDS.length] ?? 'scope', problem: null };
    }
    case 'choice':
      return { ...form, field: 'scope', scope: nextScope(form, action.by), problem: null };
    case 'value': {
      const { preset, lengths } = form;
      return { ...form, preset: (preset + action.by + lengths.length) % lengths.length, problem: null };
    }
    case 'text':
      return write(form, action.text);
    case 'erase':
      return erase(form);
    case 'problem':
      return { ...form, problem: action.problem };
  }
}

/** Returns true if the current field takes text: the reason, or a typed duration. */
export function takesText(form: ScopeForm<Scope>): boolean {
  return form.field === 'reason' || (form.field === 'duration' && isTyped(form));
}

/** Returns true if the typed duration is the chosen one. */
export function isTyped({ preset, lengths }: ScopeForm<Scope>): boolean {
  const length = lengths[preset];
  return length !== undefined && 'isTyped' in length;
}

/** Returns the text of the current field. */
export function typedIn({ field, reason, customDuration }: ScopeForm<Scope>): string {
  if (field === 'scope') return '';
  return field === 'reason' ? reason : customDuration;
}

/** Returns what Enter would do at a moment, or the problem. */
export function resultOf<S extends Scope>(
  form: ScopeForm<S>,
  now: Ms,
): { readonly scope: S; readonly durationMs: Ms | null; readonly reason: string | null } | string {
  const scope = chosenScope(form);
  const durationMs = lengthOf(form, now);
  if (scope === null) return 'choose what: j and k';
  if (durationMs === undefined) return 'expected a duration such as 90s, 15m, 2h or 1d, at most 30d';
  const reason = form.reason.trim();
  return { scope, durationMs, reason: reason === '' ? null : reason };
}

/** Returns the chosen scope; null while there is none. */
export function chosenScope<S extends Scope>({ scope, scopes }: ScopeForm<S>): S | null {
  return scope === null ? null : (scopes[scope] ?? null);
}

/** Returns when it would end, as a time of day; null without an end, or for a typed duration that is none. */
export function endOf(form: ScopeForm<Scope>, now: Ms): string | null {
  const ms = lengthOf(form, now);
  return ms === undefined || ms === null ? null : shortClock(now + ms);
}

// Undefined: a typed duration that is none.
function lengthOf({ preset, lengths, customDuration }: ScopeForm<Scope>, now: Ms): Ms | null | undefined {
  const length = lengths[preset];
  if (length === undefined || 'isTyped' in length) return durationOf(customDuration) ?? undefined;
  return 'isEvening' in length ? untilEvening(now) : length.ms;
}

function untilEvening(now: Ms): Ms {
  const end = new Date(now);
  end.setHours(EVENING, 0, 0, 0);
  if (end.getTime() - now < SHORT_MS) end.setDate(end.getDate() + 1);
  return end.getTime() - now;
}

// `90s`, `15m`, `1h30m` as ms; null if invalid or too long.
function durationOf(text: string): Ms | null {
  const parts = [...text.trim().matchAll(/(\d+)([smhd])/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
  const isWhole = parts.map(([part]) => part).join('') === text.trim();
  return isWhole && total > 0 && total <= MAX_LENGTH_MS ? total : null;
}

// From none the first step is to the nearest end.
function nextScope({ scope, scopes }: ScopeForm<Scope>, by: 1 | -1): number {
  if (scope === null) return by === 1 ? 0 : scopes.length - 1;
  return (scope + by + scopes.length) % scopes.length;
}

// A digit typed over the presets starts a duration of one's own.
function write<F extends ScopeForm<Scope>>(form: F, text: string): F {
  const clean = cleanLine(text, MAX_REASON) || (/^ +$/.test(text) ? ' ' : '');
  if (form.field === 'reason') return { ...form, reason: (form.reason + clean).slice(0, MAX_REASON), problem: null };
  if (form.field !== 'duration') return form;
  if (!isTyped(form) && !/^\d/.test(clean)) return form;
  const customDuration = (form.customDuration + clean).slice(0, MAX_DURATION);
  const preset = form.lengths.findIndex((length) => 'isTyped' in length);
  return { ...form, preset, customDuration, problem: null };
}

function erase<F extends ScopeForm<Scope>>(form: F): F {
  if (form.field === 'reason') return { ...form, reason: withoutLast(form.reason), problem: null };
  if (form.field === 'duration') return { ...form, customDuration: withoutLast(form.customDuration), problem: null };
  return form;
}
