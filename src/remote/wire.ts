/**
 * The frames between an engine and a console, whatever carries them: a line of JSON each. A console sends `hello`, gets the
 * whole view, then patches; it asks and acts by request and reply, and names what it shows beyond the view (`watch`).
 * Both ends take the other for hostile: each frame is bounded, checked and cleaned before anything else reads it.
 */
import * as z from 'zod';
import { cleanText } from '../core/text.ts';
import type { Result } from '../core/result.ts';
import type { EngineName } from '../engine/types.ts';
import type { Patch } from './patch.ts';
import { actionSchema, querySchema, watchSchema } from './requests.ts';

/** Changes when an older end could misread a newer one; additions leave it. */
export const WIRE_VERSION = 1;

/** Largest frame that a console may send, bytes: a request is a few hundred. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** Largest frame that an engine may send, bytes: the whole view with the longest kept texts is below 16 MiB. */
export const MAX_VIEW_BYTES = 64 * 1024 * 1024;
/** Longest text in a frame, UTF-16 units: a diff and a call's content are the longest. */
const MAX_TEXT = 4 * 1024 * 1024;
/** Things beyond the view that one console may watch at a time: what one screen shows. */
export const MAX_WATCHED = 64;
const MAX_NAME = 128;

/** The name of a run, a request, a console. */
export const idSchema = z.string().min(1).max(MAX_NAME);
const count = z.int().nonnegative();

/** The claim of a console about the person at it: nothing proves it but the rights of the socket. */
const claimSchema = z.object({ user: z.string().max(MAX_NAME), tty: z.string().max(MAX_NAME).nullable() });
export type Claim = z.infer<typeof claimSchema>;

const requestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), wire: z.int(), version: z.string().max(MAX_NAME), who: claimSchema }),
  z.object({ type: z.literal('watch'), watched: z.array(watchSchema).max(MAX_WATCHED) }),
  z.object({ type: z.literal('ask'), id: idSchema, query: querySchema }),
  z.object({
    type: z.literal('act'),
    id: idSchema,
    /** The run of the engine that is meant: another one has other holds, silences and snapshots. */
    run: idSchema,
    /** Until when it is meant, Unix ms by the engine's clock. */
    until: z.number(),
    /** Over a broker: the state that the operator saw, by its number. */
    revision: count.exactOptional(),
    action: actionSchema,
  }),
  /** The answer is not wanted any more. */
  z.object({ type: z.literal('cancel'), id: idSchema }),
  /** A request for the whole document: the one shown here does not follow from the last patch. */
  z.object({ type: z.literal('resync') }),
]);
/** A frame from a console. */
export type Request = z.infer<typeof requestSchema>;

export const patchSchema: z.ZodType<Patch> = z.lazy(() =>
  z.union([
    z.object({ set: z.unknown() }),
    z.object({ in: z.record(z.string(), patchSchema), gone: z.array(z.string()).exactOptional() }),
    z.object({
      from: z.array(
        z.union([
          z.object({ keep: z.tuple([count, count]) }),
          z.object({ at: count, patch: patchSchema }),
          z.object({ add: z.array(z.unknown()) }),
        ]),
      ),
    }),
  ]),
);

const REFUSALS = [
  'wire_version',
  'too_many_consoles',
  'too_many_requests',
  'bad_frame',
  'too_slow',
  'engine_ended',
] as const;
/** The reason why an engine ends a connection. */
export type Farewell = (typeof REFUSALS)[number];

/** The engine at the other end. */
export const engineSchema: z.ZodType<EngineName> = z.object({
  run: idSchema,
  pid: z.int(),
  user: z.string().max(MAX_NAME),
  version: z.string().max(MAX_NAME),
  command: z.string().max(MAX_NAME),
});
const replySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), wire: z.int(), engine: engineSchema, isReadOnly: z.boolean().default(false) }),
  z.object({ type: z.literal('whole'), seq: count, document: z.unknown() }),
  z.object({ type: z.literal('patch'), seq: count, patch: patchSchema }),
  z.object({ type: z.literal('answer'), id: idSchema, answer: z.unknown() }),
  /** A part of an answer that is still being made. */
  z.object({ type: z.literal('part'), id: idSchema, part: z.unknown() }),
  z.object({ type: z.literal('event'), event: z.unknown() }),
  z.object({ type: z.literal('bye'), reason: z.enum(REFUSALS), wire: z.int().exactOptional() }),
]);
/** A frame from an engine. */
export type Reply = z.infer<typeof replySchema>;

/** A line for the wire. What JSON has no form for: integers of any size, `{"$int":"…"}`, and maps, `{"$map":[[key, value]…]}`. */
export function encode(frame: Request | Reply): string {
  return `${encodeValue(frame)}\n`;
}

/** JSON of a value, with the same forms, without a line feed. */
export function encodeValue(value: unknown): string {
  return JSON.stringify(value, replace);
}

function replace(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: value.toString() };
  return value instanceof Map ? { $map: [...(value as ReadonlyMap<unknown, unknown>)] } : value;
}

/** Reads a console's frame. */
export function decodeRequest(line: string): Result<Request> {
  return decode(line, requestSchema);
}

/** Reads an engine's frame. */
export function decodeReply(line: string): Result<Reply> {
  return decode(line, replySchema);
}

/** Reads a value that was checked by nobody: JSON of a shape, its texts cleaned. */
export function decode<T>(line: string, schema: z.ZodType<T>): Result<T> {
  let value: unknown;
  try {
    value = JSON.parse(line, revive);
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, reason: z.prettifyError(parsed.error) };
}

// Texts are cleaned here once more: the other end is not believed to have done it.
function revive(_: string, value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value, MAX_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if ('$int' in value) {
    const { $int: digits } = value;
    return typeof digits === 'string' && /^-?\d{1,40}$/u.test(digits) ? BigInt(digits) : null;
  }
  if ('$map' in value) {
    const { $map: entries } = value;
    return Array.isArray(entries) && entries.every(isEntry) ? new Map(entries) : null;
  }
  return value;
}

function isEntry(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}
