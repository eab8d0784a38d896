import type { Ms } from '../units.ts';

const DAY_MS = 86_400_000;

/** UTC `%Y%m%dT%H%M%S` of a time, as in the reference's snapshot ids. Pure: no Date. */
export function utcStamp(at: Ms): string {
  const days = Math.floor(at / DAY_MS);
  const seconds = Math.floor((at - days * DAY_MS) / 1_000);
  const { year, month, day } = civil(days);
  const date = `${String(year).padStart(4, '0')}${two(month)}${two(day)}`;
  return `${date}T${two(Math.floor(seconds / 3_600))}${two(Math.floor(seconds / 60) % 60)}${two(seconds % 60)}`;
}

/** `auto-<UTC>-<reason>`; a reason is reduced to what every `ws-ckpt` accepts in an id. */
export function autoSnapshotId(at: Ms, reason: string): string {
  return `auto-${utcStamp(at)}-${reason.replaceAll(/[^A-Za-z0-9_.-]/g, '_').slice(0, 64) || 'unknown'}`;
}

/** `manual-<UTC>`: an operator's. */
export function manualSnapshotId(at: Ms): string {
  return `manual-${utcStamp(at)}`;
}

// Days since 1970-01-01 → proleptic Gregorian date (the era arithmetic of Howard Hinnant's date algorithms).
function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
