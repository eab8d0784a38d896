import { textDetail, type InterruptionDetail, type Severity, interruptionType } from '../../core/interruptions.ts';
import { MAX_DETAIL_CALL_IDS } from '../limits.ts';
import { type Facts, detailText } from './detail-text.ts';
import { errorOf, httpStatusOf, idOf, textOf } from './fields.ts';
import { signalOf } from './signal.ts';

/*
 * The parts of an interruption that SQLite, logtail and HTTP share: its severity, and its `detail`, which is JSON text
 * whose keys differ from type to type and release to release.
 */

// A longer detail is not parsed: its facts would be lost in it, and a person reads its beginning either way.
const MAX_DETAIL_CHARS = 1024 * 1024;
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/**
 * Severity and detail together, because a severity that we don't know is kept in the detail's text. Where the feed reports
 * none it is the usual one of its type.
 */
export function severityAndDetail(
  type: string,
  severity: unknown,
  detail: unknown,
): { readonly severity: Severity; readonly detail: InterruptionDetail } {
  const given = idOf(severity)?.trim() ?? '';
  const parsed = interruptionDetail(type, detail);
  if (given === '') return { severity: interruptionType(type)?.severity ?? 'low', detail: parsed };
  const known = SEVERITIES.find((one) => one === given.toLowerCase());
  if (known !== undefined) return { severity: known, detail: parsed };
  const text = textOf([`severity ${given}`, parsed.text].filter((part) => part !== '').join(', ')) ?? '';
  return { severity: 'low', detail: { ...parsed, text } };
}

/** Reads the JSON text of a type's detail; what cannot be read stays as text. */
export function interruptionDetail(type: string, value: unknown): InterruptionDetail {
  const facts = factsOf(value);
  if (facts === null) return textDetail(textOf(value) ?? '');
  return {
    error: errorOf(facts['error']),
    statusCode: httpStatusOf(facts['status_code']),
    exitCode: exitCodeOf(facts['exit_code']),
    signal: signalOf(facts['signal']),
    coreDump: booleanOf(facts['core_dump']),
    oom: booleanOf(facts['oom']) ?? false,
    callIds: callIdsOf(facts['call_ids']),
    text: detailText(type, facts),
  };
}

function factsOf(value: unknown): Facts | null {
  if (typeof value !== 'string' || value.length > MAX_DETAIL_CHARS) return null;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    // Without a prototype, a missing key is never found on Object's.
    return Object.assign(Object.create(null) as Record<string, unknown>, parsed);
  } catch {
    return null;
  }
}

// -1 is what a wait status without an exit code is in some releases: it is kept, it is not 0.
function exitCodeOf(value: unknown): number | null {
  const code = typeof value === 'string' && /^-?\d{1,10}$/u.test(value) ? Number(value) : value;
  return typeof code === 'number' && Number.isInteger(code) && Math.abs(code) <= 0x7fff_ffff ? code : null;
}

function booleanOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === '1' || value === 'true') return true;
  return value === 0 || value === '0' || value === 'false' ? false : null;
}

function callIdsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_DETAIL_CALL_IDS)
    .map(idOf)
    .filter((id) => id !== null);
}
