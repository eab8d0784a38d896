import { isMoment } from '../core/moments.ts';
import { isRecordMedium, type Medium } from '../core/sources.ts';

/** Formats briefly where a type of signals can come from, if that is not from everywhere; '' for a type that any source may report. */
export function wordOrigin(type: string, media: readonly Medium[]): string {
  if (!isMoment(type)) return '';
  return media.some(isRecordMedium) ? "agents' records only" : 'no source here tells it';
}

/** Formats the same for `doctor`, with the reason. */
export function wordOffer(media: readonly Medium[]): string {
  const names = [...new Set(media.filter(isRecordMedium))].toSorted();
  const not = "agentsight's feed shows a call 5 s after its end, which is too late";
  if (names.length === 0) return `no source here tells it: only agents' own records do; ${not}`;
  return `told by the records of ${names.join(', ')}; not by other sources: ${not}`;
}
