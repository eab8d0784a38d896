/** One OTLP log record as the attributes that we know by name. The rest is never looked at, least of all who sent it. */
import type { Ns } from '../../core/units.ts';
import { msToNs } from '../../core/units.ts';
import { countOf, idOf, nameOf, nsOf } from '../wire/fields.ts';
import { fieldsOf, listOf, timeOf } from '../records/values.ts';

/** Log records of one request that are read; an exporter sends at most 512 by default. */
const MAX_RECORDS = 10_000;
/** Attributes of one record that are searched. */
const MAX_ATTRIBUTES = 128;

export type LogRecord = {
  /** `claude-code`, `codex_cli_rs`, `gemini-cli` … */
  readonly service: string | null;
  /** `claude_code.api_request`, or the value of `event.name`. */
  readonly name: string;
  readonly at: Ns;
  /** The value of an attribute; undefined for none. */
  readonly get: (key: string) => unknown;
};

/** Reads the log records of a body. Never throws: what is no record is counted in `malformed`. */
export function logRecords(body: unknown): { readonly records: readonly LogRecord[]; readonly malformed: number } {
  const records: LogRecord[] = [];
  let malformed = 0;
  for (const resource of listOf(fieldsOf(body)['resourceLogs'])) {
    const service = nameOf(attributesOf(fieldsOf(resource)['resource']).get('service.name'));
    for (const scope of listOf(fieldsOf(resource)['scopeLogs'])) {
      for (const entry of listOf(fieldsOf(scope)['logRecords'])) {
        if (records.length + malformed >= MAX_RECORDS) return { records, malformed };
        const record = recordOf(entry, service);
        if (record === null) malformed += 1;
        else records.push(record);
      }
    }
  }
  return { records, malformed };
}

function recordOf(entry: unknown, service: string | null): LogRecord | null {
  const record = fieldsOf(entry);
  const attributes = attributesOf(record);
  const body = nameOf(valueOf(record['body']));
  const name = nameOf(attributes.get('event.name')) ?? body;
  const at = nsOf(record['timeUnixNano']) ?? nsOf(record['observedTimeUnixNano']);
  const stamp = timeOf(attributes.get('event.timestamp'));
  const time = at !== null && at > 0n ? at : stamp === null ? null : msToNs(stamp);
  if (name === null || time === null) return null;
  // Claude Code's attribute leaves out the program's name, which its body has.
  const whole = name.includes('.') || body === null || !body.endsWith(name) ? name : body;
  return { service, name: whole, at: time, get: (key) => attributes.get(key) };
}

function attributesOf(holder: unknown): ReadonlyMap<string, unknown> {
  const attributes = new Map<string, unknown>();
  for (const entry of listOf(fieldsOf(holder)['attributes']).slice(0, MAX_ATTRIBUTES)) {
    const { key, value } = fieldsOf(entry);
    if (typeof key === 'string') attributes.set(key, valueOf(value));
  }
  return attributes;
}

// Numbers come as texts, as 64 bits are more than JSON's numbers hold.
function valueOf(wrapped: unknown): unknown {
  const value = fieldsOf(wrapped);
  return value['stringValue'] ?? value['intValue'] ?? value['doubleValue'] ?? value['boolValue'];
}

/** A count of a record, 0 where it has none. */
export function countIn({ get }: LogRecord, key: string): number {
  return countOf(get(key)) ?? 0;
}

/** An id of a record, null where it has none. */
export function idIn({ get }: LogRecord, key: string): string | null {
  return idOf(get(key));
}
